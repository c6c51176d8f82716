"""The command line in this process, on an empty database of either kind."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import structlog

from tests.cli.running import CommandLine
from tests.databases import create_database, drop_database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'seloste.db'}"
        return
    server: str = request.getfixturevalue("postgres_url")
    name = f"cli_{uuid4().hex}"
    yield create_database(server, name)
    drop_database(server, name)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings that keep everything in the test's own folder."""
    return {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'seloste.db'}",
        "SELOSTE_SECRET_FILE": str(tmp_path / "secret"),
        "SELOSTE_PORT": "0",
    }


@pytest.fixture
def seloste(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[CommandLine]:
    """`seloste("register", "check", file)` answers code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    # Logging is set up for a whole process; the tests of real processes cover it. Here, too, it goes to stderr.
    monkeypatch.setattr("app.logs.configure", lambda _level: None)
    before = structlog.get_config()
    structlog.configure(logger_factory=lambda *_args: structlog.PrintLogger(sys.stderr))
    yield CommandLine(capsys)
    structlog.configure(**before)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For `ready`: what its commands left the first time."""
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture
def ready(seloste: CommandLine, tmp_path: Path, prepared: Path) -> CommandLine:
    """The command line on a migrated SQLite file with the Lumicos definition in force, its keys and its ledger."""
    if not any(prepared.iterdir()):
        lumicos = Path(__file__).parents[2] / "app" / "register" / "registers" / "lumicos.yaml"
        assert seloste("migrate").code == 0
        assert seloste("register", "apply", lumicos).code == 0
        for file in (*tmp_path.glob("seloste.db*"), *tmp_path.glob("secret*")):
            shutil.copy2(file, prepared)
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return seloste
