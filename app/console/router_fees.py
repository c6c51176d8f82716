"""Unfounded or excessive requests and further copies: ask for a fee, record what came of it (Art. 12(5))."""

from typing import Annotated

from fastapi import APIRouter, Response

from app.auth.roles import Scope
from app.console.forms import checked, facts, filled
from app.console.rendering import ConsolePage, after
from app.console.visiting import Visit, visiting
from app.subject_requests import abuse
from app.subject_requests.router import Name
from app.subject_requests.schemas_people import FeeIn, FeeOutcomeIn

router = APIRouter(prefix="/console/requests/{request}/fee", route_class=ConsolePage, include_in_schema=False)

Deciding = Annotated[Visit, visiting(Scope.REQUESTS_DECIDE)]


@router.post("")
async def ask_fee(request: Name, visit: Deciding) -> Response:
    said = filled(visit.form, "finding", "amount", "currency", "costs", "intention")
    sent: FeeIn = checked(FeeIn, said | {"facts": facts(visit.form, "fact")})
    await visit.op.write(abuse.ask_fee, request, sent)
    return after(f"/console/requests/{request}", "fee_asked")


@router.post("/outcome")
async def settle_fee(request: Name, visit: Deciding) -> Response:
    sent: FeeOutcomeIn = checked(FeeOutcomeIn, filled(visit.form, "outcome", "on", "reason"))
    await visit.op.write(abuse.settle_fee, request, sent)
    return after(f"/console/requests/{request}", "fee_settled")
