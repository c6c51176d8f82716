"""The checker finds what it is there to find: each thing broken on purpose shows."""

import asyncio
import copy
import random
from collections.abc import Callable

import pytest
import structlog

from tests.torture.checker import accords, rows_about, whole
from tests.torture.facts import Facts
from tests.torture.installation import Prepared
from tests.torture.journal import Journal
from tests.torture.load import Load
from tests.torture.rounds import Run, killed

pytestmark = pytest.mark.anyio


LOST = (
    "customers", "customer_references", "purchases", "bookings", "vouchers", "consent_events", "consent_states",
    "subject_requests", "request_events", "decisions", "disclosures", "audit_events", "letters",
)  # fmt: skip


@pytest.fixture(scope="module")
async def sound(prepared_sqlite: Prepared) -> tuple[Facts, Journal]:
    """What a load with a kill in it left, and what its clients know."""
    installation = prepared_sqlite.fresh()
    run = Run(installation, [installation.service()], random.Random(3))
    await run.start()
    try:
        await undisturbed(run)
        await killed(run)
        facts = await installation.facts(ended=False)
        while not (all(facts[table] for table in LOST) and any(row["erased_at"] for row in facts["customers"])):
            await undisturbed(run)
            facts = await installation.facts(ended=False)
        return facts, run.journal
    finally:
        run.end()


async def undisturbed(run: Run) -> None:
    """A round without a fault."""

    async def fault(load: Load) -> None:
        await asyncio.sleep(0.3)

    await run.under_load(fault)
    await run.settle("after nothing")


def without_the_last(table: str) -> Callable[[Facts], None]:
    def broken(facts: Facts) -> None:
        facts[table].pop()

    return broken


def doubled(table: str) -> Callable[[Facts], None]:
    def broken(facts: Facts) -> None:
        facts[table].append(dict(facts[table][-1]))

    return broken


def with_other(table: str, **values: object) -> Callable[[Facts], None]:
    """Another value in a row of what nobody asked to erase."""

    def broken(facts: Facts) -> None:
        next(row for row in reversed(facts[table]) if not row.get("erasure_request_id")).update(values)

    return broken


CHANGED: dict[str, Callable[[Facts], None]] = {
    **{f"lost: {table}": without_the_last(table) for table in LOST},
    "twice: consent": doubled("consent_events"),
    "twice: audit row": doubled("audit_events"),
    "twice: decision": doubled("decisions"),
    "a state that no event says": with_other("consent_states", recorded_at="1999-01-01 00:00:00.000000"),
    "a suppression that no event says": with_other("suppressions", since="1999-01-01 00:00:00.000000"),
    "a key without its resource": with_other("idempotency_keys", resource_ids=["0" * 32]),
    "a case number left out": with_other("case_numbers", last=10**6),
    "a letter number left out": with_other("letter_numbers", last=10**6),
    "a person erased by nobody": with_other("customers", erased_at="2026-01-01 00:00:00.000000"),
    "an update lost": with_other("customers", version=99),
}


async def test_what_is_broken_on_purpose_is_found(sound: tuple[Facts, Journal]) -> None:
    """Sound as it is, and faulty with one row less, one more, or another value."""
    facts, journal = sound
    missed = []
    assert [*whole(facts), *accords(facts, journal)] == []
    for name, change in CHANGED.items():
        broken = copy.deepcopy(facts)
        broken["audit_events"].sort(key=lambda row: bool(row["action"] == "register"))  # a client's row comes last
        change(broken)
        if not [*whole(broken), *accords(broken, journal)]:
            missed.append(name)
    assert missed == []


@pytest.mark.parametrize(("table", "entity"), [("purchases", "purchase"), ("bookings", "booking")])
async def test_a_decision_that_is_not_carried_out_explains_no_loss(
    sound: tuple[Facts, Journal], table: str, entity: str
) -> None:
    """A verdict of erasure, of a request that is only decided: the row is there until the execution."""
    decided = copy.deepcopy(sound[0])
    row = decided[table][-1]
    verdict = {
        **decided["verdicts"][-1],
        "holding": f"{entity}:{row['id']}",
        "verdict": "erase",
        "request_id": "0" * 32,
    }
    decided["verdicts"].append(verdict)
    assert whole(decided) == []
    decided[table].pop()
    assert whole(decided)


async def test_one_audit_row_too_many_is_found_after_kills(sound: tuple[Facts, Journal]) -> None:
    """Of each consent and each batch: no call was in flight twice, and each answer told whether it was known."""
    facts, journal = sound
    for row in rows_about(facts, "consent", "given", "withdrawn", "batch"):
        planted = Facts({**facts.tables, "audit_events": [*facts["audit_events"], row]})
        assert accords(planted, journal), row["action"]


async def test_an_erasure_half_done_is_found(sound: tuple[Facts, Journal]) -> None:
    """A shell with a name, a purchase or a restriction left, or without its tombstone or envelope."""
    facts, _ = sound
    shell = next(row["id"] for row in facts["customers"] if row["erased_at"])
    halves: list[Callable[[Facts], None]] = [
        lambda f: next(row for row in f["customers"] if row["id"] == shell).update(name="Testi"),
        lambda f: f["customer_references"].append({"customer_id": shell, "system": "webshop", "external_id": "x"}),
        lambda f: f["tombstones"].clear(),
        lambda f: f["envelopes"].clear(),
        lambda f: f["notifications"].clear(),
        lambda f: f["verdicts"].clear(),
        lambda f: next(row for row in f["restrictions"] if row["customer_id"] == shell).update(lifted_at=None),
    ]
    for half in halves:
        broken = copy.deepcopy(facts)
        half(broken)
        assert whole(broken)


def test_a_fault_that_was_logged_is_found(prepared_sqlite: Prepared) -> None:
    """As the service writes it, also beside a line that a full disk has cut short."""
    service = prepared_sqlite.fresh().service()
    fault = structlog.processors.JSONRenderer()(None, "error", {"event": "unexpected", "level": "error"})
    service.log.write_text(f'{{"event": "request", "ro\n{fault!s}\n{{"event": "swept"}}\n')
    assert service.complaints() == [fault]
