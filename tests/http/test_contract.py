"""Schemathesis, briefly: what the document promises is what the service does, in process and over the wire.

Each of these is the same every time; `make fuzz` sends thousands of requests more that nobody has seen before.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from app.main import create_app
from app.openapi_operations import operations
from app.settings import Settings
from tests.cli.running import process
from tests.http.contract import Findings, Plan, run, served
from tests.nursery import Nursery
from tests.worlds import TOKENS, Template

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = r"^/v1/(customers/by-reference/\{system\}/\{external_id\}|consents|processing-checks)$"
"""The paths that callers use most; `make fuzz` goes to the edges of the others too."""


def told(found: Findings) -> str:
    return f"{len(found.failures)} findings\n" + "\n\n".join(found.failures[:5])


def promised(tmp_path: Path) -> set[str]:
    """Every operation of the document, as `METHOD /path`."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/none.db", secret_file=tmp_path / "key")
    return {" ".join(operation) for operation in operations(create_app(settings).openapi())}


def test_the_edges_of_the_schemas(sqlite_template: Template, tmp_path: Path) -> None:
    """Operations at the limits of each parameter and member, and just beyond: nothing that is not declared."""
    with served(sqlite_template, tmp_path) as app:
        found = run(app, Plan(("coverage",), only=PEOPLE))

    assert not found.failures, told(found)
    assert found.operations >= {name for name in promised(tmp_path) if re.search(PEOPLE, name.split()[1])}
    assert found.of_phase("coverage") > 300
    assert min(found.checks.values()) > 200


def test_generated_requests_and_what_follows_from_them(postgres_template: Template, tmp_path: Path) -> None:
    """Requests to every operation, and chains of them by links of the document; test_examples sends the examples."""
    with served(postgres_template, tmp_path) as app:
        found = run(app, Plan(("fuzzing", "stateful"), examples=1))

    assert not found.failures, told(found)
    assert found.operations == promised(tmp_path)
    assert found.of_phase("fuzzing") > 100
    assert found.of_phase("stateful") > 5


def test_a_running_server_keeps_the_contract(sqlite_template: Template, tmp_path: Path, nursery: Nursery) -> None:
    """`st run` against `seloste serve`, as a stranger would run it."""
    (tmp_path / "data").mkdir()
    settings = {
        "DATABASE_URL": sqlite_template.fresh(tmp_path / "data"),
        "SELOSTE_SECRET_FILE": str(sqlite_template.secret_file),
        "SELOSTE_PORT": "0",
        "SELOSTE_BACKGROUND": "false",
    }
    with process("serve", settings=settings, folder=tmp_path / "process", nursery=nursery) as server:
        ran = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("st")), "run", f"{server.url}/openapi.json", "--no-color"),
                *("-H", f"Authorization: Bearer {TOKENS['owner']}", "--phases", "examples,fuzzing", "-n", "1"),
                *("--include-path-regex", r"^/(v1/(customers|processors|register)$|healthz|readyz)"),
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
