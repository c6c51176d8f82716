"""A register in which every operation has something to work on, and a well-formed call of each operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.customership import propose_all
from app.delivery.links import token_of
from app.notice.publishing import publish_due
from app.openapi import bodies_of, examples
from app.openapi_operations import operations
from tests.http.test_examples import meet_people
from tests.worlds import Caller, World

OWN_SYSTEM = {"booking": "booking"}
"""The reference system in the path, where it is not the webshop's."""
REQUEST_OF = {
    "cancel_decision": "decided",
    "complete_request": "executing",
    "read_answer": "executing",
    "contest_values": "contested",
    "lift_restriction": "restricted",
    "confirm_decision": "proposed",
    "settle_fee": "fee",
    **dict.fromkeys(("read_release", "withdraw_release"), "released"),
    **dict.fromkeys(("read_data", "read_data_page", "read_data_document", "read_data_archive"), "access"),
    **dict.fromkeys(("redact_data", "list_redactions", "undo_redaction", "release_data"), "access"),
}
"""The request that an operation needs, where one that is under review does not do."""
BREACH_OF = {"close_breach": "settled", "reopen_breach": "closed"}
"""The breach that an operation needs, where one that has just been assessed does not do."""
MATCHED = {
    *("accept_proposal", "correct_customer", "apply_register", "change_request", "update_processor"),
    *("change_breach", "confirm_decision", "take_back_lapse", "update_sub_processor"),
}
NO_SECRET = "nothing-listens-behind-this"
"""In the address of a recipient's message; no recipient is configured."""
OF_THE_DEAD = {"read_death", "withdraw_death"}


@dataclass
class Stage:
    """What was made for the calls."""

    document: dict[str, Any]
    definition: str = ""
    link: str = ""
    data_link: str = ""
    answer_link: str = ""
    leaving_link: str = ""
    case_link: str = ""
    made: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    breaches: dict[str, str] = field(default_factory=dict)
    affected: str = ""
    breach_letter: str = ""
    built_at: str = ""

    def path_of(self, path: str, operation_id: str, role: str, **instead: str) -> str:
        """The path with everything in its place."""
        known = {
            **examples()["parameters"],
            **self.made,
            "system": OWN_SYSTEM.get(role, "webshop"),
            "token": self.link,
            "secret": NO_SECRET,
        }
        if operation_id in OF_THE_DEAD:
            known["customer_id"] = self.made["dead_id"]
        known |= {"token": self.data_link} if path.startswith("/data/") else {}
        known |= {"token": self.answer_link} if path.startswith("/answers/") else {}
        known |= {"right": "access"} | ({"token": self.case_link} if path.startswith("/cases/") else {})
        known |= {"token": self.leaving_link} if path.startswith("/unsubscribe/") else {}
        known |= {"request": self.cases[REQUEST_OF.get(operation_id, "in_review")]}
        known |= {"breach": self.breaches[BREACH_OF.get(operation_id, "told")], **instead}
        return path.format(**known)

    def body_of(self, operation_id: str, role: str) -> Any:
        """The first example of its body."""
        if operation_id == "apply_register":
            return {"document": self.definition}
        if operation_id in {"record_people_told", "issue_breach_letters"}:
            return {**examples()["bodies"][operation_id], "subject_keys": [self.affected]}
        if operation_id == "deliver_breach_letters":
            return {**examples()["bodies"][operation_id], "letters": [self.breach_letter], "at": self.built_at}
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
    await publish_due(world.services, world.registers)
    examples_of = examples()["bodies"]
    both = [{"system": "webshop", "id": "both"}, {"system": "booking", "id": "both"}]
    known = {**examples_of["register_customer"], "email": "both@example.fi", "references": both}
    person = f"/v1/customers/{(await call('owner', 'POST', '/v1/customers', known, expect=201))['id']}"
    stage.made["customer_id"] = person.rpartition("/")[2]
    for system in ("webshop", "booking"):
        names = ("demo-1", "demo-2", "demo-4", "executing", "decided", "in_review", "contested", "restricted")
        for reference in (*names, "proposed", "fee", "dead"):
            path = f"/v1/customers/by-reference/{system}/{reference}"
            body = {**examples_of["upsert_customer"], **_contact(system, reference)}
            stage.made["dead_id"] = (await call(system, "PUT", path, body)).json()["id"]
    await call("owner", "PUT", f"{person}/purchases/webshop/1000", _order(examples_of["put_purchase"]), expect=201)
    given = {**bodies_of("record_consent")["given, as an integration reports it"], "event_id": "stage-1"}
    await call(
        "webshop", "POST", "/v1/consents", {**given, "customer": {"system": "webshop", "id": "both"}}, expect=201
    )
    hold = await call("owner", "POST", f"{person}/legal-holds", examples_of["set_hold"], expect=201)
    await _recipients(call, stage)
    client = await call("owner", "POST", "/v1/api-clients", {**examples_of["make_api_client"], "name": "third"})
    stage.made |= {"hold_id": hold["id"], "client_id": client.json()["id"]}
    feed = await call("owner", "POST", "/v1/calendar-feeds", examples_of["make_calendar_feed"], expect=201)
    stage.made |= {"feed_id": feed["id"], "calendar_file": feed["url"].rpartition("/")[2]}
    stage.made["number"] = "V-stage"
    await _links(call, stage)
    stage.definition = (await call("owner", "GET", "/v1/register", expect=200))["document"]
    stage.made["decision_id"] = await _inactive(world, call)
    for state in ("executing", "decided", "in_review", "proposed", "fee"):
        stage.cases[state] = await _case(world, call, state)
    told = (await call("owner", "GET", f"/v1/subject-requests/{stage.cases['executing']}", expect=200))["envelopes"]
    stage.made["notification"] = next(one["notification_id"] for one in told if one["notification_id"])
    stage.answer_link = token_of(world.services.keys, UUID(stage.made["notification"]))
    stage.cases["contested"] = await _received(call, "contested", right="rectification")
    stage.cases["restricted"] = await restricted(call, "restricted")
    await _refuse_and_lift(call, stage, await restricted(call, "both"))
    for name in ("access", "released"):
        stage.cases[name] = await access(call)
    path = f"/v1/subject-requests/{stage.cases['access']}/data/redactions"
    marked = await call("owner", "POST", path, examples_of["redact_data"], expect=201)
    released = await call("owner", "POST", f"/v1/subject-requests/{stage.cases['released']}/data/release", expect=201)
    stage.made["redaction_id"], stage.data_link = marked["id"], released["link"].rpartition("/")[2]
    await _breaches(call, stage)
    stage.built_at = world.now.isoformat()
    await call("dpo", "POST", f"/v1/subject-requests/{stage.cases['fee']}/fee", examples_of["ask_fee"], expect=200)
    stage.made["notice_version"] = str(await publish_due(world.services, world.registers))  # what has gone out since
    dead = f"/v1/customers/{stage.made['dead_id']}/death"
    await call("owner", "POST", dead, examples_of["report_death"], expect=201)
    form = await call.api.post("/requests/portability", data={"name": "Testi Testi", "email": "testi@example.fi"})
    stage.case_link = form.headers["location"].rpartition("/")[2].partition("?")[0]
    return stage


