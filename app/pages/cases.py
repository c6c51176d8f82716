"""A request from a form, and the private page on which the person follows it."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.access import repository_marks
from app.keys import Keys
from app.pages.errors import PageNotFound
from app.policy.requests import IMMEDIATE_RIGHTS, State
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.subject_requests import intake, repository_pages
from app.subject_requests.schemas import RequestNew


@dataclass(frozen=True, slots=True)
class Received:
    """A request that has been taken, and the token of its page."""

    id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class Case:
    """What the page tells: where the request stands, and nothing of whose it is."""

    case_number: str
    right: Right
    received_on: date
    due_on: date | None
    state: str
    extended: bool
    reply: str | None
    reply_until: date | None


def receive(connection: Connection, op: Operation, new: RequestNew) -> Received:
    """Take the request as the intake takes every other, and give it a page."""
    made = intake.receive(connection, op, new)
    received = Received(made.id, token_for(op.keys, made.id))
    repository_pages.give_page(connection, made.id, _hash(received.token))
    return received


def again(connection: Connection, op: Operation, request_id: UUID) -> Received:
    """The same page, for a form that was sent twice."""
    op.audit(connection, "read", "subject_request", request_id)
    return Received(request_id, token_for(op.keys, request_id))


def token_for(keys: Keys, request_id: UUID) -> str:
    """A keyed hash, so that a form sent twice leads to the same page; the database holds only a hash of it."""
    return urlsafe_b64encode(keys.mac("case-page", str(request_id))).rstrip(b"=").decode()


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def opened(connection: Connection, op: Operation, token: str) -> Case:
    """What the page shows; raises `PageNotFound`, also when the file has been forgotten."""
    row = repository_pages.by_page_token(connection, _hash(token))
    if row is None:
        raise PageNotFound
    right, state = Right(row.right), State(row.state)
    reply, until = _reply(connection, op, row)
    return Case(
        case_number=row.case_number,
        right=right,
        received_on=row.received_on,
        due_on=None if state in {State.COMPLETED, State.WITHDRAWN} else row.due_on,
        state=_state(right, state),
        extended=row.extension_sent_on is not None,
        reply=reply,
        reply_until=until,
    )


def _state(right: Right, state: State) -> str:
    """What is said of a state; that a second employee has to confirm is no matter of the person's."""
    if state is State.EXECUTING and right in IMMEDIATE_RIGHTS:
        return "in_force"
    return State.IN_REVIEW.value if state is State.PROPOSED else state.value


def _reply(connection: Connection, op: Operation, row: Row[Any]) -> tuple[str | None, date | None]:
    """What became of the reply's own link, which is the key to the reply and stands in no database."""
    release = repository_marks.newest_release(connection, row.id)
    if release is None:
        return None, None
    if release.ended_because == "used":
        return "used", None
    ended = release.ended_because is not None or release.expires_at <= op.at
    return ("ended", None) if ended else ("open", release.expires_on)
