"""Runs migrations on the connection that the caller gives; `seloste migrate` and the tests do."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON

from app.db import Instant, metadata
from app.tables import TABLES


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column types by their names."""
    if kind == "type" and isinstance(item, Instant):
        autogen.imports.add("from app.db import Instant")
        return "Instant()"
    if kind == "type" and isinstance(item, JSON):
        autogen.imports.add("from app.db import Json")
        return "Json"
    return False


def run() -> None:
    """Run inside the caller's transaction."""
    connection = context.config.attributes.get("connection")
    if connection is None or not TABLES:
        raise SystemExit("use `seloste migrate`; it opens the database that DATABASE_URL names")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
        render_item=render_item,
    )
    context.run_migrations()


run()
