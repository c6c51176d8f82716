"""What can be done to a request: decide, cancel, extend, ask who it is, issue and deliver letters, take back.

Each form runs the function that the API's own operation runs, with its scopes, refusals and audit rows.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Response

from app.auth.roles import Scope
from app.console.forms import checked, facts, filled, groups, lines
from app.console.rendering import ConsolePage, after
from app.console.visiting import Visit, visiting
from app.deps import Served
from app.letters.router import Number
from app.letters.schemas import DeliveryIn, LetterNew
from app.pages.reading import text
from app.subject_requests import deciding, delivering, four_eyes, handling, lifting, questions
from app.subject_requests.router import Name
from app.subject_requests.schemas import DecisionIn, ExtensionIn, IdentityCheckIn, RequestPatch, WithdrawalIn
from app.subject_requests.schemas_people import ConfirmationIn
from app.subject_requests.schemas_rights import LiftIn

router = APIRouter(prefix="/console", route_class=ConsolePage, include_in_schema=False)

Writing = Annotated[Visit, visiting(Scope.REQUESTS_WRITE)]
Deciding = Annotated[Visit, visiting(Scope.REQUESTS_DECIDE)]
FINDING = ("about", "finding", "evidence")
BALANCING = ("purpose", "outcome", "interest", "necessity", "situation", "compelling_grounds", "legal_claims")
CHANGED = ("person_in_charge", "substitute", "ground", "restriction_ground")
OVERRIDE = ("holding", "verdict", "reason", "exception", "law", "section", "until")


@router.post("/requests/{request}/decision")
async def decide(request: Name, visit: Deciding, served: Served) -> Response:
    form = visit.form
    values = filled(form, "outcome", "reasoning", "refusal_ground")
    values["identity"] = filled(form, "level", "how", "low_reason")
    values["overrides"] = [one for one in groups(form, "override", *OVERRIDE) if "verdict" in one]
    values["findings"] = [one for one in groups(form, "finding", *FINDING) if "finding" in one]
    proof = filled(form, "intention") | {"facts": facts(form, "abuse")}
    if len(proof) > 1 or proof["facts"]:
        values["abuse"] = proof
    values["balancing"] = [one for one in groups(form, "balancing", *BALANCING) if "outcome" in one]
    decision: DecisionIn = checked(DecisionIn, values)
    await visit.op.write(deciding.decide, request, decision, served.settings.execution_delay_hours)
    return after(f"/console/requests/{request}", "decided")


@router.post("/requests/{request}/decision/cancel")
async def cancel(request: Name, visit: Deciding) -> Response:
    await visit.op.write(deciding.cancel, request)
    return after(f"/console/requests/{request}", "cancelled")


@router.post("/requests/{request}/confirmation")
async def confirm(request: Name, visit: Deciding, served: Served) -> Response:
    """What is confirmed is what was seen: the form carries the version."""
    sent: ConfirmationIn = checked(ConfirmationIn, filled(visit.form, "outcome", "reason"))
    version, hours = f'"{text(visit.form, "version")}"', served.settings.execution_delay_hours
    await visit.op.write(four_eyes.confirm, request, sent, version, hours)
    return after(f"/console/requests/{request}", "confirmed" if sent.outcome == "confirmed" else "sent_back")


@router.post("/requests/{request}/person")
async def link_person(request: Name, visit: Writing) -> Response:
    """A human says who it is that asks."""
    values = {"customer": {"id": text(visit.form, "customer")}}
    sent: RequestPatch = checked(RequestPatch, values)
    await visit.op.write(handling.patch, request, sent, f'"{text(visit.form, "version")}"')
    return after(f"/console/requests/{request}", "linked")


@router.post("/requests/{request}/changes")
async def change(request: Name, visit: Writing) -> Response:
    """Hand the request over, say on which ground it rests, or who acts for the person; only what the form changed."""
    form = visit.form
    new = [name for name in CHANGED if text(form, name) != text(form, f"was_{name}")]
    said: dict[str, Any] = {name: text(form, name) or None for name in new}
    found = filled(form, "unlawfulness", "law", "section") | {
        name: True for name in ("child_at_collection", "information_society_service") if text(form, name)
    }
    acting = filled(form, "name", "role", "evidence_seen", "scope", "until")
    said |= {"ground_facts": found} if found else {}
    said |= {"representative": acting} if acting else {}
    sent: RequestPatch = checked(RequestPatch, said)
    await visit.op.write(handling.patch, request, sent, f'"{text(form, "version")}"')
    return after(f"/console/requests/{request}", "changed")


@router.post("/requests/{request}/restriction-lift")
async def lift_restriction(request: Name, visit: Deciding) -> Response:
    sent: LiftIn = checked(LiftIn, filled(visit.form, "reason", "told_on", "how"))
    await visit.op.write(lifting.lift, request, sent)
    return after(f"/console/requests/{request}", "lifted")


@router.post("/requests/{request}/extension")
async def extend(request: Name, visit: Deciding) -> Response:
    sent: ExtensionIn = checked(ExtensionIn, filled(visit.form, "reason", "notice_sent_on"))
    await visit.op.write(handling.extend, request, sent)
    return after(f"/console/requests/{request}", "extended")


@router.post("/requests/{request}/identity-check")
async def check_identity(request: Name, visit: Writing) -> Response:
    values = filled(visit.form, "kind", "step", "reason", "asked_for", "level", "how")
    sent: IdentityCheckIn = checked(IdentityCheckIn, values)
    await visit.op.write(questions.check_identity, request, sent)
    return after(f"/console/requests/{request}", "checked")


@router.post("/requests/{request}/withdrawal")
async def take_back(request: Name, visit: Writing) -> Response:
    sent: WithdrawalIn = checked(WithdrawalIn, filled(visit.form, "kind", "note"))
    await visit.op.write(handling.take_back, request, sent)
    return after(f"/console/requests/{request}", "withdrawn")


@router.post("/requests/{request}/letters")
async def issue_letter(request: Name, visit: Deciding) -> Response:
    """The outcome once more, a reply's cover, about a fee, of a restriction's end; others come by themselves."""
    said: dict[str, Any] = filled(visit.form, "kind", "withheld", "ground", "charge", "amount", "currency", "lifted_on")
    sent: LetterNew = checked(LetterNew, said | lines(visit.form, "reasons", "evidence"))
    await visit.op.write(delivering.issue, request, sent)
    return after(f"/console/requests/{request}", "issued")


@router.post("/letters/{letter}/delivery")
async def deliver_letter(letter: Number, visit: Deciding) -> Response:
    sent: DeliveryIn = checked(DeliveryIn, filled(visit.form, "sent_on", "means"))
    made = await visit.op.write(delivering.deliver, letter, sent)
    return after(f"/console/requests/{made.case_number}", "delivered")
