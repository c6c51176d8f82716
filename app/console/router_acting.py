"""What can be done to a request: decide, cancel, extend, ask who it is, issue and deliver letters, take back.

Each form runs the function that the API's own operation runs, with its scopes, refusals and audit rows.
"""

from typing import Annotated

from fastapi import APIRouter, Response

from app.auth.roles import Scope
from app.console.forms import checked, filled, groups
from app.console.rendering import ConsolePage, after
from app.console.visiting import Visit, visiting
from app.deps import Served
from app.letters.router import Number
from app.letters.schemas import DeliveryIn, LetterNew
from app.subject_requests import deciding, delivering, handling, questions
from app.subject_requests.router import Name
from app.subject_requests.schemas import DecisionIn, ExtensionIn, IdentityCheckIn, WithdrawalIn

router = APIRouter(prefix="/console", route_class=ConsolePage, include_in_schema=False)

Writing = Annotated[Visit, visiting(Scope.REQUESTS_WRITE)]
Deciding = Annotated[Visit, visiting(Scope.REQUESTS_DECIDE)]
OVERRIDE = ("holding", "verdict", "reason", "exception", "law", "section", "until")


@router.post("/requests/{request}/decision")
async def decide(request: Name, visit: Deciding, served: Served) -> Response:
    form = visit.form
    values = filled(form, "outcome", "reasoning", "refusal_ground")
    values["identity"] = filled(form, "level", "how", "low_reason")
    overrides = [one for one in groups(form, "override", *OVERRIDE) if "verdict" in one]
    decision: DecisionIn = checked(DecisionIn, {**values, "overrides": overrides})
    await visit.op.write(deciding.decide, request, decision, served.settings.execution_delay_hours)
    return after(f"/console/requests/{request}", "decided")


@router.post("/requests/{request}/decision/cancel")
async def cancel(request: Name, visit: Deciding) -> Response:
    await visit.op.write(deciding.cancel, request)
    return after(f"/console/requests/{request}", "cancelled")


@router.post("/requests/{request}/extension")
async def extend(request: Name, visit: Deciding) -> Response:
    sent: ExtensionIn = checked(ExtensionIn, filled(visit.form, "reason", "notice_sent_on"))
    await visit.op.write(handling.extend, request, sent)
    return after(f"/console/requests/{request}", "extended")


@router.post("/requests/{request}/identity-check")
async def check_identity(request: Name, visit: Writing) -> Response:
    values = filled(visit.form, "step", "reason", "asked_for", "level", "how")
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
    """The outcome once more, or the cover of an access reply; others are issued by themselves."""
    sent: LetterNew = checked(LetterNew, filled(visit.form, "kind", "withheld"))
    await visit.op.write(delivering.issue, request, sent)
    return after(f"/console/requests/{request}", "issued")


@router.post("/letters/{letter}/delivery")
async def deliver_letter(letter: Number, visit: Deciding) -> Response:
    sent: DeliveryIn = checked(DeliveryIn, filled(visit.form, "sent_on", "means"))
    made = await visit.op.write(delivering.deliver, letter, sent)
    return after(f"/console/requests/{made.case_number}", "delivered")
