"""Letters and their deliveries in the database."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from app.customers.repository import upsert_into
from app.letters.tables import letter_deliveries, letter_numbers, letters

_SERIES = "K"


def next_number(connection: Connection, year: int) -> str:
    """The next letter number of the year, without gaps among what is committed."""
    statement = upsert_into(connection, letter_numbers).values(year=year, last=1)
    statement = statement.on_conflict_do_update(index_elements=["year"], set_={"last": letter_numbers.c.last + 1})
    last = connection.execute(statement.returning(letter_numbers.c.last)).scalar_one()
    return f"{_SERIES}-{year}-{last:06d}"


def keep_number(connection: Connection, number: str) -> None:
    """See to it that no later letter gets a number that has been sent."""
    _, year, last = number.split("-")
    statement = upsert_into(connection, letter_numbers).values(year=int(year), last=int(last))
    higher = letter_numbers.c.last < int(last)
    connection.execute(statement.on_conflict_do_update(index_elements=["year"], set_={"last": int(last)}, where=higher))


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Store a letter."""
    connection.execute(insert(letters).values(**values))


def letter(connection: Connection, name: UUID | str) -> Row[Any] | None:
    """One letter by id or number, with its delivery."""
    c = letters.c
    return connection.execute(_shown().where(c.id == name if isinstance(name, UUID) else c.number == name)).first()


def of_request(
    connection: Connection, request_id: UUID, after: UUID | None = None, limit: int | None = None
) -> Sequence[Row[Any]]:
    """The letters of a request with their deliveries, oldest first."""
    c = letters.c
    query = _shown().where(c.request_id == request_id).order_by(c.id).limit(limit)
    return connection.execute(query if after is None else query.where(c.id > after)).all()


def by_numbers(connection: Connection, numbers: Collection[str]) -> dict[str, Row[Any]]:
    """These letters with their deliveries, by number; who names one that there is not gets none for it."""
    query = _shown().where(letters.c.number.in_(sorted(numbers)))
    return {row.number: row for row in connection.execute(query)}


def of_people(
    connection: Connection, kind: str, case_number: str, customer_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """The letters of one kind about one case to these people, oldest first."""
    c = letters.c
    query = _shown().where(c.customer_id.in_(sorted(customer_ids)), c.kind == kind, c.case_number == case_number)
    return connection.execute(query.order_by(c.id)).all()


def _shown() -> Select[Any]:
    d = letter_deliveries.c
    columns = (d.sent_on, d.means, d.recorded_at, d.recorded_by)
    return select(letters, *columns).outerjoin(letter_deliveries, d.letter_id == letters.c.id)


def add_delivery(connection: Connection, values: dict[str, Any]) -> bool:
    """Record that a letter has left; False when that is recorded already."""
    statement = upsert_into(connection, letter_deliveries).values(**values).on_conflict_do_nothing()
    return connection.execute(statement).rowcount == 1


def leave_person(connection: Connection, request_id: UUID) -> None:
    """The request was about somebody else: its letters are in nobody's file until they are written anew."""
    c = letters.c
    connection.execute(update(letters).where(c.request_id == request_id).values(customer_id=None))


def add_deliveries(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Record that letters have left; the caller has seen, under its own lock, that none of them had."""
    connection.execute(insert(letter_deliveries), rows)


def forget(connection: Connection, request_ids: Collection[UUID]) -> None:
    """Delete the letters of requests whose files have reached their date; the database refuses it for open ones."""
    ids = list(request_ids)
    of_them = select(letters.c.id).where(letters.c.request_id.in_(ids))
    connection.execute(delete(letter_deliveries).where(letter_deliveries.c.letter_id.in_(of_them)))
    connection.execute(delete(letters).where(letters.c.request_id.in_(ids)))
