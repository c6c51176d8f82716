"""The README and the documents tell the truth: settings, roles, commands, paths, and the tour itself."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import AliasChoices

from app.auth.roles import Role
from app.cli import COMMANDS
from app.openapi_operations import operations
from app.settings import Settings
from tests.cli.running import PATIENCE, ROOT, environment_of, process
from tests.nursery import Nursery

README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]


def variable(name: str) -> str:
    alias = Settings.model_fields[name].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"SELOSTE_{name.upper()}"


def test_the_settings_table_is_complete_and_its_defaults_are_true() -> None:
    """Each setting has a row with its default, and no row is about a setting that is gone."""
    table = dict(re.findall(r"^\| `([A-Z_]+)` \| (\S.*?) \|", README, re.MULTILINE))
    defaults = {variable(name): field.default for name, field in Settings.model_fields.items()}
    assert table.keys() == defaults.keys()
    for name, default in defaults.items():
        said = str(default).lower() if isinstance(default, bool) else str(default)
        assert table[name] == ("none" if default is None else f"`{said}`"), name


def test_the_roles_table_names_every_role() -> None:
    """Nobody looks for a role in vain."""
    assert re.findall(r"^\| `([a-z]+)` \| (?:integration|person) \|", README, re.MULTILINE) == [
        role.value for role in Role if role is not Role.BUILTIN
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_targets_files_and_paths_that_are_named_exist(app: FastAPI, document: Path) -> None:
    """Every `seloste …`, `make …`, link, file and API path in the documents is there."""
    text = document.read_text("utf-8")
    commands = set(re.findall(r"\bseloste ([a-z][a-z-]*)\b", text)) - {"seloste"}
    assert commands <= COMMANDS.keys()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    for link in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (document.parent / link).exists(), link
    for name in re.findall(r"`((?:app|tests|migrations)/[\w./]+)`", text):
        assert (ROOT / name).exists(), name
    paths = [re.sub(r"\{\w+\}", "[^/]+", path) for _, path in operations(app.openapi())]
    for path in re.findall(r"(/v1/[\w/${}.-]+)", text):
        assert any(re.fullmatch(known, path.rstrip(".")) for known in paths), path


@pytest.mark.skipif(shutil.which("curl") is None, reason="the tour is told with curl")
def test_each_command_of_the_tour_works_against_a_first_start(
    nursery: Nursery, environment: dict[str, str], tmp_path: Path
) -> None:
    """Pasted in order into a shell with the printed tokens, every call succeeds and shows what the text says."""
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    checked = 'set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; }\n'
    with process("run", settings=environment, folder=tmp_path / "run", nursery=nursery) as started:
        tokens = {name.upper(): token for name, token in started.tokens.items()}
        told = subprocess.run(
            ["bash", "-c", checked + "\n".join(blocks)],
            env=environment_of({"API": started.url, **tokens}),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr
    for shown in ('"transfer_refused"', '"pre-ticked"', "Aino Esimerkki", '"verdict":"retain"', '"action":"decide"'):
        assert shown in told.stdout
