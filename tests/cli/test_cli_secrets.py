"""Secrets come by environment or file, and come out nowhere: not in `ps`, not in a message, not in a log."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from app.cli import COMMANDS
from app.settings import FROM_FILES, Settings
from tests.cli.running import CommandLine, process

SECRET = "hunter2-hunter2-hunter2"


def parameters(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Every argument and option of a command and of the commands below it."""
    yield from ((name, parameter) for parameter in command.params)
    for below, sub in getattr(command, "commands", {}).items():
        yield from parameters(sub, f"{name} {below}")


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """What stands in a command line is shown by `ps` to everybody on the machine and kept by the shell."""
    known = []
    for name, (module, _) in COMMANDS.items():
        command = typer.main.get_command(importlib.import_module(f"app.commands.{module}").app)
        known += [(where, parameter.name, parameter.envvar) for where, parameter in parameters(command, name)]
    assert len(known) > 30
    secret = ("token", "secret", "password", "passphrase", "key", "credential")
    taken = {str(name) for _, name, _ in known if any(word in str(name) for word in secret)}
    assert taken <= {"public_key"}
    assert [found for found in known if found[2] is not None] == []


def test_secrets_are_read_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """NAME_FILE stands for NAME; the line end that editors and orchestrators leave is not part of it."""
    for variable in FROM_FILES:
        monkeypatch.delenv(variable, raising=False)
        scheme = "smtps://" if variable == "SELOSTE_SMTP_URL" else "sqlite:///"
        (tmp_path / variable).write_text(f"{scheme}{SECRET}\n")
        monkeypatch.setenv(f"{variable}_FILE", str(tmp_path / variable))
    settings = Settings(smtp_from="seloste@example.com")
    assert settings.smtp_url is not None
    assert settings.smtp_url.get_secret_value() == f"smtps://{SECRET}"
    assert settings.database_url == f"sqlite:///{SECRET}"
    assert settings.bootstrap_admin_token is not None
    assert settings.bootstrap_admin_token.get_secret_value() == f"sqlite:///{SECRET}"
    assert "bootstrap_admin_token=SecretStr('**" in repr(settings)
    assert (
        Settings(database_url="sqlite:///given.db", smtp_from="seloste@example.com").database_url
        == "sqlite:///given.db"
    )


@pytest.mark.parametrize("variable", FROM_FILES)
def test_a_secret_that_cannot_be_read_is_one_line(
    seloste: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    """A missing file, and a value beside a file, are refused by the name of the variable."""
    monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(f"{variable}_FILE", str(tmp_path / "none"))
    missing = seloste("migrate")
    assert missing.err == f"seloste: {variable}_FILE: cannot be read (FileNotFoundError)\n"
    (tmp_path / "none").write_text(SECRET)
    monkeypatch.setenv(variable, SECRET)
    both = seloste("migrate")
    assert (both.code, both.err) == (1, f"seloste: {variable} and {variable}_FILE are both set\n")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:{SECRET}@127.0.0.1:1/none",
        f"postgresql://user:{SECRET}@127.0.0.1:1/none?sslmode=disable",
        f"postgresql://user:x/{SECRET}@127.0.0.1:1/none",
        f"postgresql://user:x:{SECRET}@127.0.0.1:{SECRET}/none",
        f"postgresql://user:{SECRET}",
        f"postgresql://user:x@{SECRET}@[::1/none",
        f"postgresql:{SECRET}",
        f"postgresql://user:x@127.0.0.1:1/none?ssl={SECRET}",
        f"sqlite://user:{SECRET}@there/file",
        f"mysql://user:{SECRET}@127.0.0.1/none",
        SECRET,
        f"{SECRET}://user@127.0.0.1/none",
    ],
)
@pytest.mark.parametrize("command", [("migrate",), ("serve",), ("clients", "list"), ("maintain",)])
def test_the_password_of_the_database_is_in_no_message(
    seloste: CommandLine, monkeypatch: pytest.MonkeyPatch, url: str, command: tuple[str, ...]
) -> None:
    """Whatever is wrong with the address, the line says so without any piece of it, with every detail asked for too."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("SELOSTE_LOG_LEVEL", "DEBUG")
    ran = seloste(*command)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("seloste: ")
    assert "hunter" not in ran.err


def test_a_running_service_shows_no_secret(ready: CommandLine, environment: dict[str, str], tmp_path: Path) -> None:
    """With an owner's token from a file: the owner signs in; command line and log hold neither token nor key."""
    (tmp_path / "owner").write_text(SECRET + "\n")
    settings = {**environment, "SELOSTE_BOOTSTRAP_ADMIN_TOKEN_FILE": str(tmp_path / "owner")}
    assert ready("register", "show").code == 0
    with process("serve", settings=settings, folder=tmp_path / "serve") as started:
        assert started.call(SECRET, "GET", "/v1/api-clients")[0] == 200
        shown = Path(f"/proc/{started.popen.pid}/cmdline").read_bytes().decode()
        assert started.stop() == 0
    keys = json.loads((tmp_path / "secret").read_text())["keys"]
    for value in (SECRET, *keys.values()):
        assert value not in shown + started.out + started.err
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
