"""Correcting (Art. 16): PATCH with If-Match, absent stays, null empties."""

import pytest

from tests.customers.people import audited, upsert
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


async def test_if_match_is_needed_and_compared(call: Caller, world: World) -> None:
    """Without it 428, with an older version 412, and nothing changes; the version or `*` is accepted."""
    made = await upsert(call)
    path = f"/v1/customers/{made['id']}"
    before = len(await audited(world))
    assert (await call("admin", "PATCH", path, {"name": "B"}, expect=428))["code"] == "if-match-required"
    for stale in ('"0"', '"2"', 'W/"1"', "1", "nonsense"):
        assert (await call("admin", "PATCH", path, {"name": "B"}, expect=412, If_Match=stale))["code"] == "stale"
    assert len(await audited(world)) == before
    await call("admin", "PATCH", path, {"name": "B"}, expect=200, If_Match='"7", "1"')
    answer = await call("admin", "PATCH", path, {"name": "C"}, If_Match="*")
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"3"')


async def test_absent_stays_and_null_empties(call: Caller) -> None:
    """Only what is sent changes."""
    made = await upsert(call)
    path = f"/v1/customers/{made['id']}"
    changed = await call("admin", "PATCH", path, {"phone": None, "language": "sv"}, expect=200, If_Match='"1"')
    expected = {**made, "phone": None, "language": "sv", "version": 2, "updated_at": changed["updated_at"]}
    assert {**changed, "references": []} == {**expected, "references": []}
    same = await call("admin", "PATCH", path, {}, expect=200, If_Match='"2"')
    assert same["version"] == 2


async def test_what_cannot_be_emptied(call: Caller) -> None:
    """A customer keeps a name, a subscriber something to be reached by, everybody a kind and a language."""
    made = await upsert(call)
    path = f"/v1/customers/{made['id']}"
    nobody = {"kind": "subscriber", "name": None, "email": None, "phone": None, "address": None}
    for sent in ({"name": None}, {"kind": None}, {"language": None}, {"language": "de"}, nobody, {"interaction": None}):
        await call("admin", "PATCH", path, sent, expect=422, If_Match="*")
    assert (await call("admin", "GET", path, expect=200))["version"] == 1


async def test_other_systems_hear_of_a_correction(call: Caller, world: World) -> None:
    """Whoever else knows the person finds `rectified` in the feed; the system that sent it does not."""
    made = await upsert(call)
    extra = {"references": [{"system": "booking", "id": "b-1"}]}
    await call("admin", "PATCH", f"/v1/customers/{made['id']}", extra, expect=200, If_Match="*")
    await world.rows("SELECT 1")
    told_before = len(await world.rows("SELECT 1 FROM customer_changes"))
    await upsert(call, email="uusi@example.fi")
    told = await world.rows("SELECT system, external_id, kind FROM customer_changes ORDER BY id")
    assert [tuple(row) for row in told[told_before:]] == [("booking", "b-1", "rectified")]
