"""Who may read a reply and when; what is withheld from it; the link by which the person fetches it once."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from app.access import making
from app.auth.failures import Failures
from tests.access.people import KNOWN, everything, files_in, identified, records, reply, rich_person
from tests.ledger.restores import back_up, new_database, restored
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


@pytest.fixture
def template(request: pytest.FixtureRequest) -> Any:
    """Refusals and links do not depend on the engine; `test_fetched_once` runs on both."""
    own = getattr(request.node, "callspec", None)
    wanted = own.params.get("engine", "sqlite") if own else "sqlite"
    return request.getfixturevalue("sqlite_template" if wanted == "sqlite" else "postgres_template")


@pytest.fixture(autouse=True)
def no_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """PDFs take time, and `test_reply.py` makes them."""
    monkeypatch.setattr(making, "document_of", lambda *_: b"%PDF-")


def path(case: str, rest: str = "") -> str:
    return f"/v1/subject-requests/{case}/data{rest}"


async def released(call: Caller, case: str) -> dict[str, Any]:
    """The release with its link."""
    made: dict[str, Any] = await call("dpo", "POST", path(case, "/release"), expect=201)
    return made


def link_of(made: dict[str, Any]) -> str:
    """The path behind the link."""
    return f"/data/{made['link'].rpartition('/')[2]}"


async def refused(call: Caller, case: str, status: int, role: str = "dpo", form: str = "", **headers: str) -> Any:
    """The code of a refusal."""
    return (await reply(call, case, form, expect=status, role=role, **headers))["code"]


async def test_nothing_leaves_before_it_may(world: World, call: Caller, desk: Desk) -> None:
    """Another right, nobody linked, nobody identified, in doubt again, refused, taken back: each a clear problem."""
    person = await desk.person()
    erasure = (await desk.asks("erasure", person))["case_number"]
    assert await refused(call, erasure, 409) == "not-about-data"
    nobody = await desk.asks("access", claimed_identity={"name": "Aino Esimerkki1"})
    assert await refused(call, nobody["case_number"], 409) == "no-person"
    case = (await desk.asks("access", person))["case_number"]
    for form in ("", "/page", "/document", "/archive"):
        assert await refused(call, case, 409, form=form) == "identity-unknown"
    checks = f"/v1/subject-requests/{case}/identity-checks"
    await call("admin", "POST", checks, {**KNOWN, "level": "none"}, expect=200)
    assert await refused(call, case, 409) == "identity-unknown"
    await call("admin", "POST", checks, KNOWN, expect=200)
    await reply(call, case)
    await call(
        "admin", "POST", checks, {"step": "asked", "asked_for": "An order number.", "reason": "Two."}, expect=200
    )
    assert await refused(call, case, 409) == "identity-unknown"
    await call("admin", "POST", checks, KNOWN, expect=200)
    assert await refused(call, case, 403, role="admin") == "scope-missing"
    await desk.decides(case, outcome="refused", refusal_ground="conditions_not_met")
    assert await refused(call, case, 409) == "reply-refused"
    other = await identified(call, desk, person)
    await call("admin", "POST", f"/v1/subject-requests/{other}/withdrawal", {}, expect=200)
    assert await refused(call, other, 409) == "reply-refused"
    granted = (await desk.asks("access", person))["case_number"]
    await desk.decides(granted, outcome="granted")
    await reply(call, granted)
    assert await refused(call, "2026-09999", 404) == "request-not-found"


async def test_a_restriction_forbids_other_purposes(world: World, call: Caller, desk: Desk) -> None:
    """The person's own right is served; nobody reads the reply for marketing (Art. 18(2))."""
    person = await desk.person()
    case = await identified(call, desk, person)
    await reply(call, case, Purpose="newsletter")
    erasure = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(erasure)
    assert await refused(call, case, 409, Purpose="newsletter") == "restricted"
    found = await reply(call, case)
    assert [r["values"]["ground"] for r in records(found, "restrictions")] == ["erasure_pending"]


