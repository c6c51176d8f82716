"""Notifications to recipients: the list, one with its attempts, the answer, another try (Art. 19)."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.auth.roles import Scope
from app.console.forms import checked, filled
from app.console.rendering import ConsolePage, after, page
from app.console.router_today import OPEN_ONES
from app.console.visiting import Visit, visiting
from app.delivery import service
from app.delivery.router import Name
from app.delivery.schemas import AnswerIn
from app.pagination import window
from app.policy.notifications import CLOSED, Progress

router = APIRouter(prefix="/console/notifications", route_class=ConsolePage, include_in_schema=False)

Reading = Annotated[Visit, visiting(Scope.REQUESTS_READ)]
Deciding = Annotated[Visit, visiting(Scope.REQUESTS_DECIDE)]
PER_PAGE = 50


@router.get("")
async def open_notifications(
    visit: Reading,
    state: Annotated[str, Query(max_length=20)] = "",
    recipient: Annotated[str, Query(max_length=80)] = "",
    overdue: Annotated[str, Query(max_length=5)] = "",
    cursor: Annotated[str, Query(max_length=600)] = "",
) -> Response:
    states = frozenset({Progress(state)}) if state in set(Progress) else OPEN_ONES
    whom = recipient.strip() or None
    bound = f"notifications:{sorted(states)}:{whom}:{bool(overdue)}"
    place = window(visit.op.keys, bound, PER_PAGE, cursor or None)
    found = await visit.op.write(service.listed, states, whom, overdue=bool(overdue), window=place)
    return page(
        "notifications.html",
        visit,
        visit.words("notifications"),
        found=found,
        state=state,
        recipient=recipient,
        overdue=bool(overdue),
        states=[one.value for one in Progress],
        next_page=found.next and {"state": state, "recipient": recipient, "overdue": overdue, "cursor": found.next},
    )


@router.get("/{notification}")
async def open_notification(notification: Name, visit: Reading) -> Response:
    found = await visit.op.write(service.read, notification)
    is_open = found.state not in CLOSED
    listed = visit.op.definition.recipient(found.recipient)
    title = visit.words("notification_title", recipient=listed.name if listed else found.recipient)
    acts = is_open and visit.may(Scope.REQUESTS_DECIDE)
    task = service.task_text(found.task, visit.words.language)
    return page("notification.html", visit, title, one=found, acts=acts, task=task)


@router.post("/{notification}/answer")
async def answer(notification: Name, visit: Deciding) -> Response:
    sent: AnswerIn = checked(AnswerIn, filled(visit.form, "outcome", "ground", "until", "reason", "evidence"))
    await visit.op.write(service.answer, notification, sent)
    return after(f"/console/notifications/{notification}", "answered")


@router.post("/{notification}/retry")
async def retry(notification: Name, visit: Deciding) -> Response:
    await visit.op.write(service.retry, notification)
    return after(f"/console/notifications/{notification}", "retried")
