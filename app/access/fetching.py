"""The person's link: opening it shows what it is, the button fetches the reply, once."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from app.access import repository_marks
from app.access.errors import LinkEnded, LinkNotFound
from app.access.releasing import opened_part, token_hash
from app.access.spool import Spool, spooling
from app.policy.requests import State
from app.register.operation import Operation
from app.subject_requests import repository as requests
from app.subject_requests.handling import audit, move


@dataclass(frozen=True, slots=True)
class Link:
    """What the page says of a link."""

    case_number: str
    language: str
    expires_on: date
    ended_because: str | None


def opened(connection: Connection, op: Operation, token: str) -> Link:
    """The link, whatever its state; opening uses nothing up, because mail scanners open links."""
    row = _release(connection, token)
    case = _case(connection, row)
    ended = row.ended_because or ("expired" if row.expires_at <= op.at else None)
    return Link(case.case_number, row.language, row.expires_on, ended)


def fetch(connection: Connection, op: Operation, token: str) -> tuple[Link, Spool]:
    """The frozen reply; its copy here is deleted in the same transaction. Raises `LinkEnded`."""
    row = _release(connection, token)
    case = _case(connection, row, lock=True)
    if not repository_marks.claim(connection, row.id, op.at):
        raise LinkEnded
    with spooling() as spool:
        _open_all(connection, token, row, spool)
    repository_marks.delete_parts(connection, row.id)
    move(connection, op, case, State(case.state), "data_fetched")
    audit(connection, op, case, "fetch_data", release=str(row.id))
    return Link(case.case_number, row.language, row.expires_on, "used"), spool


def _open_all(connection: Connection, token: str, row: Row[Any], spool: Spool) -> None:
    number = 0
    while (content := repository_marks.part(connection, row.id, number)) is not None:
        spool.write(opened_part(token, row.id, number, content))
        number += 1
    if spool.sha256 != row.sha256:
        raise LinkEnded


def _release(connection: Connection, token: str) -> Row[Any]:
    row = repository_marks.by_token(connection, token_hash(token))
    if row is None:
        raise LinkNotFound
    return row


def _case(connection: Connection, row: Row[Any], *, lock: bool = False) -> Row[Any]:
    case = requests.request(connection, row.request_id, lock=lock)
    if case is None:
        raise LinkNotFound
    return case
