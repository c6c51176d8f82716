"""Revision 0020 on a register in use: what its definition says is published, and going back loses only that."""

import pytest
from sqlalchemy import Connection, text

from app.db import Database
from app.migrating import downgrade, upgrade
from app.notice.publishing import bring
from app.register.loading import bundled, load
from app.register.repository import add_version
from tests.migrations.test_ledger_revision import db, url
from tests.migrations.test_migrations import before
from tests.worlds import STARTED

pytestmark = pytest.mark.anyio
__all__ = ["db", "url"]


def _apply(connection: Connection) -> None:
    add_version(connection, 1, "digest", bundled(), STARTED, None)


async def test_the_notice_of_a_register_in_use_is_published(db: Database) -> None:
    """Up with a definition that was applied before, down and up again."""
    await db.write(upgrade, before("0020"))
    await db.write(_apply)
    await db.write(upgrade)
    assert await db.write(bring, load(bundled()), STARTED) == 1
    assert await db.write(bring, load(bundled()), STARTED) is None
    await db.write(downgrade, before("0020"))
    await db.write(upgrade)
    kept = await db.read(lambda c: c.execute(text("SELECT version FROM register_versions")).scalars().all())
    assert kept == [1]
    assert await db.write(bring, load(bundled()), STARTED) == 1
