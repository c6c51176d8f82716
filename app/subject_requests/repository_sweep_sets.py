"""What the sweep does to many vouchers in one statement: delete those that have reached their date, with verdicts."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    String,
    Uuid,
    and_,
    case,
    cast,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
    type_coerce,
)

from app.customers.tables import customers, vouchers
from app.policy.sweeping import Span
from app.subject_requests.repository_sweep import open_request
from app.subject_requests.repository_sweep_batches import DIGITS, Batch
from app.subject_requests.tables import legal_holds, verdicts


@dataclass(frozen=True, slots=True)
class Place:
    """Where a batch ended, in the order in which the next one goes on."""

    booked_on: date
    id: UUID


@dataclass(frozen=True, slots=True)
class Gone:
    """How many rows went, where the batch ended (None: nothing is left to look at), and the batch of their verdicts.

    `dated` rows stay, with a date that they did not have before.
    """

    rows: int
    last: Any
    batch: Batch | None = None
    dated: int = 0


def keep_out_requests(connection: Connection) -> None:
    """Until the transaction ends nobody receives a request or sets a hold or restriction on what is going.

    A batch takes a fraction of a second. SQLite lets one transaction write at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = '1s'"))
        connection.execute(text("LOCK TABLE legal_holds, restrictions, subject_requests IN SHARE MODE"))


def first_printed(connection: Connection) -> date | None:
    """The oldest booking day of a voucher with its buyer printed."""
    c = vouchers.c
    query = select(c.booked_on).where(c.buyer_name.is_not(None)).order_by(c.booked_on).limit(1)
    return connection.execute(query).scalar()


def due(connection: Connection, span: Span) -> ColumnElement[bool]:
    """SQL that holds for printed vouchers of the span that have reached their date."""
    v = vouchers.c
    # SQLite would go by the class of material, of which nearly all are; an expression leaves it the booking day.
    material = v.material + literal("", String()) if connection.dialect.name == "sqlite" else v.material
    of_case = [
        and_(material == one.material.value, v.transaction_on.between(one.transacted_from, one.transacted_through))
        for one in span.cases
    ]
    booked = v.booked_on.between(span.booked_from, span.booked_through)
    return and_(v.buyer_name.is_not(None), v.record == "here", v.customer_id.is_not(None), booked, or_(*of_case))


def _verdict(span: Span, part: str) -> ColumnElement[str]:
    """A part of the verdict, by the case that the row is of."""
    v = vouchers.c
    whens = [
        (
            and_(v.material == one.material.value, v.transaction_on <= one.transacted_through),
            literal(str(getattr(one.verdict, part)), String()),
        )
        for one in span.cases  # of one class the cases come in the order of their days, so the first that holds is it
    ]
    return case(*whens)