async def test_what_is_withheld_says_why_and_never_what(world: World, call: Caller, desk: Desk) -> None:
    """A field, a value inside a list, a whole record: gone from every form, with the reason; undone, it is back."""
    person = await rich_person(call, desk)
    case = await identified(call, desk, person)
    first, second = records(await reply(call, case), "purchases")
    hold = records(await reply(call, case), "legal_holds")[0]["record"]
    marks = path(case, "/redactions")
    why = "Belongs to another member of the household."
    for sent in (
        {"record": f"person:{person}", "field": "phone"},
        {"record": first["record"], "field": "lines/0/title"},
        {"record": hold},
    ):
        await call("dpo", "POST", marks, {**sent, "reason": why}, expect=201)
    for sent, code in (
        ({"record": "purchase:01a2252e-8f4a-7067-a457-c8f3f8e89c30"}, "nothing-to-redact"),
        ({"record": "purchase:x"}, "nothing-to-redact"),
        ({"record": "nonsense"}, "nothing-to-redact"),
        ({"record": second["record"], "field": "lines/7/title"}, "nothing-to-redact"),
        ({"record": second["record"], "field": "customer_id"}, "nothing-to-redact"),
    ):
        answer = await call("dpo", "POST", marks, {**sent, "reason": why}, expect=422)
        assert answer["code"] == code
    found = await reply(call, case)
    files = await reply(call, case, "/archive")

    assert records(found, "person")[0]["values"]["phone"] is None
    assert records(found, "person")[0]["withheld"] == [{"field": "phone", "reason": why}]
    assert records(found, "purchases")[0]["values"]["lines"][0]["title"] is None
    assert records(found, "purchases")[1]["values"]["lines"][0]["title"] == "Hoito"
    assert (records(found, "legal_holds")[0]["values"], "colour" in everything(found)) == ({}, False)
    for name in ("data.json", "page.html", "portable/person.csv", "portable/data.json"):
        assert b"040 100 0001" not in files[name], name
        assert b"colour" not in files[name], name
    assert why.encode() in files["page.html"]
    listed = await call("dpo", "GET", marks, expect=200)
    assert [one["field"] for one in listed["items"]] == ["phone", "lines/0/title", None]
    await call("dpo", "DELETE", f"{marks}/{listed['items'][0]['id']}", expect=204)
    again = await call("dpo", "DELETE", f"{marks}/{listed['items'][0]['id']}", expect=404)
    assert again["code"] == "redaction-not-found"
    assert records(await reply(call, case), "person")[0]["values"]["phone"] == "040 100 0001"


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_fetched_once(world: World, call: Caller, desk: Desk, api: httpx.AsyncClient, engine: str) -> None:
    """Frozen, encrypted, opened by the link alone, once; what is done with it stands in the timeline."""
    person = await rich_person(call, desk)
    case = await identified(call, desk, person)
    made = await released(call, case)
    await desk.buys(person, "2026-07-10", "V-19")
    marked = await call(
        "dpo", "POST", path(case, "/redactions"), {"record": f"person:{person}", "reason": "Late."}, expect=409
    )
    stored = await world.rows("SELECT content FROM access_release_parts")
    opened = await api.get(link_of(made))
    before = await world.rows("SELECT count(*) FROM access_release_parts")
    fetched = await api.post(link_of(made))
    again = [await api.post(link_of(made)), await api.get(link_of(made))]

    assert engine == world.dialect
    assert marked["code"] == "released"
    assert stored
    assert not any(b"Aino" in bytes(part) or b"PK" in bytes(part)[:4] for (part,) in stored)
    assert (opened.status_code, before[0][0]) == (200, len(stored))
    assert all(part in opened.text for part in ("<form", case))
    assert "Aino" not in opened.text
    files = files_in(fetched.content)
    assert b"Aino Esimerkki1" in files["data.json"]
    assert b"V-19" not in files["data.json"]
    assert fetched.headers["content-disposition"] == f'attachment; filename="data-{case}.zip"'
    assert [answer.status_code for answer in again] == [410, 410]
    assert "text/html" in again[0].headers["content-type"]
    assert await world.rows("SELECT 1 FROM access_release_parts") == []
    shown = await call("dpo", "GET", path(case, "/release"), expect=200)
    assert (shown["link"], shown["ended_because"], shown["size"]) == (None, "used", len(fetched.content))
    assert shown["records"] > 10
    kinds = [event["kind"] for event in (await desk.reads(case))["timeline"]]
    letter = await call("dpo", "GET", f"/v1/subject-requests/{case}/letter", expect=200)
    assert kinds[-3:] == ["data_released", "letter_issued", "data_fetched"]
    told = ("yhden kerran 7.12.2026 asti" in letter["text"], "/data/" in str(letter))
    assert (letter["kind"], *told) == ("access_cover", True, False)


