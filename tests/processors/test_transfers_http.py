"""Transfers over HTTP: recorded, assessed, ended, and asked what if."""

from typing import Any

import pytest

from tests.processors.calls import DPF, SCC, Caller, transfer

pytestmark = pytest.mark.anyio

TO_MAILCHIMP = "/v1/processors/mailchimp/transfers"


@pytest.fixture
def dpo(api: Any, tokens: dict[str, str]) -> Caller:
    return Caller(api, tokens["dpo"])


async def outcome(dpo: Caller, **question: Any) -> str:
    """What would become of the flow to Mailchimp."""
    answer = (await dpo.post("/v1/transfers/what-if", question)).json()
    (found,) = [
        name for name in ("holds", "falls_back", "blocked") for flow in answer[name] if flow["processor"] == "mailchimp"
    ]
    return found


async def test_a_transfer_is_assessed_when_it_is_recorded(dpo: Caller) -> None:
    made = (await dpo.post(TO_MAILCHIMP, transfer(**DPF))).json()
    assert (made["status"], made["article"]) == ("permitted", "Art. 45")
    (assessed,) = (await dpo.get(f"/v1/transfers/{made['id']}/assessments")).json()["items"]
    assert assessed["outcome"] == "permitted"
    assert assessed["adequacy_decision"] == "(EU) 2023/1795"
    assert "transfer_refused" not in (await dpo.get("/v1/processors/mailchimp")).json()["open_matters"]


async def test_a_refused_transfer_is_recorded_as_refused(dpo: Caller) -> None:
    """Confidentiality agreements are no mechanism (F94), and regular flows no exception (F92)."""
    without = await dpo.post(TO_MAILCHIMP, transfer())
    occasional = transfer(mechanism="49(1)(b)", evidence={"instrument": "memo"})
    regular = await dpo.post(TO_MAILCHIMP, occasional)
    assert without.status_code == regular.status_code == 201
    assert without.json()["status"] == regular.json()["status"] == "refused"
    assert regular.json()["reasons"]
    refused = (await dpo.get("/v1/transfers", status="refused")).json()["items"]
    assert [one["id"] for one in refused] == [without.json()["id"], regular.json()["id"]]
    assert (await dpo.get("/v1/transfers", status="permitted")).json()["items"] == []


async def test_incomplete_annexes_refuse_the_clauses(dpo: Caller) -> None:
    scc = {**SCC["evidence"], "scc": {"module": "M2", "signed_on": "2024-01-01", "annexes": {"i_a": True}}}
    made = await dpo.post(TO_MAILCHIMP, transfer(mechanism="46(2)(c)", evidence=scc))
    assert made.json()["status"] == "refused"


async def test_assessing_again_adds_and_changes_nothing(dpo: Caller) -> None:
    made = (await dpo.post(TO_MAILCHIMP, transfer(**DPF))).json()
    path = f"/v1/transfers/{made['id']}/assessments"
    again = await dpo.post(path, Idempotency_Key="again")
    assert (await dpo.post(path, Idempotency_Key="again")).json() == again.json()
    first, second = (await dpo.get(path)).json()["items"]
    assert second == again.json()
    assert first["id"] != second["id"]


async def test_what_if_the_framework_falls(dpo: Caller) -> None:
    assert await outcome(dpo) == "blocked"
    await dpo.post(TO_MAILCHIMP, transfer(**DPF))
    assert await outcome(dpo) == "holds"
    assert await outcome(dpo, dpf_annulled_on="2027-03-01") == "blocked"
    await dpo.post(TO_MAILCHIMP, transfer(**SCC))
    assert await outcome(dpo) == "holds"
    assert await outcome(dpo, dpf_annulled_on="2027-03-01") == "falls_back"
    assert await outcome(dpo, dpf_annulled_on="2027-03-01", as_of="2027-02-28") == "holds"
    assert await outcome(dpo, adequacy_withdrawn=["US"]) == "falls_back"
    assert await outcome(dpo, adequacy_withdrawn=["US"], tia_missing=True) == "blocked"
    assert await outcome(dpo) == "holds"


async def test_a_flow_that_ended_carries_nothing(dpo: Caller) -> None:
    made = (await dpo.post(TO_MAILCHIMP, transfer(**DPF))).json()
    path, end = f"/v1/transfers/{made['id']}/end", {"ended_on": "2024-02-01", "reason": "The service was replaced."}
    assert (await dpo.post(path, end)).json()["status"] == "refused"
    assert (await dpo.post(path, end)).json()["code"] == "transfer-ended"
    assert "transfer_refused" in (await dpo.get("/v1/processors/mailchimp")).json()["open_matters"]


UNRECORDABLE: list[dict[str, Any]] = [
    {"purposes": ["undeclared"]},
    {"categories": ["undeclared"]},
    {"valid_to": "2023-12-31"},
    {"mechanism": "confidentiality"},
    {"country": "unknown"},
    {"purposes": []},
]


async def test_transfers_that_cannot_be_recorded(dpo: Caller) -> None:
    for members in UNRECORDABLE:
        assert (await dpo.post(TO_MAILCHIMP, transfer(**members))).status_code == 422, members
        assert (await dpo.get(TO_MAILCHIMP)).json()["items"] == [], members


async def test_pages_by_status(dpo: Caller) -> None:
    ids = [(await dpo.post(TO_MAILCHIMP, transfer(**one))).json()["id"] for one in (DPF, {}, SCC)]
    first = (await dpo.get("/v1/transfers", status="permitted", limit=1)).json()
    second = (await dpo.get("/v1/transfers", status="permitted", limit=1, cursor=first["next"])).json()
    assert [one["id"] for one in first["items"] + second["items"]] == [ids[0], ids[2]]
    assert second["next"] is None
