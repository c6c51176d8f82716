"""Before a reply leaves: withhold what belongs to others, release it, take the release back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from app.access import redacting, releasing
from app.access.errors import ChangedMeanwhile, NothingToRedact, RedactionNotFound, Released, ReleaseNotFound
from app.access.router import REFUSALS
from app.access.schemas import RedactionIn, RedactionOut, ReleaseOut
from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.deps import Served
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register.deps import allowed, creating
from app.register.operation import Operation
from app.subject_requests.errors import RequestNotFound
from app.subject_requests.router import Name

router = APIRouter(prefix="/v1/subject-requests", tags=["access replies"])

Reading = Annotated[Operation, allowed(Scope.REQUESTS_READ, Scope.AUDIT_READ)]
Deciding = Annotated[Operation, allowed(Scope.REQUESTS_DECIDE)]
Making = Annotated[Operation, creating(Scope.REQUESTS_DECIDE)]


@router.post(
    "/{request}/data/redactions",
    status_code=201,
    operation_id="redact_data",
    summary="Withhold what is somebody else's, with the reason that the person is told (Art. 15(4))",
    responses=problems(*REFUSALS, NothingToRedact, Released, PersonNeeded),
)
async def redact_data(request: Name, sent: RedactionIn, op: Making) -> RedactionOut:
    """A field or a record; of several marks on one place the newest reason is shown. 409 once a reply has been
    released."""
    return await op.create(redacting.mark, redacting.reread, request, sent)


@router.get(
    "/{request}/data/redactions",
    operation_id="list_redactions",
    summary="What is withheld from the reply",
    responses=problems(RequestNotFound, CursorInvalid),
)
async def list_redactions(request: Name, op: Reading, limit: Limit = 100, cursor: Cursor = None) -> Page[RedactionOut]:
    """Marks with their reasons, oldest first (Art. 15(4))."""
    return await op.write(redacting.listed, request, window(op.keys, f"redactions:{request}", limit, cursor))


@router.delete(
    "/{request}/data/redactions/{redaction_id}",
    status_code=204,
    operation_id="undo_redaction",
    summary="Withhold it no more",
    responses=problems(*REFUSALS, RedactionNotFound, Released, PersonNeeded),
)
async def undo_redaction(request: Name, redaction_id: UUID, op: Deciding) -> Response:
    """Takes the mark back while nothing has been released; the person is then shown what it covered."""
    await op.write(redacting.undo, request, redaction_id)
    return Response(status_code=204)


@router.post(
    "/{request}/data/release",
    status_code=201,
    operation_id="release_data",
    summary="Freeze the reply and make the link by which the person fetches it once",
    responses=problems(*REFUSALS, ChangedMeanwhile, PersonNeeded),
)
async def release_data(request: Name, op: Making, served: Served) -> ReleaseOut:
    """The link is in this answer only. A release before it ends."""
    return await releasing.release(op, request, served.settings)


@router.get(
    "/{request}/data/release",
    operation_id="read_release",
    summary="The newest release, and whether its link was used",
    responses=problems(RequestNotFound, ReleaseNotFound),
)
async def read_release(request: Name, op: Reading) -> ReleaseOut:
    """Says until when the link works and whether it was used; the link itself is never shown again."""
    return await op.write(releasing.read, request)


@router.delete(
    "/{request}/data/release",
    status_code=204,
    operation_id="withdraw_release",
    summary="End the link before it is used",
    responses=problems(RequestNotFound, ReleaseNotFound, PersonNeeded),
)
async def withdraw_release(request: Name, op: Deciding) -> Response:
    """The frozen reply goes with the link. Release again for another."""
    await op.write(releasing.withdraw, request)
    return Response(status_code=204)
