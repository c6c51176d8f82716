"""Balancing tests in the database."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, insert, null, select, update

from app.db import new_id
from app.subject_requests.tables import subject_requests
from app.subject_requests.tables_rights import balancing_tests


def add_tests(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Record balancing tests."""
    values = [{"id": new_id(), **row} for row in rows]
    if values:
        connection.execute(insert(balancing_tests), values)


def tests_of(connection: Connection, request_id: UUID, decision_id: UUID) -> Sequence[Row[Any]]:
    """The tests that a decision rests on."""
    c = balancing_tests.c
    query = select(balancing_tests).where(c.request_id == request_id, c.decision_id == decision_id)
    return connection.execute(query.order_by(c.purpose)).all()


def forget_tests(connection: Connection, request_id: UUID) -> None:
    """The case was opened for the wrong person, for whom nothing was to be weighed."""
    connection.execute(delete(balancing_tests).where(balancing_tests.c.request_id == request_id))


def forget_situation(connection: Connection, request_id: UUID) -> None:
    """The person's situation goes when the case is closed; what was weighed against it stays for proof."""
    c = balancing_tests.c
    connection.execute(update(balancing_tests).where(c.request_id == request_id).values(situation=None))


def forget_situations_of(connection: Connection, customer_id: UUID) -> None:
    """The same for every case of a person who is erased."""
    own = select(subject_requests.c.id).where(subject_requests.c.customer_id == customer_id)
    statement = update(balancing_tests).where(balancing_tests.c.request_id.in_(own))
    connection.execute(statement.values(situation=None))


def forget_words_of(connection: Connection, customer_id: UUID) -> None:
    """What the person wrote in any case, open ones too; whoever acts for them is answered yet, and stays till then."""
    c = subject_requests.c
    statement = update(subject_requests).where(c.customer_id == customer_id)
    connection.execute(statement.values(details=None, claimed_identity=null()))
