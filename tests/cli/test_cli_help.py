"""What the command line says of itself, and how it answers a wrong one."""

import subprocess
from pathlib import Path

import pytest

from app.cli import COMMANDS
from tests.cli.running import CommandLine, command, environment_of
from tests.nursery import Nursery


def test_help_lists_every_command_with_what_it_does(seloste: CommandLine) -> None:
    """Whoever types `seloste` alone sees each command and a line about it."""
    shown = seloste()
    assert shown.code == 0
    for name, (_, line) in COMMANDS.items():
        assert name in shown.out
        assert line.split()[0] in shown.out


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(seloste: CommandLine, name: str) -> None:
    """Every command that is listed can be loaded and has a help of its own, without Typer's shell options."""
    shown = seloste(name, "--help")
    assert shown.code == 0
    assert "Usage: seloste" in shown.out
    assert "completion" not in shown.out


def test_help_answers_at_once(tmp_path: Path) -> None:
    """The help loads neither the web framework nor the database layer, so it costs no waiting."""
    code = (
        "import sys; from app.cli import main\n"
        "try: main(['--help'])\n"
        "finally: print([n for n in ('fastapi', 'sqlalchemy', 'pydantic', 'structlog') if n in sys.modules])"
    )
    ran = subprocess.run(
        [*command()[:2], code],
        cwd=tmp_path,
        env=environment_of({}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "line",
    [
        ["fly"],
        ["register"],
        ["register", "chek"],
        ["register", "check"],
        ["register", "check", "no-such-file.yaml"],
        ["clients", "create", "x", "--role", "king"],
        ["sweep", "--as-of", "yesterday"],
        ["serve", "--reload"],
    ],
)
def test_a_wrong_command_line_is_one_line_and_code_2(seloste: CommandLine, line: list[str]) -> None:
    """Usage errors name what is wrong and where the help is, on stderr, and nothing else happens."""
    ran = seloste(*line)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert "--help" in ran.err


def test_a_wrong_setting_is_named_and_never_repeated(seloste: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable that cannot be read gets a line; its value may be a secret and stays unsaid."""
    monkeypatch.setenv("SELOSTE_PORT", "drowssap")
    monkeypatch.setenv("SELOSTE_POOL_SIZE", "drowssap")
    ran = seloste("migrate")
    assert ran.code == 1
    assert [line.split(":")[1].strip() for line in ran.err.splitlines()] == ["SELOSTE_PORT", "SELOSTE_POOL_SIZE"]
    assert "drowssap" not in ran.err


def test_an_unknown_log_level_is_refused(nursery: Nursery, tmp_path: Path, environment: dict[str, str]) -> None:
    """A misspelt level does not silence the service."""
    settings = {**environment, "SELOSTE_LOG_LEVEL": "loud"}
    ran = nursery.run(["migrate"], settings, tmp_path / "out", tmp_path / "err", tmp_path)
    assert ran.wait() == 1
    assert (tmp_path / "err").read_text().startswith("seloste: SELOSTE_LOG_LEVEL: must be one of DEBUG")
