"""A person with something in every table, and the steps by which a request is answered."""

import io
import json
import zipfile
from typing import Any

from tests.processors.calls import disclosure
from tests.subject_requests.people import Desk
from tests.worlds import Caller

KNOWN = {"step": "sufficient", "level": "substantial", "how": "Named the order and the address of delivery."}


async def rich_person(call: Caller, desk: Desk, number: int = 1, **members: Any) -> str:
    """A customer with orders, vouchers, a consent, a dispute and a disclosure; the id."""
    person = await desk.person(number, **{"language": "fi", **members})
    await desk.buys(person, "2026-05-10", f"V-{number}1")
    await desk.buys(person, "2026-06-10", f"V-{number}2", fulfilled_on=None, total="-5.00")
    consent = {"event_id": f"e-{number}", "customer": {"id": person}, "purpose": "newsletter", "channels": ["email"]}
    consent |= {"action": "given", "wording": {"id": "newsletter", "version": 1, "language": "fi"}}
    consent |= {"collected_via": "checkout", "occurred_at": "2026-05-10T10:00:00Z"}
    await call("webshop", "POST", "/v1/consents", consent, expect=201)
    await call("mailer", "POST", "/v1/disclosures", disclosure(customer={"id": person}))
    hold = {"kind": "dispute", "claim": "The colour is disputed.", "review_on": "2027-03-02"}
    await call("dpo", "POST", f"/v1/customers/{person}/legal-holds", hold, expect=201)
    return person


async def identified(call: Caller, desk: Desk, person: str, right: str = "access") -> str:
    """A request of the person, who has been identified; its case number."""
    case = (await desk.asks(right, person))["case_number"]
    await call("admin", "POST", f"/v1/subject-requests/{case}/identity-checks", KNOWN, expect=200)
    return str(case)


async def reply(call: Caller, case: str, form: str = "", expect: int = 200, role: str = "dpo", **headers: str) -> Any:
    """The reply in a form: JSON parsed, a ZIP by name, anything else as bytes."""
    answer = await call(role, "GET", f"/v1/subject-requests/{case}/data{form}", None, None, **headers)
    assert answer.status_code == expect, answer.text[:500]
    if "json" in answer.headers["content-type"]:
        return answer.json()
    if form == "/archive":
        return files_in(answer.content)
    return answer.content


def files_in(content: bytes) -> dict[str, bytes]:
    """The files of a ZIP."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def records(found: dict[str, Any], section: str) -> list[dict[str, Any]]:
    """The records of a section."""
    sections = {one["section"]: one for one in found["sections"]}
    answered: list[dict[str, Any]] = sections[section]["records"]
    return answered


def everything(found: Any) -> str:
    """All of it as text."""
    return json.dumps(found, ensure_ascii=False)