async def _recipients(call: Caller, stage: Stage) -> None:
    """A transfer, a lapsed decision, a sub-processor."""
    examples_of = examples()["bodies"]
    transfer = await call(
        "owner", "POST", "/v1/processors/mailchimp/transfers", examples_of["record_transfer"], expect=201
    )
    stage.made["transfer_id"] = transfer["id"]
    lapse = {**examples_of["record_lapse"], "decision": "2000/518/EC"}
    stage.made["lapse_id"] = (await call("owner", "POST", "/v1/adequacy-lapses", lapse, expect=201))["id"]
    engaged, path = examples_of["register_sub_processor"], "/v1/processors/mailchimp/sub-processors"
    stage.made["sub_processor_id"] = (await call("owner", "POST", path, engaged, expect=201))["id"]


async def _links(call: Caller, stage: Stage) -> None:
    """An invitation to consent, and the way out of marketing."""
    examples_of = examples()["bodies"]
    invited = {**examples_of["invite_consent"], "customer": {"system": "webshop", "id": "both"}}
    link = await call("owner", "POST", "/v1/consents/invitations", invited, expect=201)
    stage.link = link["link"].rpartition("/")[2]
    leaving = {**examples_of["make_unsubscribe_links"], "subjects": [{"system": "webshop", "id": "both"}]}
    made = (await call("owner", "POST", "/v1/unsubscribe-links", leaving, expect=200))["results"]
    stage.leaving_link = made[0]["link"]["url"].rpartition("/")[2]


async def _breaches(call: Caller, stage: Stage) -> None:
    """Breaches in each state, one with somebody affected and a letter for them."""
    for state in ("told", "settled", "closed"):
        stage.breaches[state] = await _breach(call, state)
    (affected,) = (await call("owner", "GET", f"/v1/breaches/{stage.breaches['told']}/people", expect=200))["items"]
    stage.affected = affected["subject_key"]
    path, to = f"/v1/breaches/{stage.breaches['told']}/letters", {"subject_keys": [stage.affected]}
    (stage.breach_letter,) = (await call("owner", "POST", path, to, expect=201))["letters"]