async def test_a_link_ends(world: World, call: Caller, desk: Desk, api: httpx.AsyncClient) -> None:
    """By its date, by a newer one, by withdrawal, by the end of the case; a repeated call shows no link again."""
    person = await desk.person()
    case = await identified(call, desk, person)
    key = {"Idempotency_Key": "release-1"}
    first = await call("dpo", "POST", path(case, "/release"), expect=201, **key)
    replayed = await call("dpo", "POST", path(case, "/release"), expect=201, **key)
    assert (replayed["id"], replayed["link"]) == (first["id"], None)
    second = await released(call, case)
    assert (await api.get(link_of(first))).status_code == 410
    assert (await api.get(link_of(second))).status_code == 200
    assert second["expires_on"] == "2026-12-07"
    await call("dpo", "DELETE", path(case, "/release"), expect=204)
    assert (await api.post(link_of(second))).status_code == 410
    assert (await call("dpo", "DELETE", path(case, "/release"), expect=404))["code"] == "release-not-found"
    third = await released(call, case)
    world.later(days=15)
    assert (await api.post(link_of(third))).status_code == 410
    assert len(await world.rows("SELECT 1 FROM access_release_parts")) == 1
    await world.run_due()
    assert await world.rows("SELECT 1 FROM access_release_parts") == []
    assert (await call("dpo", "GET", path(case, "/release"), expect=200))["ended_because"] == "expired"
    fourth = await released(call, case)
    await call("admin", "POST", f"/v1/subject-requests/{case}/withdrawal", {}, expect=200)
    assert (await api.post(link_of(fourth))).status_code == 410


async def test_erasure_takes_the_frozen_copy_along(
    world: World, call: Caller, desk: Desk, api: httpx.AsyncClient
) -> None:
    """The link is dead, the marks are gone, and the case answers 410 with what had to stay, without a value."""
    person = await desk.person()
    await desk.buys(person, "2026-05-10", "V-1")
    case = await identified(call, desk, person)
    made = await released(call, case)
    await world.db.write(_complete, case)
    erasure = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(erasure)
    world.later(minutes=1)
    assert await world.run_due() == 1

    assert await world.rows("SELECT 1 FROM access_release_parts") == []
    assert (await api.post(link_of(made))).status_code == 410
    gone = await reply(call, case, expect=410)
    assert gone["code"] == "customer-erased"
    assert gone["remains"] == [{"kind": "vouchers", "count": 1, "until": "2036-12-31"}]


def _complete(connection: Any, case: str) -> None:
    """As if the case had been closed before the person fetched anything, by a release that did not look."""
    from sqlalchemy import update

    from app.subject_requests.tables import subject_requests

    c = subject_requests.c
    connection.execute(update(subject_requests).where(c.case_number == case).values(state="completed"))


async def test_guessing_links_is_slowed_down(world: World, call: Caller, api: httpx.AsyncClient) -> None:
    """Unknown links count against the address, as unknown tokens do."""
    world.app.state.link_failures = Failures(3)
    answers = [await api.get(f"/data/{'x' * 40}{n}") for n in range(4)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert (await api.post(f"/data/{'y' * 43}")).status_code == 429


async def test_what_is_marked_meanwhile_is_looked_at_first(
    world: World, call: Caller, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mark that came while the archive was made is on no copy of it: the release is refused."""
    person = await desk.person()
    case = await identified(call, desk, person)
    archive = making.archive

    async def slowly(*args: Any) -> Any:
        made = await archive(*args)
        mark = {"record": f"person:{person}", "field": "phone", "reason": "Shared."}
        await call("dpo", "POST", path(case, "/redactions"), mark, expect=201)
        return made

    monkeypatch.setattr("app.access.releasing.archive", slowly)
    answer = await call("dpo", "POST", path(case, "/release"), expect=409)
    assert answer["code"] == "changed-meanwhile"
    assert await world.rows("SELECT 1 FROM access_releases") == []


async def test_a_restored_backup_brings_no_link_back(
    world: World, call: Caller, desk: Desk, api: httpx.AsyncClient, tmp_path: Path, postgres_url: str
) -> None:
    """One that was used since the backup must not work again; the encrypted copy is deleted."""
    case = await identified(call, desk, await desk.person())
    made = await released(call, case)
    file = await back_up(world, tmp_path / "backup")
    assert (await api.post(link_of(made))).status_code == 200

    with new_database("sqlite", tmp_path, postgres_url) as there:
        moved = await restored(world, file, there)
        assert await moved.rows("SELECT 1 FROM access_release_parts") == []
        assert (await moved.rows("SELECT ended_because FROM access_releases"))[0][0] == "restored"
        await moved.db.close()
