"""Schemathesis: what the document promises is what the service does, in process and over the wire."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.http.contract import Findings, listening, run, served
from tests.worlds import TOKENS, Template

ROOT = Path(__file__).resolve().parents[2]
SAFE_HERE = r"^/v1/(customers|consents|processing-checks|vouchers)"
"""Paths whose statements differ between the engines; the others are the same on both."""


def told(found: Findings) -> str:
    return f"{len(found.failures)} findings\n" + "\n\n".join(found.failures[:5])


@pytest.mark.parametrize("half", [0, 1])
def test_what_is_allowed_and_what_is_forbidden_on_sqlite(sqlite_template: Template, tmp_path: Path, half: int) -> None:
    """Every operation at the edges of its schema and beyond them: no fault, no undeclared status, shape or header."""
    split = r"^/v1/(customers|consents|register|api|audit)"
    chosen = {"include-path-regex": split} if half else {"exclude-path-regex": split}
    with served(sqlite_template, tmp_path) as app:
        found = run(app, ("examples", "coverage"), 1, only=chosen)

    assert not found.failures, told(found)
    assert len(found.operations) > 20
    assert found.cases > 500


def test_generated_requests_on_postgresql(postgres_template: Template, tmp_path: Path) -> None:
    """The same promises for generated requests where the statements are PostgreSQL's own."""
    with served(postgres_template, tmp_path) as app:
        found = run(app, ("fuzzing",), 4, only={"include-path-regex": SAFE_HERE})

    assert not found.failures, told(found)
    assert found.cases > 50


def test_a_running_server_keeps_the_contract(sqlite_template: Template, tmp_path: Path) -> None:
    """`st run` against a real server on loopback, as a stranger would run it."""
    with listening(sqlite_template, tmp_path) as address:
        ran = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("st")), "run", f"{address}/openapi.json", "--no-color"),
                *("-H", f"Authorization: Bearer {TOKENS['owner']}", "--phases", "examples,fuzzing", "-n", "1"),
                *("--include-path-regex", r"^/(v1/(customers|processors|subject-requests|register)|healthz|readyz)"),
            ],
            cwd=ROOT,
            env={**os.environ, "SCHEMATHESIS_HOOKS": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert re.search(r"\d+ generated", ran.stdout)
