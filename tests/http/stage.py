"""A register in which every operation has something to work on, and a well-formed call of each operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.openapi import bodies_of, examples, operations
from tests.http.test_examples import meet_people
from tests.worlds import Caller, World

OWN_SYSTEM = {"booking": "booking"}
"""The reference system in the path, where it is not the webshop's."""
REQUEST_OF = {"cancel_decision": "decided", "complete_request": "executing"}
"""The request that an operation needs, where one that is under review does not do."""
MATCHED = {"correct_customer", "apply_register", "change_request", "update_processor"}


@dataclass
class Stage:
    """What was made for the calls."""

    document: dict[str, Any]
    definition: str = ""
    link: str = ""
    made: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)

    def path_of(self, path: str, operation_id: str, role: str, **instead: str) -> str:
        """The path with everything in its place."""
        known = {**examples()["parameters"], **self.made, "system": OWN_SYSTEM.get(role, "webshop"), "token": self.link}
        known |= {"request": self.cases[REQUEST_OF.get(operation_id, "in_review")], **instead}
        return path.format(**known)

    def body_of(self, operation_id: str, role: str) -> Any:
        """The first example of its body."""
        if operation_id == "apply_register":
            return {"document": self.definition}
        bodies = list(bodies_of(operation_id).values())
        return _owned(bodies[-1], role) if bodies else None

    def headers_of(self, operation_id: str) -> dict[str, str]:
        """If-Match where it is needed."""
        return {"If-Match": "*"} if operation_id in MATCHED else {}

    def operations(self) -> Mapping[tuple[str, str], dict[str, Any]]:
        """Every operation by method and path."""
        return operations(self.document)


def _owned(body: Any, role: str) -> Any:
    """The same body about references of the role's own system."""
    if role not in OWN_SYSTEM:
        return body
    if isinstance(body, dict):
        return {
            name: OWN_SYSTEM[role] if name == "system" and value == "webshop" else _owned(value, role)
            for name, value in body.items()
        }
    return [_owned(one, role) for one in body] if isinstance(body, list) else body


async def build(world: World, call: Caller) -> Stage:
    """Bring in people, records and cases, by calls of the owner."""
    stage = Stage(world.app.openapi())
    await meet_people(world)
    examples_of = examples()["bodies"]
    both = [{"system": "webshop", "id": "both"}, {"system": "booking", "id": "both"}]
    known = {**examples_of["register_customer"], "email": "both@example.fi", "references": both}
    person = f"/v1/customers/{(await call('owner', 'POST', '/v1/customers', known, expect=201))['id']}"
    stage.made["customer_id"] = person.rpartition("/")[2]
    for system in ("webshop", "booking"):
        for reference in ("demo-1", "demo-2", "demo-4", "executing", "decided", "in_review"):
            path = f"/v1/customers/by-reference/{system}/{reference}"
            await call(system, "PUT", path, {**examples_of["upsert_customer"], **_contact(system, reference)})
    await call("owner", "PUT", f"{person}/purchases/webshop/1000", _order(examples_of["put_purchase"]), expect=201)
    given = {**bodies_of("record_consent")["given, as an integration reports it"], "event_id": "stage-1"}
    await call(
        "webshop", "POST", "/v1/consents", {**given, "customer": {"system": "webshop", "id": "both"}}, expect=201
    )
    hold = await call("owner", "POST", f"{person}/legal-holds", examples_of["set_hold"], expect=201)
    transfer = await call("owner", "POST", "/v1/processors/mailchimp/transfers", examples_of["record_transfer"])
    client = await call("owner", "POST", "/v1/api-clients", {**examples_of["make_api_client"], "name": "third"})
    stage.made |= {"hold_id": hold["id"], "transfer_id": transfer.json()["id"], "client_id": client.json()["id"]}
    stage.made["number"] = "V-stage"
    invited = {**examples_of["invite_consent"], "customer": {"system": "webshop", "id": "both"}}
    link = await call("owner", "POST", "/v1/consents/invitations", invited, expect=201)
    stage.link = link["link"].rpartition("/")[2]
    stage.definition = (await call("owner", "GET", "/v1/register", expect=200))["document"]
    for state in ("executing", "decided", "in_review"):
        stage.cases[state] = await _case(world, call, state)
    return stage


def _contact(system: str, reference: str) -> dict[str, str]:
    """Of somebody who shares nothing with the people of the examples."""
    digits = sum(map(ord, system + reference))
    return {
        "name": f"Testi {reference.title()}",
        "email": f"{system}.{digits}@example.fi",
        "phone": f"040 111 {digits}",
    }


def _order(example: dict[str, Any]) -> dict[str, Any]:
    return {**example, "voucher": {**example["voucher"], "number": "V-stage"}}


async def _case(world: World, call: Caller, state: str) -> str:
    received = {**bodies_of("receive_request")["erasure"], "customer": {"system": "webshop", "id": state}}
    made = await call("owner", "POST", "/v1/subject-requests", received, expect=201)
    case: str = made["case_number"]
    if state != "in_review":
        decision = examples()["bodies"]["decide_request"]
        await call("owner", "POST", f"/v1/subject-requests/{case}/decision", decision, expect=200)
    if state == "executing":
        await world.run_due()
    return case