def _held_up(customer_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """SQL that holds while a request, a dispute or a legal hold concerns the person."""
    held = exists().where(legal_holds.c.customer_id == customer_id, legal_holds.c.released_on.is_(None))
    return or_(open_request(customer_id), held)


def _after(place: Place | None) -> ColumnElement[bool]:
    if place is None:
        return true()
    v = vouchers.c
    on = literal(place.booked_on, v.booked_on.type)
    return and_(v.booked_on >= on, or_(v.booked_on > on, v.id > literal(place.id, v.id.type)))


def take_vouchers(connection: Connection, span: Span, batch: Batch, after: Place | None) -> Gone:
    """Erase vouchers of the span that have reached their date, oldest first; none that a request or a hold concerns."""
    v = vouchers.c
    going = (
        select(v.id, v.booked_on)
        .where(due(connection, span), _after(after), ~_held_up(v.customer_id))
        .order_by(v.booked_on, v.id)
        .limit(batch.limit)
    )
    told = (_verdict(span, "ground").label("ground"), _verdict(span, "reason").label("reason"))
    if connection.dialect.name == "postgresql":
        return _take_on_postgresql(connection, going.cte("going"), due(connection, span), told, batch)
    return _take_on_sqlite(connection, going.subquery(), told, batch)


Told = tuple[ColumnElement[str], ColumnElement[str]]


def _take_on_postgresql(
    connection: Connection, going: CTE, due_still: ColumnElement[bool], told: Told, batch: Batch
) -> Gone:
    """One statement. What has changed since it looked is judged again where it is deleted."""
    v = vouchers.c
    gone = delete(vouchers).where(v.id == going.c.id, due_still).returning(v.id, v.customer_id, *told).cte("gone")
    number = func.to_hex(func.row_number().over())
    numbered = cast(literal(batch.begins, String()) + func.lpad(number, DIGITS, "0"), Uuid())
    columns, values = _row(
        batch,
        numbered,
        gone.c.customer_id,
        literal("voucher:", String()) + cast(gone.c.id, String),
        "voucher",
        gone.c.ground,
        gone.c.reason,
    )
    rows = select(*values).join_from(gone, customers, customers.c.id == gone.c.customer_id)
    added = insert(verdicts).from_select(columns, rows).returning(verdicts.c.id).cte("added")
    last = select(going.c.booked_on, going.c.id).order_by(going.c.booked_on.desc(), going.c.id.desc()).limit(1)
    ended = last.subquery("ended")
    looked = select(func.count()).select_from(going).scalar_subquery()
    count = select(func.count()).select_from(added).scalar_subquery()
    row = connection.execute(select(count, looked, ended.c.booked_on, ended.c.id).select_from(ended)).first()
    if row is None:
        return Gone(0, None)
    return Gone(row[0], Place(row[2], row[3]) if row[1] == batch.limit else None, batch)


def _take_on_sqlite(connection: Connection, going: Any, told: Told, batch: Batch) -> Gone:
    """The verdicts first: they say what is to be deleted."""
    v = vouchers.c
    number = func.printf(f"%0{DIGITS}x", func.row_number().over(order_by=(v.booked_on, v.id)))
    numbered = type_coerce(literal(batch.begins, String()) + number, Uuid())
    columns, values = _row(batch, numbered, v.customer_id, _dashed("voucher:", v.id), "voucher", *told)
    rows = (
        select(*values)
        .select_from(going)
        .join(vouchers, v.id == going.c.id)
        .join(customers, customers.c.id == v.customer_id)
    )
    made = connection.execute(insert(verdicts).from_select(columns, rows)).rowcount
    if not made:
        return Gone(0, None)
    c = verdicts.c
    plain = func.replace(func.substr(c.holding, len("voucher:") + 1), "-", "")
    newest = select(plain).where(batch.verdicts).order_by(c.id.desc()).limit(1).scalar_subquery()
    last = connection.execute(select(v.booked_on, v.id).where(v.id == type_coerce(newest, Uuid()))).one()
    connection.execute(delete(vouchers).where(v.id.in_(select(type_coerce(plain, Uuid())).where(batch.verdicts))))
    return Gone(made, Place(last.booked_on, last.id) if made == batch.limit else None, batch)


def _dashed(before: str, key: ColumnElement[Any]) -> ColumnElement[str]:
    """SQLite's identifier, which is stored plain, as Python writes it."""
    plain = type_coerce(key, String())
    pieces = [func.substr(plain, begin, length) for begin, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))]
    written: ColumnElement[str] = literal(before, String())
    for n, piece in enumerate(pieces):
        written = written + (piece if n == 0 else literal("-", String()) + piece)
    return written


def _row(
    batch: Batch,
    numbered: ColumnElement[Any],
    customer_id: ColumnElement[Any],
    holding: ColumnElement[str],
    kind: str,
    ground: ColumnElement[str],
    reason: ColumnElement[str],
) -> tuple[list[str], list[ColumnElement[Any]]]:
    """A verdict's columns, those without a value left out; the query must join the customers."""
    v = verdicts.c
    values: dict[str, ColumnElement[Any]] = {
        "id": numbered,
        "request_id": customers.c.erasure_request_id,
        "decision_id": literal(batch.id, v.decision_id.type),
        "customer_id": customer_id,
        "holding": holding,
        "holding_kind": literal(kind, String()),
        "purpose": literal("", String()),
        "verdict": literal("erase", String()),
        "ground": ground,
        "reason": reason,
        "overridden": false(),
        "decided_at": literal(batch.at, v.decided_at.type),
        "register_version": literal(batch.register_version, v.register_version.type),
    }
    return list(values), list(values.values())


def count_vouchers(connection: Connection, span: Span) -> int:
    """How many vouchers of the span would go now."""
    query = select(func.count()).select_from(vouchers).where(due(connection, span), ~_held_up(vouchers.c.customer_id))
    found: int = connection.execute(query).scalar_one()
    return found
