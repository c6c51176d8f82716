"""What happened to a request, page after page."""

from typing import Annotated

from fastapi import APIRouter

from app.auth.roles import Scope
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed
from app.register.operation import Operation
from app.subject_requests import listing
from app.subject_requests.errors import RequestNotFound
from app.subject_requests.router import Name
from app.subject_requests.schemas_out import EventOut

router = APIRouter(prefix="/v1/subject-requests", tags=["subject requests"])


@router.get(
    "/{request}/timeline",
    operation_id="list_timeline",
    summary="Everything that happened to a request, oldest first",
    responses=problems(RequestNotFound, CursorInvalid),
)
async def list_timeline(
    request: Name, op: Annotated[Operation, allowed(Scope.REQUESTS_READ)], limit: Limit = 50, cursor: Cursor = None
) -> Page[EventOut]:
    """Kept after closing for the period in the definition, without what was erased."""
    return await op.write(listing.timeline, request, window(op.keys, f"timeline:{request}", limit, cursor))