async def _received(call: Caller, reference: str, **members: Any) -> str:
    sent = {"customer": {"system": "webshop", "id": reference}, "channel": "email", **members}
    made = await call("owner", "POST", "/v1/subject-requests", {"received_at": "2026-11-22T10:00:00Z", **sent}, 201)
    return str(made["case_number"])


async def restricted(call: Caller, reference: str) -> str:
    """The case of somebody's restriction, which has been refused and not yet been lifted."""
    case = await _received(call, reference, right="restriction", restriction_ground="18(1)(c)")
    decision = {**examples()["bodies"]["decide_request"], "outcome": "refused", "refusal_ground": "conditions_not_met"}
    await call("owner", "POST", f"/v1/subject-requests/{case}/decision", decision, expect=200)
    return case


async def _refuse_and_lift(call: Caller, stage: Stage, case: str) -> None:
    """What arrives while the person of most calls is restricted waits as a proposal, also afterwards."""
    late = {**examples()["bodies"]["upsert_customer"], "email": "late@example.fi"}
    await call("webshop", "PUT", "/v1/customers/by-reference/webshop/both", late, expect=200)
    path = f"/v1/customers/{stage.made['customer_id']}/proposals"
    stage.made["proposal_id"] = (await call("owner", "GET", path, expect=200))["items"][0]["id"]
    lift = examples()["bodies"]["lift_restriction"]
    await call("owner", "POST", f"/v1/subject-requests/{case}/restriction-lift", lift, expect=200)


async def access(call: Caller, **who: Any) -> str:
    """A request for access, of the person of the examples unless of somebody else, who has been identified."""
    received = {**bodies_of("receive_request")["erasure"], "right": "access", **who}
    case: str = (await call("owner", "POST", "/v1/subject-requests", received, expect=201))["case_number"]
    known = bodies_of("check_identity")["sufficient"]
    await call("owner", "POST", f"/v1/subject-requests/{case}/identity-checks", known, expect=200)
    return case


async def _breach(call: Caller, state: str) -> str:
    """One about which somebody is to be told, one that may be closed, and one that is."""
    bodies = examples()["bodies"]
    number: str = (await call("owner", "POST", "/v1/breaches", bodies["report_breach"], expect=201))["number"]
    steps = [
        ("notifications", "notify_authority"),
        ("communications", "write_communication"),
        ("people", "list_affected"),
    ]
    for step, operation_id in steps:
        await call("owner", "POST", f"/v1/breaches/{number}/{step}", bodies[operation_id])
    if state != "told":
        no_risk = bodies_of("assess_breach")["no risk"]
        await call("owner", "POST", f"/v1/breaches/{number}/assessments", no_risk, expect=201)
    if state == "closed":
        await call("owner", "POST", f"/v1/breaches/{number}/closing", bodies["close_breach"], expect=200)
    return number


async def _inactive(world: World, call: Caller) -> str:
    """Two people who have been inactive for too long: one is decided upon, one stands proposed."""
    long_ago = {"interaction": {"kind": "purchase", "occurred_at": "2020-03-01T10:00:00Z"}}
    for name in ("silent-1", "silent-2"):
        sent = {**examples()["bodies"]["upsert_customer"], **_contact("webshop", name), **long_ago}
        await call("webshop", "PUT", f"/v1/customers/by-reference/webshop/{name}", sent, expect=201)
    await propose_all(world.services, world.registers)
    listed = await call("owner", "GET", "/v1/inactivity-proposals", expect=200)
    sent = {"outcome": "erase", "reasoning": "Silent for years.", "ids": [listed["items"][0]["id"]]}
    decided = await call("owner", "POST", "/v1/inactivity-proposals/decision", sent, expect=200)
    return str(decided["id"])


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
    if state not in {"in_review", "fee"}:
        decision = examples()["bodies"]["decide_request"]
        if state == "proposed":  # whoever took it in finds abuse: another person must approve
            evidence = {name: examples()["bodies"]["ask_fee"][name] for name in ("facts", "intention")}
            decision = {**decision, "outcome": "refused", "refusal_ground": "excessive", "abuse": evidence}
        await call("owner", "POST", f"/v1/subject-requests/{case}/decision", decision, expect=200)
    if state == "executing":
        await world.run_due()
    return case
