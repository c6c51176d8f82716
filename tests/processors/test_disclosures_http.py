"""The gate over HTTP: what may go is logged by name, what may not is logged with every reason."""

from typing import Any
from uuid import uuid4

import pytest

from tests.processors.calls import DPF, IMPORTER, Caller, codes, disclosure, transfer

pytestmark = pytest.mark.anyio


@pytest.fixture
def dpo(api: Any, tokens: dict[str, str]) -> Caller:
    return Caller(api, tokens["dpo"])


@pytest.fixture
async def aino(api: Any, tokens: dict[str, str]) -> str:
    return await Caller(api, tokens["admin"]).customer()


async def ask(caller: Caller, aino: str, **members: Any) -> Any:
    answer = await caller.post("/v1/disclosures", disclosure(customer={"id": aino}, **members))
    assert answer.status_code == 201, answer.text
    return answer


async def test_without_a_mechanism_nothing_leaves_the_eea(dpo: Caller, aino: str) -> None:
    answer = await ask(dpo, aino)
    assert (answer.json()["outcome"], answer.json()["sent"]) == ("refused", False)
    assert codes(answer) == ["transfer_refused"]


async def test_what_may_go_is_logged_with_the_legal_name_and_the_mechanism(dpo: Caller, aino: str) -> None:
    recorded = (await dpo.post("/v1/processors/mailchimp/transfers", transfer(**DPF))).json()
    answer = (await ask(dpo, aino)).json()
    assert answer["outcome"] == "disclosed"
    assert answer["reasons"] == []
    assert answer["recipient"]["name"] == IMPORTER
    assert answer["transfer_id"] == recorded["id"]
    assert answer["fields"] == ["email", "name"]
    assert (await dpo.get(f"/v1/customers/{aino}/disclosures")).json()["items"] == [answer]


async def test_a_transfer_speaks_only_of_its_own_purpose(dpo: Caller, aino: str) -> None:
    await dpo.post("/v1/processors/mailchimp/transfers", transfer(**DPF))
    assert codes(await ask(dpo, aino, purpose="marketing")) == ["transfer_refused"]


async def test_an_unknown_country_blocks(dpo: Caller, aino: str) -> None:
    sent = {"recipient": "Paytraai Oy", "purpose": "customer_relationship", "fields": ["email"]}
    assert codes(await ask(dpo, aino, **sent)) == ["country_unknown"]
    await dpo.patch("/v1/processors/paytrail", {"country": "FI"}, 1)
    assert (await ask(dpo, aino, **sent)).json()["outcome"] == "disclosed"
    sent["fields"] = ["email", "phone"]
    assert codes(await ask(dpo, aino, **sent)) == ["field_not_for_recipient"]


async def test_the_student_system_is_blocked(dpo: Caller, aino: str) -> None:
    """N31: the notice links the purpose to the recipient and never declares it."""
    await dpo.patch("/v1/processors/takk", {"country": "FI"}, 1)
    answer = await ask(dpo, aino, recipient="takk", purpose="student_management")
    assert {"purpose_undeclared", "purpose_pending"} <= set(codes(answer))
    assert answer.json()["recipient"]["name"] == "Tampereen Aikuiskoulutussäätiö"


async def test_an_unlisted_recipient_is_refused_and_named(dpo: Caller, aino: str) -> None:
    answer = await ask(dpo, aino, recipient="Acme Ltd")
    assert codes(answer) == ["recipient_unlisted"]
    assert answer.json()["recipient"] == {"processor_id": None, "code": None, "name": "Acme Ltd"}


async def test_a_former_recipient_is_refused(dpo: Caller, aino: str) -> None:
    await dpo.post("/v1/processors/mailchimp/transfers", transfer(**DPF))
    await dpo.patch("/v1/processors/mailchimp", {"active": False}, 1)
    assert codes(await ask(dpo, aino)) == ["recipient_inactive"]


async def test_data_that_should_not_have_left_are_on_record_as_gone(dpo: Caller, aino: str) -> None:
    answer = (await ask(dpo, aino, occurred_at="2026-02-01T10:00:00Z")).json()
    assert (answer["outcome"], answer["sent"]) == ("refused", True)
    assert answer["disclosed_at"] == "2026-02-01T10:00:00Z"


async def test_the_future_and_the_unknown_are_problems(dpo: Caller, aino: str) -> None:
    future = disclosure(customer={"id": aino}, occurred_at="2190-01-01T10:00:00Z")
    assert (await dpo.post("/v1/disclosures", future)).json()["code"] == "disclosure-invalid"
    unknown = disclosure(customer={"id": str(uuid4())})
    assert (await dpo.post("/v1/disclosures", unknown)).json()["code"] == "customer-not-found"
    neither = disclosure(customer={"email": "aino@example.fi"})
    assert (await dpo.post("/v1/disclosures", neither)).status_code == 422


async def test_a_retry_logs_once(dpo: Caller, aino: str) -> None:
    body = disclosure(customer={"id": aino})
    first = await dpo.post("/v1/disclosures", body, Idempotency_Key="once")
    assert (await dpo.post("/v1/disclosures", body, Idempotency_Key="once")).json() == first.json()
    assert len((await dpo.get(f"/v1/customers/{aino}/disclosures")).json()["items"]) == 1


async def test_a_mailing(api: Any, tokens: dict[str, str], dpo: Caller, aino: str) -> None:
    await dpo.post("/v1/processors/mailchimp/transfers", transfer(**DPF))
    other = await Caller(api, tokens["admin"]).customer()
    customers = [{"id": aino}, {"id": str(uuid4())}, {"id": other}]
    answer = (await dpo.post("/v1/disclosures/batch", disclosure(customers=customers))).json()
    assert answer["may_send"] == 2
    assert [result["status"] for result in answer["results"]] == [201, 404, 201]
    assert [result["outcome"] for result in answer["results"]] == ["disclosed", None, "disclosed"]


async def test_only_the_protection_officer_sees_who_got_the_data(api: Any, tokens: dict[str, str], aino: str) -> None:
    for role, status in {"dpo": 200, "owner": 200, "admin": 403, "mailer": 403, "webshop": 403}.items():
        answer = await Caller(api, tokens[role]).get(f"/v1/customers/{aino}/disclosures")
        assert answer.status_code == status, role
