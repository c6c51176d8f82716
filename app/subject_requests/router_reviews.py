"""The yearly review of suppressions (Art. 5(1)(e), 21(3))."""

from typing import Annotated

from fastapi import APIRouter

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed, creating
from app.register.operation import Operation
from app.subject_requests import suppression_reviews
from app.subject_requests.schemas_inactivity import ReviewDueOut, ReviewIn, ReviewOut

router = APIRouter(prefix="/v1/suppression-reviews", tags=["subject requests"])

Deciding = Annotated[Operation, allowed(Scope.REQUESTS_DECIDE)]


@router.get("", operation_id="list_suppression_reviews", summary="Reviews so far", responses=problems(CursorInvalid))
async def list_suppression_reviews(op: Deciding, limit: Limit = 50, cursor: Cursor = None) -> Page[ReviewOut]:
    """Oldest first: who looked on which day, at how many, with which reasons, and when the next is due."""
    return await op.write(suppression_reviews.listed, window(op.keys, "suppression_reviews", limit, cursor))


@router.get(
    "/due", operation_id="read_suppressions_standing", summary="What stands, and when it must be looked at again"
)
async def read_suppressions_standing(op: Deciding) -> ReviewDueOut:
    """How many stand, and by which day a human must have looked at them (Art. 5(1)(e))."""
    return await op.write(suppression_reviews.due)


@router.post(
    "",
    status_code=201,
    operation_id="review_suppressions",
    summary="Record that a human has looked at the suppressions",
    responses=problems(PersonNeeded),
)
async def review_suppressions(sent: ReviewIn, op: Annotated[Operation, creating(Scope.REQUESTS_DECIDE)]) -> ReviewOut:
    """With the reasons why they are needed still. The next review is due a period after this one."""
    return await op.create(suppression_reviews.review, suppression_reviews.reread, sent)
