"""Notifications to recipients: the outbox, answers, another try (Art. 19)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from app.auth.errors import PersonNeeded
from app.auth.roles import Scope
from app.delivery import service
from app.delivery.errors import NotificationClosed, NotificationNotFound, NotParked
from app.delivery.schemas import AnswerIn, NotificationOut, NotificationRow
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.policy.notifications import Progress
from app.register.deps import allowed
from app.register.operation import Operation

router = APIRouter(prefix="/v1/notifications", tags=["notifications"])

Reading = Annotated[Operation, allowed(Scope.REQUESTS_READ)]
Deciding = Annotated[Operation, allowed(Scope.REQUESTS_DECIDE)]
Name = Annotated[UUID, Path(description="The id in `envelopes` of a request, or in the list.")]


@router.get(
    "",
    operation_id="list_notifications",
    summary="What recipients are to be told, oldest first",
    responses=problems(CursorInvalid),
)
async def list_notifications(
    op: Reading,
    state: Annotated[list[Progress] | None, Query(max_length=7)] = None,
    recipient: Annotated[str | None, Query(max_length=80)] = None,
    overdue: bool = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[NotificationRow]:
    """`overdue` shows the open ones whose day has passed."""
    states = frozenset(state or ())
    bound = f"notifications:{sorted(states)}:{recipient}:{overdue}"
    place = window(op.keys, bound, limit, cursor)
    return await op.write(service.listed, states, recipient, overdue=overdue, window=place)


@router.get(
    "/{notification}",
    operation_id="read_notification",
    summary="One notification with its attempts; who it is about is not shown",
    responses=problems(NotificationNotFound),
)
async def read_notification(notification: Name, op: Reading) -> NotificationOut:
    """By id or number: purposes, channels, the task, how it was answered, and each attempt (Art. 19)."""
    return await op.write(service.read, notification)


@router.post(
    "/{notification}/answer",
    operation_id="answer_notification",
    summary="Record what the recipient answered, or why it need not be told",
    responses=problems(NotificationNotFound, NotificationClosed, PersonNeeded),
)
async def answer_notification(notification: Name, sent: AnswerIn, op: Deciding) -> NotificationOut:
    """The last answer completes the request that is behind it."""
    return await op.write(service.answer, notification, sent)


@router.post(
    "/{notification}/retry",
    operation_id="retry_notification",
    summary="Try again at once",
    responses=problems(NotificationNotFound, NotificationClosed, NotParked, PersonNeeded),
)
async def retry_notification(notification: Name, op: Deciding) -> NotificationOut:
    """For what has failed, waits for its time, or should be looked at now."""
    return await op.write(service.retry, notification)
