"""Migrations: which revision a database is at, and bringing it to the newest."""

import warnings
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

MIGRATION_LOCK = 7_305_798_231
"""An advisory lock of PostgreSQL: of two processes that migrate at once the second waits and finds nothing to do."""

warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index ix_customers_last_name")
"""SQLite changes a table by copying it; SQLAlchemy then reads the tables it refers to, and leaves their indexes."""

ROOT = Path(__file__).resolve().parent.parent


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, on an open connection when one is given."""
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    return config


@cache
def head_revision() -> str:
    """The newest revision this release knows."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def current_revision(connection: Connection) -> str | None:
    """The revision a database is at; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def is_behind(revision: str | None) -> bool:
    """True for a database that lacks what this release needs.

    One that a later release has migrated already is not behind: migrations only add, so that processes of this release
    go on serving while they are replaced.
    """
    return revision is None or revision < head_revision()


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the database to a revision, inside the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    command.upgrade(alembic_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Take the database back to a revision, inside the caller's transaction."""
    command.downgrade(alembic_config(connection), revision)
