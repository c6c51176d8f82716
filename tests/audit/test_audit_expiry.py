"""Audit rows expire by whole batches; the seals stay, and the database lets nothing else go."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.audit.verifying import Kind
from app.transparency import trail
from tests.audit.trails import by_force, checked, event, insert_rows, seal
from tests.worlds import World

pytestmark = pytest.mark.anyio

OLD = datetime(2022, 3, 1, 9, 0, tzinfo=UTC)
"""Older than the three years of the definition; the tests' clock stands in November 2026."""
ROWS = "SELECT count(*) AS n FROM audit_events"


async def _three_years(world: World) -> None:
    """Two batches that are due, one that is not."""
    keys = world.services.keys
    for n, day in enumerate((OLD, OLD + timedelta(days=300), datetime(2024, 6, 1, tzinfo=UTC))):
        rows = [event(10 * n + i, day + timedelta(minutes=i)) for i in range(10)]
        await world.db.write(insert_rows, rows)
        await seal(world.db, day + timedelta(days=1), keys)


async def test_what_is_due_goes_and_the_chain_still_verifies(world: World) -> None:
    """Rows, their subjects and their lists go; the seals stay; one audit row says what happened, and is sealed."""
    await _three_years(world)
    gone = await trail.expire_due(world.services, world.registers)
    again = await trail.expire_due(world.services, world.registers)
    verifier = await checked(world.db, keys=world.services.keys)
    left = await world.rows("SELECT action, at FROM audit_events ORDER BY id")
    told = (await world.rows("SELECT entity_id, details FROM audit_events WHERE action = 'expire'"))[0]

    assert (gone, again) == ((2, 20), (0, 0))
    assert [row.action for row in left] == ["read"] * 10 + ["expire"]
    details = json.loads(told.details) if isinstance(told.details, str) else told.details
    assert (told.entity_id, details) == ("2", {"batches": 2, "rows": 20})
    assert len(await world.rows("SELECT number FROM audit_seals")) == 4
    assert len(await world.rows("SELECT number FROM audit_seal_members")) == 2
    assert len(await world.rows("SELECT DISTINCT event_id FROM audit_subjects")) == 2
    assert (verifier.findings, verifier.notices, verifier.expired, verifier.rows) == ([], [], 2, 11)


async def test_the_background_does_it_with_the_daily_sweep(world: World) -> None:
    """Once a day, in the process that holds the lease."""
    await _three_years(world)
    world.later(days=1)
    await world.run_due()
    assert (await world.rows(ROWS + " WHERE action = 'read'"))[0].n == 10


async def test_only_rows_of_expired_batches_can_be_deleted(world: World) -> None:
    """Before an expiry nothing; after one neither younger rows nor seals; and a lie about the expiry is found."""
    await _three_years(world)
    refused = ["DELETE FROM audit_events", "DELETE FROM audit_subjects", "DELETE FROM audit_seal_members"]
    await _all_refused(world, [*refused, "DELETE FROM audit_seals", "UPDATE audit_seals SET row_count = 1"])
    await trail.expire_due(world.services, world.registers)
    await _all_refused(world, [*refused, "DELETE FROM audit_seals", "UPDATE audit_seal_members SET number = 9"])
    assert (await world.rows(ROWS))[0].n == 11


async def _all_refused(world: World, statements: list[str]) -> None:
    for statement in statements:

        def attempt(connection: Connection, sql: str = statement) -> None:
            connection.execute(text(sql))

        with pytest.raises(DBAPIError, match="may not be changed"):
            await world.db.write(attempt)


async def test_rows_that_are_put_back_and_expiries_that_nobody_sealed_are_found(world: World) -> None:
    """An administrator who brings back an expired row, or hides young ones behind an expiry."""
    await _three_years(world)
    await trail.expire_due(world.services, world.registers)
    await world.db.write(insert_rows, [event(3, OLD + timedelta(minutes=3))], named=2)
    put_back = await checked(world.db, keys=world.services.keys)
    await by_force(
        world,
        "DELETE FROM audit_subjects",
        "DELETE FROM audit_events WHERE action = 'read'",
        "UPDATE audit_seals SET expired_through = 3 WHERE number = 4",
    )
    hidden = await checked(world.db, keys=world.services.keys)

    assert [(found.kind, found.batch) for found in put_back.findings] == [(Kind.INSERTED, 2)]
    assert Kind.SEAL in {found.kind for found in hidden.findings}


async def test_a_batch_that_is_too_young_cannot_expire_unseen(world: World) -> None:
    """Even with the key: a seal that lets a batch go within its first year is a finding."""
    from app.audit.sealing import seal_next
    from app.audit.seals import Signer
    from tests.audit.trails import ALL

    await _three_years(world)
    await world.db.write(insert_rows, [event(50, OLD + timedelta(days=900))], named=2)
    signer, now = Signer(world.services.keys), datetime(2024, 7, 1, tzinfo=UTC)
    await world.db.write(seal_next, signer, now, ALL, expired_through=3)
    verifier = await checked(world.db, keys=world.services.keys)

    assert {found.kind for found in verifier.findings} == {Kind.EXPIRY, Kind.INSERTED}
