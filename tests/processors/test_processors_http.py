"""Recipients and agreements over HTTP."""

from typing import Any

import pytest

from tests.processors.calls import Caller, agreement

pytestmark = pytest.mark.anyio

LISTED = ["mailchimp", "tehden", "digitalbooker", "mycashflow", "klarna", "paytrail", "takk"]


@pytest.fixture
def dpo(api: Any, tokens: dict[str, str]) -> Caller:
    return Caller(api, tokens["dpo"])


async def test_the_registry_holds_exactly_the_recipients_of_the_notice(dpo: Caller) -> None:
    page = (await dpo.get("/v1/processors")).json()
    assert [processor["code"] for processor in page["items"]] == LISTED
    assert all(processor["listed"] and processor["active"] for processor in page["items"])
    assert page["next"] is None


async def test_pages(dpo: Caller) -> None:
    first = (await dpo.get("/v1/processors", limit=5)).json()
    second = (await dpo.get("/v1/processors", limit=5, cursor=first["next"])).json()
    assert [processor["code"] for processor in first["items"] + second["items"]] == LISTED
    assert (await dpo.get("/v1/transfers", cursor=first["next"])).json()["code"] == "cursor-invalid"


async def test_a_recipient_answers_to_each_of_its_names(dpo: Caller) -> None:
    for name, code in (
        ("Paytraai Oy", "paytrail"),
        ("klarna online", "klarna"),
        ("MCF-verkkokauppa-alusta", "mycashflow"),
        ("Tampereen Aikuiskoulutussäätiö", "takk"),
        ("mailchimp", "mailchimp"),
    ):
        found = await dpo.get(f"/v1/processors/{name}")
        assert found.json()["code"] == code, name
        assert (await dpo.get(f"/v1/processors/{found.json()['id']}")).json() == found.json(), name


async def test_nobody_is_known_by_that_name(dpo: Caller) -> None:
    assert (await dpo.get("/v1/processors/nobody")).json()["code"] == "processor-not-found"
    assert (await dpo.get("/v1/processors/no%00body")).status_code == 422


async def test_a_person_enters_country_and_legal_name(dpo: Caller) -> None:
    before = (await dpo.get("/v1/processors/paytrail")).json()
    assert {"legal_name_unconfirmed", "country_unknown", "agreement_missing"} <= set(before["open_matters"])
    sent = {"country": "FI", "legal_name": "Paytrail Oyj", "legal_name_confirmed": True}
    after = await dpo.patch("/v1/processors/paytrail", sent, before["version"])
    assert after.headers["ETag"] == f'"{before["version"] + 1}"'
    assert after.json()["open_matters"] == ["agreement_missing", "evidence_missing"]


async def test_a_patch_names_the_version_it_read(dpo: Caller) -> None:
    assert (await dpo.patch("/v1/processors/klarna", {"country": "SE"}, None)).status_code == 428
    assert (await dpo.patch("/v1/processors/klarna", {"country": "SE"}, 7)).status_code == 412


UNDECLARED: list[tuple[dict[str, Any], int]] = [
    ({"purposes": ["newsletter"]}, 422),
    ({"categories": ["booking_data"]}, 422),
    ({"fields": ["shoe_size"]}, 422),
    ({"name": None}, 422),
    ({"country": "Sweden"}, 422),
    ({"secret": 1}, 422),
    ({"aliases": ["Paytraai Oy"]}, 409),
]


async def test_the_registry_cannot_say_more_than_the_notice(dpo: Caller) -> None:
    before = (await dpo.get("/v1/processors/klarna")).json()
    for sent, status in UNDECLARED:
        assert (await dpo.patch("/v1/processors/klarna", sent, before["version"])).status_code == status, sent
        assert (await dpo.get("/v1/processors/klarna")).json() == before, sent


async def test_a_recipient_is_prepared_once(dpo: Caller) -> None:
    new = {"code": "prepared", "name": "Prepared Oy"}
    made = await dpo.post("/v1/processors", new, Idempotency_Key="once")
    again = await dpo.post("/v1/processors", new, Idempotency_Key="once")
    assert made.status_code == again.status_code == 201
    assert made.json() == again.json()
    assert made.json()["listed"] is False
    assert (await dpo.post("/v1/processors", new)).json()["code"] == "processor-name-taken"
    alias = {"code": "other", "name": "Other", "aliases": ["PREPARED oy"]}
    assert (await dpo.post("/v1/processors", alias)).json()["code"] == "processor-name-taken"
    assert (await dpo.get("/v1/processors/other")).status_code == 404


async def test_a_complete_agreement(dpo: Caller) -> None:
    made = await dpo.post("/v1/processors/mailchimp/agreements", agreement())
    assert made.status_code == 201
    assert made.json()["complete"] is True
    assert made.json()["missing"] == []
    assert "agreement_missing" not in (await dpo.get("/v1/processors/mailchimp")).json()["open_matters"]


async def test_a_tick_without_its_place_in_the_document_counts_for_nothing(dpo: Caller) -> None:
    await dpo.post("/v1/processors/mailchimp/agreements", agreement())
    sent = agreement(d={"met": True}, g={"met": False, "reference": "section 9"})
    newest = (await dpo.post("/v1/processors/mailchimp/agreements", sent)).json()
    assert newest["complete"] is False
    assert newest["missing"] == ["d", "g"]
    assert "agreement_incomplete" in (await dpo.get("/v1/processors/mailchimp")).json()["open_matters"]
    listed = (await dpo.get("/v1/processors/mailchimp/agreements")).json()
    assert [one["complete"] for one in listed["items"]] == [True, False]


async def test_who_may_read_and_who_may_write(api: Any, tokens: dict[str, str]) -> None:
    admin, webshop = Caller(api, tokens["admin"]), Caller(api, tokens["webshop"])
    assert (await admin.get("/v1/processors")).status_code == 200
    assert (await admin.post("/v1/processors", {"code": "x", "name": "X"})).status_code == 403
    assert (await webshop.get("/v1/processors")).status_code == 403
