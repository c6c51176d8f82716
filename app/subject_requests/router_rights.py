"""Contested values (Art. 16) and the end of a restriction (Art. 18(3))."""

from fastapi import APIRouter

from app.auth.errors import PersonNeeded
from app.customers.errors import CustomerInvalid, CustomerNotFound
from app.errors import problems
from app.subject_requests import lifting
from app.subject_requests.errors import (
    NotRestricted,
    RequestInvalid,
    RequestNotFound,
    RestrictionNotTold,
    StateForbids,
)
from app.subject_requests.router import Deciding, Name, Writing
from app.subject_requests.schemas_out import RequestOut
from app.subject_requests.schemas_rights import LiftIn, RectificationIn

router = APIRouter(prefix="/v1/subject-requests", tags=["subject requests"])


@router.put(
    "/{request}/rectification",
    operation_id="contest_values",
    summary="Record the values that the person proposes (Art. 16)",
    responses=problems(RequestNotFound, RequestInvalid, StateForbids, CustomerInvalid, CustomerNotFound),
)
async def contest_values(request: Name, sent: RectificationIn, op: Writing) -> RequestOut:
    """They replace what was recorded before. Where the accuracy is contested, processing is restricted meanwhile."""
    return await op.write(lifting.contest, request, sent)


@router.post(
    "/{request}/restriction-lift",
    operation_id="lift_restriction",
    summary="End the request's restriction, after the person has been told (Art. 18(3))",
    responses=problems(RequestNotFound, RequestInvalid, StateForbids, NotRestricted, RestrictionNotTold, PersonNeeded),
)
async def lift_restriction(request: Name, sent: LiftIn, op: Deciding) -> RequestOut:
    """Refused with 409 until it is on record that the person was told beforehand."""
    return await op.write(lifting.lift, request, sent)
