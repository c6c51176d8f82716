"""Audience imports on both databases: consents, withdrawals, suppression, erasure, repetition, interruption."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from app.consents.errors import WordingUnknown
from app.imports import service
from app.imports.errors import ImportRunning, LeaseLost, OptionInvalid
from app.imports.report import Report
from app.imports.schemas import Settled
from app.imports.service import Watcher
from tests.imports.files import HEADING, UNSUB_HEADING, Seen, audience, audience_plan, leaver, member, write
from tests.worlds import STARTED, Caller, World

pytestmark = pytest.mark.anyio

ASK = {"purpose": "newsletter", "channel": "email"}


async def reasons(call: Caller, email: str) -> list[str]:
    """Why a newsletter may not go to an address, the transfer to the mailer aside."""
    sent = {**ASK, "subjects": [{"email": email}]}
    answer = await call("admin", "POST", "/v1/processing-checks", sent, expect=200)
    return [r["code"] for r in answer["results"][0]["reasons"] if not r["code"].startswith("transfer")]


async def found(call: Caller, email: str) -> list[dict[str, Any]]:
    """The people behind an address."""
    page: dict[str, Any] = await call("admin", "POST", "/v1/customers/search", {"email": email}, expect=200)
    items: list[dict[str, Any]] = page["items"]
    return items


async def test_a_subscribed_row_becomes_a_subscriber_with_consent(world: World, call: Caller, tmp_path: Path) -> None:
    """Name, address, reference, opt-in time and wording are kept; ratings, IPs and places are nowhere."""
    seen = await audience(world, write(tmp_path, HEADING, member("Aino@Example.fi", tags='"""VIP"""')))
    (person,) = await found(call, "aino@example.fi")
    consents = await call("admin", "GET", f"/v1/customers/{person['id']}/consents", expect=200)
    (event,) = consents["history"]

    assert seen.outcomes == [(2, "taken", "")]
    assert (person["kind"], person["name"], person["source"]) == ("subscriber", "Aino Esimerkki", "web_form")
    assert person["references"] == [{"system": "mailchimp", "id": "1"}]
    assert person["interaction"] == {"kind": "form", "reference": None, "occurred_at": "2021-05-03T08:58:00Z"}
    assert event["occurred_at"] == "2021-05-03T09:00:00Z"
    assert event["wording"] == {"id": "newsletter", "version": 1, "language": "fi"}
    assert event["evidence"] == {"double_opt_in_confirmed_at": "2021-05-03T09:00:00Z"}
    assert event["collected_via"] == "import"
    for table in ("customers", "consent_events", "audit_events", "imports"):
        stored = str(await world.rows(f"SELECT * FROM {table}"))
        assert not any(value in stored for value in ("192.0.2", "60.1699", "VIP"))


async def test_a_second_run_changes_nothing_and_says_known(world: World, tmp_path: Path) -> None:
    """Same file, same options, same rows: no new event, person, suppression or audit of a person."""
    file = write(tmp_path, HEADING, member("a@example.fi", "1"), member("b@example.fi", "2"))
    left = write(tmp_path, UNSUB_HEADING, leaver("c@example.fi", "3"), name="unsubscribed_x.csv")
    await audience(world, file)
    await audience(world, left)
    before = [
        await world.rows(f"SELECT * FROM {t} ORDER BY 1") for t in ("customers", "consent_events", "suppression_events")
    ]
    world.later(hours=1)
    again = [*await audience(world, file), *await audience(world, left)]
    after = [
        await world.rows(f"SELECT * FROM {t} ORDER BY 1") for t in ("customers", "consent_events", "suppression_events")
    ]

    assert {s.outcome for s in again} == {"known"}
    assert before == after


async def test_unsubscribed_people_in_no_record_are_suppressed_and_not_registered(
    world: World, call: Caller, tmp_path: Path
) -> None:
    """Only the keyed hash of the address stays, and a later export does not bring the person in."""
    left = write(tmp_path, UNSUB_HEADING, leaver("gone@example.fi"), name="unsubscribed_x.csv")
    seen = await audience(world, left)
    back = await audience(world, write(tmp_path, HEADING, member("gone@example.fi", confirm="2023-01-01 10:00:00")))

    assert seen.outcomes == [(2, "taken", "no_record")]
    assert back.outcomes == [(2, "skipped", "suppressed")]
    assert await found(call, "gone@example.fi") == []
    assert "suppressed" in await reasons(call, "gone@example.fi")


async def test_a_withdrawal_reaches_somebody_the_register_knows(world: World, call: Caller, tmp_path: Path) -> None:
    """Consent given in one export, withdrawn in the next: history of both, denied now, and no import lifts it."""
    await audience(world, write(tmp_path, HEADING, member("a@example.fi")))
    allowed = await reasons(call, "a@example.fi")
    seen = await audience(world, write(tmp_path, UNSUB_HEADING, leaver("a@example.fi"), name="unsubscribed_x.csv"))
    denied = await reasons(call, "a@example.fi")
    later = member("a@example.fi", confirm="2024-01-01 10:00:00", optin="2024-01-01 09:59:00")
    again = await audience(world, write(tmp_path, HEADING, later))
    (person,) = await found(call, "a@example.fi")
    consents = await call("admin", "GET", f"/v1/customers/{person['id']}/consents", expect=200)

    assert "suppressed" not in allowed
    assert seen.outcomes == [(2, "taken", "")]
    assert "suppressed" in denied
    assert again.outcomes == [(2, "taken", "still_suppressed")]
    assert "suppressed" in await reasons(call, "a@example.fi")
    assert [e["action"] for e in consents["history"]] == ["given", "withdrawn", "given"]


async def test_an_erased_person_does_not_come_back(world: World, call: Caller, tmp_path: Path) -> None:
    """After an erasure the old row is refused by the tombstone, a newer one by the suppression."""
    file = write(tmp_path, HEADING, member("a@example.fi"))
    await audience(world, file)
    (person,) = await found(call, "a@example.fi")
    sent = {
        "right": "erasure",
        "customer": {"id": person["id"]},
        "channel": "email",
        "received_at": "2026-11-22T10:00:00Z",
    }
    request = await call("admin", "POST", "/v1/subject-requests", sent, expect=201)
    identity = {"level": "substantial", "how": "Known."}
    decision = {"outcome": "as_assessed", "reasoning": "Nothing open.", "identity": identity}
    await call("dpo", "POST", f"/v1/subject-requests/{request['id']}/decision", decision, expect=200)
    world.later(minutes=1)
    await world.run_due()
    old = await audience(world, file)
    world.later(days=2)
    newer = await audience(world, write(tmp_path, HEADING, member("a@example.fi", confirm="2026-11-24 12:00:00")))

    assert old.outcomes == [(2, "skipped", "older_than_erasure")]
    assert newer.outcomes == [(2, "skipped", "suppressed")]
    assert await found(call, "a@example.fi") == []


async def test_an_address_of_one_customer_joins_them_and_of_several_nobody(
    world: World, call: Caller, tmp_path: Path
) -> None:
    """One existing customer gets the reference and the consent, unchanged otherwise; two are reported."""
    customer = {
        "kind": "customer", "name": "Eino Malliniemi", "email": "one@example.fi", "source": "customer_relationship",
        "interaction": {"kind": "purchase", "occurred_at": "2026-11-20T10:00:00Z"},
    }  # fmt: skip
    await call("webshop", "PUT", "/v1/customers/by-reference/webshop/1", customer, expect=201)
    for n in (2, 3):
        shared = {**customer, "email": "family@example.fi"}
        await call("webshop", "PUT", f"/v1/customers/by-reference/webshop/{n}", shared, expect=201)
    rows = [member("one@example.fi", "1"), member("family@example.fi", "2")]
    seen = await audience(world, write(tmp_path, HEADING, *rows))
    left = await audience(
        world, write(tmp_path, UNSUB_HEADING, leaver("family@example.fi", "2"), name="unsubscribed.csv")
    )
    (one,) = await found(call, "one@example.fi")

    assert seen.outcomes == [(2, "taken", ""), (3, "skipped", "several_people")]
    assert (one["name"], one["kind"]) == ("Eino Malliniemi", "customer")
    assert {"system": "mailchimp", "id": "1"} in one["references"]
    assert left.outcomes == [(2, "taken", "")]
    assert len(await world.rows("SELECT 1 FROM consent_events WHERE action = 'withdrawn'")) == 2


async def test_a_batch_is_one_audit_row_that_names_everyone(world: World, tmp_path: Path) -> None:
    """Twelve hundred rows are two batches, each with one row, its people beside it, and no address inside."""
    rows = [member(f"p{n}@example.fi", str(n)) for n in range(1200)]
    await audience(world, write(tmp_path, HEADING, *rows))
    events = await world.rows("SELECT action, details FROM audit_events WHERE action = 'import_batch'")
    subjects = await world.rows("SELECT count(DISTINCT audit_key) FROM audit_subjects")

    assert len(events) == 2
    assert subjects[0][0] == 1200
    assert "example.fi" not in str(events)


async def test_bad_lines_are_reported_and_change_nothing(world: World, tmp_path: Path) -> None:
    """Half a line, a wrong time and no address stand in the report by number; the rest is taken."""
    rows = [
        member("a@example.fi", "1"),
        'b@example.fi,"Open',
        member("c@example.fi", "3", confirm="2021-02-31 10:00:00"),
    ]
    file = write(tmp_path, HEADING, *rows, member("d@example.fi", "4"))
    seen = await audience(world, file)

    assert seen.outcomes == [
        (2, "taken", ""), (3, "refused", "open_quote"), (4, "refused", "time_impossible"), (5, "taken", ""),
    ]  # fmt: skip
    assert (await world.rows("SELECT count(*) FROM customers"))[0][0] == 2


async def test_an_interrupted_import_goes_on_where_it_stopped(world: World, tmp_path: Path) -> None:
    """What was committed stays; the next run settles the rest, and its report holds every line once."""
    rows = [member(f"p{n}@example.fi", str(n)) for n in range(1200)]
    file, out = write(tmp_path, HEADING, *rows), tmp_path / "report.csv"
    job = await service.prepare_audience(world.services, world.registers, file, audience_plan())
    report = Report(out)

    def interrupt(settled: Sequence[Settled]) -> None:
        report.add(settled)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await service.run(world.services, world.registers, job, Watcher(report.begin, interrupt))
    report = Report(out)
    summary = await service.run(world.services, world.registers, job, Watcher(report.begin, report.add))
    lines = out.read_text("utf-8").splitlines()

    assert (summary.resumed_at, summary.records, summary.of("taken")) == (service.BATCH, 1200, 1200)
    assert [line.split(",")[0] for line in lines[1:]] == [str(n) for n in range(1, 1201)]
    assert lines[0] == "record,part,line,outcome,reason"
    assert "example.fi" not in out.read_text("utf-8")
    assert (await world.rows("SELECT count(*) FROM customers"))[0][0] == 1200


async def test_two_processes_do_not_run_the_same_import(world: World, tmp_path: Path) -> None:
    """While one holds the lease another is refused; when it ran out the other goes on and the first must stop."""
    file = write(tmp_path, HEADING, *(member(f"p{n}@example.fi", str(n)) for n in range(1200)))
    job = await service.prepare_audience(world.services, world.registers, file, audience_plan())
    first = service._Running(world.services, world.registers, job)
    await first.claim(restart=False)
    await first.settle(list(job.records())[:500])

    with pytest.raises(ImportRunning):
        await service.run(world.services, world.registers, job)
    world.later(minutes=1)
    summary = await service.run(world.services, world.registers, job)
    with pytest.raises(LeaseLost):
        await first.settle(list(job.records())[500:600])

    assert (summary.resumed_at, summary.of("taken")) == (500, 1200)


async def test_options_must_fit_the_definition(world: World, tmp_path: Path) -> None:
    """An unknown wording, purpose, source or language stops the import before it begins."""
    file = write(tmp_path, HEADING, member("a@example.fi"))
    with pytest.raises(WordingUnknown):
        await audience(world, file, wording={"id": "newsletter", "version": 9, "language": "fi"})
    for wrong in ({"purpose": "accounting"}, {"source": "bought_list"}, {"language": "de"}):
        with pytest.raises(OptionInvalid):
            await audience(world, file, **wrong)
    assert await world.rows("SELECT * FROM imports") == []


async def test_a_changed_row_follows_mailchimp_only_when_it_is_newer(
    world: World, call: Caller, tmp_path: Path
) -> None:
    """A subscriber's new address is taken from a later export, with its suppression; an older export is reported."""
    await audience(world, write(tmp_path, HEADING, member("old@example.fi")))
    world.later(days=10)
    stale = await audience(world, write(tmp_path, HEADING, member("other@example.fi")))
    moved = member("new@example.fi", changed="2026-12-01 10:00:00")
    fresh = await audience(world, write(tmp_path, HEADING, moved))

    assert stale.outcomes == [(2, "skipped", "address_differs")]
    assert fresh.outcomes == [(2, "taken", "")]
    assert await found(call, "old@example.fi") == []
    assert len(await found(call, "new@example.fi")) == 1


async def test_rows_of_one_person_inside_a_batch_make_one_person(world: World, tmp_path: Path) -> None:
    """Two audiences know the same address under two numbers: one subscriber with both references."""
    seen = await audience(world, write(tmp_path, HEADING, member("a@example.fi", "1"), member("A@example.fi", "2")))
    assert [s.outcome for s in seen] == ["taken", "taken"]
    assert (await world.rows("SELECT count(*) FROM customers"))[0][0] == 1
    assert (await world.rows("SELECT count(*) FROM customer_references"))[0][0] == 2


async def test_a_failure_inside_a_batch_leaves_nothing_of_it(world: World, tmp_path: Path) -> None:
    """When the last statement of a batch fails, neither people nor position nor audit of it are there."""
    file = write(tmp_path, HEADING, member("a@example.fi"))
    with mock.patch("app.imports.service.Batch.close", side_effect=RuntimeError), pytest.raises(RuntimeError):
        await audience(world, file)
    assert await world.rows("SELECT * FROM customers") == []
    seen: Seen = await audience(world, file)
    assert seen.outcomes == [(2, "taken", "")]
    assert world.now == STARTED
