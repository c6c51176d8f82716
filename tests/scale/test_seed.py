"""`seloste seed`: the same rows each time, on both databases, as the service itself writes them."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, select

from app.consents import repository as consents
from app.consents.tables import consent_events, consent_states
from app.customers.tables import customers, suppression_events, suppressions
from app.seeding.fill import NotEmpty
from tests.scale.registers import Row, content, filled
from tests.worlds import Caller, Template, World

pytestmark = pytest.mark.anyio

PEOPLE, FEW = 130, 10
OF_THE_INSTALLATION = {"register_versions", "processors", "processor_names", "case_numbers", "ledger_outbox"}
RANDOM = {"token_hash", "wrapped_key", "sealed"}
"""Secrets, which no seed may foretell."""
FOREIGN = {"processor_id"}
"""Names a recipient, whose row came with the definition."""
OF_THE_DATABASE = {"ledger_outbox": {"id", "at"}}
"""What triggers make."""


def _comparable(tables: Mapping[str, list[Row]]) -> dict[str, list[tuple[Any, ...]]]:
    kept = {name: rows for name, rows in tables.items() if name not in OF_THE_INSTALLATION}
    return {
        name: sorted(
            tuple(
                (key, json.dumps(value, sort_keys=True, default=repr))
                for key, value in row.items()
                if key not in RANDOM | FOREIGN | OF_THE_DATABASE.get(name, set())
            )
            for row in rows
            if not _was_there(row)
        )
        for name, rows in kept.items()
    }


def _was_there(row: Row) -> bool:
    """Clients of the template."""
    return "token_hash" in row and not str(row["name"]).startswith("seed-")


async def test_the_same_seed_gives_the_same_rows_on_both_databases(
    sqlite_template: Template, postgres_template: Template, tmp_path: Path
) -> None:
    """Ids included."""
    first = _comparable(await content(sqlite_template.fresh(tmp_path), sqlite_template, PEOPLE))
    second = _comparable(await content(postgres_template.fresh(tmp_path), postgres_template, PEOPLE))
    assert {name: len(rows) for name, rows in first.items()} == {name: len(rows) for name, rows in second.items()}
    assert first == second
    assert len(first["customers"]) == PEOPLE


async def test_another_seed_gives_other_rows(sqlite_template: Template, tmp_path: Path) -> None:
    """A few people are enough to tell; they come on the same days, and not one id is the same."""
    found = []
    for seed in (1, 2):
        (tmp_path / str(seed)).mkdir()
        url = sqlite_template.fresh(tmp_path / str(seed))
        found.append({row["id"] for row in (await content(url, sqlite_template, FEW, seed))["customers"]})

    assert [len(ids) for ids in found] == [FEW, FEW]
    assert not found[0] & found[1]


def _projections(connection: Connection) -> tuple[set[Any], set[Any], set[Any], set[Any]]:
    """States and suppressions as they stand, and as the events say."""
    states = {(s.customer_id, s.purpose, s.channel, s.event) for s in connection.execute(select(consent_states))}
    told: dict[Any, Any] = {}
    for event in connection.execute(consents.deciding(select(consent_events))):
        told |= {(event.customer_id, event.purpose, channel): event.id for channel in event.channels}
    erased = set(connection.execute(select(customers.c.id).where(customers.c.erased_at.is_not(None))).scalars())
    said = {(*key, event) for key, event in told.items() if key[0] is not None and key[0] not in erased}
    held = {(s.address_hash, s.purpose, s.channel, s.state, s.since) for s in connection.execute(select(suppressions))}
    marks: dict[Any, Any] = {}
    order = suppression_events.c.since, suppression_events.c.state == "suppressed"
    for row in connection.execute(select(suppression_events).order_by(*order)):
        marks[row.address_hash, row.purpose, row.channel] = (row.state, row.since)
    return states, said, held, {(*key, *value) for key, value in marks.items()}


async def test_a_register_is_right_and_served(world: World, call: Caller) -> None:
    """All that is asked of one register, whose making takes longer than the questions."""
    await filled(world, PEOPLE)
    await _projections_are_what_the_events_say(world)
    await _years_states_and_trail(world)
    await _is_left_alone(world)
    await _is_served(world, call)


async def _projections_are_what_the_events_say(world: World) -> None:
    """Current consents and suppressions follow from the history."""
    states, said, held, marks = await world.db.read(_projections)
    assert len(states) > PEOPLE // 3
    assert states == said
    assert len(held) > 10
    assert held == marks


async def _years_states_and_trail(world: World) -> None:
    """Twelve financial years of vouchers, requests in every state, and an audit row for each dealing."""
    years = {str(row.booked_on)[:4] for row in await world.rows("SELECT booked_on FROM vouchers")}
    states = Counter(row.state for row in await world.rows("SELECT state FROM subject_requests"))
    trail = Counter((row.action, row.entity) for row in await world.rows("SELECT action, entity FROM audit_events"))
    rows = {name: (await world.rows(f"SELECT count(*) AS n FROM {name}"))[0].n for name in ("disclosures", "purchases")}
    clients = await world.rows("SELECT name FROM api_clients WHERE name LIKE 'seed-%' AND withdrawn_at IS NULL")

    assert years == {str(year) for year in range(2014, 2026)}
    assert set(states) == {
        *("received", "identity_pending", "in_review", "decided", "executing", "completed", "withdrawn")
    }
    assert trail["register", "customer"] == PEOPLE
    assert trail["put", "purchase"] > rows["purchases"] > PEOPLE // 2  # erasures took some
    assert rows["disclosures"] == PEOPLE // 10
    assert clients == []


async def _is_left_alone(world: World) -> None:
    """Nothing is added to people who are there already."""
    before = await world.rows("SELECT count(*) FROM audit_events")
    with pytest.raises(NotEmpty):
        await filled(world, FEW)
    assert await world.rows("SELECT count(*) FROM audit_events") == before


async def _is_served(world: World, call: Caller) -> None:
    """Search, check, purchases, assessment, due erasures, the sweep and the audit trail."""
    found = await call("admin", "POST", "/v1/customers/search", {"email": "asiakas7@example.fi"}, 200)
    (person,) = found["items"]
    check = {"purpose": "accounting", "subjects": [{"system": "webshop", "id": "W-7"}]}
    (answer,) = (await call("webshop", "POST", "/v1/processing-checks", check, 200))["results"]
    bought = await call("accountant", "GET", f"/v1/customers/{person['id']}/purchases", None, 200)
    disclosed = await world.rows("SELECT customer_id FROM disclosures ORDER BY id LIMIT 1")
    log = await call("dpo", "GET", f"/v1/customers/{UUID(str(disclosed[0].customer_id))}/disclosures", None, 200)
    open_ones = await call("dpo", "GET", "/v1/subject-requests?right=erasure", None, 200)
    reviewed = next(one for one in open_ones["items"] if one["state"] == "in_review")
    judged = await call("dpo", "GET", f"/v1/subject-requests/{reviewed['case_number']}/assessment", None, 200)
    trail = await call("dpo", "GET", f"/v1/audit-events?customer={person['id']}", None, 200)
    world.later(days=1)
    executed = await world.run_due()  # which sweeps too
    kept = await world.rows("SELECT booked_on FROM vouchers WHERE buyer_name IS NOT NULL AND booked_on < '2016-01-01'")

    assert person["references"][0]["id"] == "W-7"
    assert (answer["allowed"], answer["customer_id"]) == (True, person["id"])
    assert bought["items"]
    assert log["items"][0]["reasons"] is not None
    assert {one["kind"] for one in judged["holdings"]} >= {"contact_details", "purchase", "voucher"}
    assert next(row["action"] for row in trail["items"]) == "register"
    assert executed == 1
    assert kept == []
