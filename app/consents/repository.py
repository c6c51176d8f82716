"""Consent events and their projection in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Row,
    Select,
    and_,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from app.consents.tables import consent_events, consent_invitations, consent_states, wordings
from app.customers.repository import known_or_erased, upsert_into
from app.customers.tables import customer_references, customers
from app.db import conflict_clause, insert_all, one_of


def wording(connection: Connection, wording_id: str, version: int, language: str) -> Row[Any] | None:
    """One wording in one language."""
    c = wordings.c
    query = select(wordings).where(c.id == wording_id, c.version == version, c.language == language)
    return connection.execute(query).first()


def wordings_named(connection: Connection, names: Collection[tuple[str, int, str]]) -> dict[tuple[str, int, str], str]:
    """The purpose of each of these wordings that exists."""
    c = wordings.c
    query = select(wordings).where(tuple_(c.id, c.version, c.language).in_(list(names)))
    return {(w.id, w.version, w.language): w.purpose for w in connection.execute(query)} if names else {}


def add_wording(connection: Connection, values: dict[str, Any]) -> bool:
    """Insert a wording; False when that version exists."""
    return connection.execute(upsert_into(connection, wordings).values(**values).on_conflict_do_nothing()).rowcount == 1


def list_wordings(connection: Connection, after: tuple[str, ...] | None, limit: int) -> Sequence[Row[Any]]:
    """Wordings by id, version and language."""
    c = wordings.c
    query = select(wordings).order_by(c.id, c.version, c.language).limit(limit)
    if after is not None:
        query = query.where(tuple_(c.id, c.version, c.language) > tuple_(after[0], int(after[1]), after[2]))
    return connection.execute(query).all()


def people_by_id(
    connection: Connection, ids: Collection[UUID], systems: Collection[str] | None
) -> dict[UUID, Row[Any]]:
    """People of these ids, shells too, locked against erasure in a fixed order.

    `visible` says whether a client of these systems knows them, or did until their erasure (Art. 5(1)(f)); everybody
    does for None.
    """
    visible = true() if systems is None else known_or_erased(systems)
    named = one_of(connection, customers.c.id, ids)
    query = select(customers, visible.label("visible")).where(named).order_by(customers.c.id)
    locked = query.with_for_update(read=True, key_share=True, of=customers)
    return {row.id: row for row in connection.execute(locked)} if ids else {}


def ids_by_reference(connection: Connection, references: Collection[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """The customers that references lead to."""
    c = customer_references.c
    found: dict[tuple[str, str], UUID] = {}
    for system in sorted({system for system, _ in references}):
        named = one_of(connection, c.external_id, [id_ for of, id_ in references if of == system])
        query = select(c.external_id, c.customer_id).where(c.system == system, named)
        found |= {(system, row.external_id): row.customer_id for row in connection.execute(query)}
    return found


def ids_by_address(connection: Connection, hashes: Collection[str]) -> dict[str, list[UUID]]:
    """The living customers behind address hashes; an erased shell holds no hash."""
    c = customers.c
    query = select(c.id, c.email_hash, c.phone_hash).where(
        or_(c.email_hash.in_(list(hashes)), c.phone_hash.in_(list(hashes)))
    )
    found: dict[str, list[UUID]] = {}
    for row in connection.execute(query.order_by(c.id)) if hashes else ():
        for value in {row.email_hash, row.phone_hash} & set(hashes):
            found.setdefault(value, []).append(row.id)
    return found


def events_named(connection: Connection, client_id: UUID, event_ids: Collection[str]) -> dict[str, Row[Any]]:
    """The client's events of these ids; several rows of one event differ in the person only."""
    c = consent_events.c
    query: Select[Any] = select(c.id, c.event_id, c.content_hash)
    query = query.where(c.client_id == client_id, one_of(connection, c.event_id, event_ids))
    rows = connection.execute(query.order_by(c.id.desc())) if event_ids else ()
    return {row.event_id: row for row in rows}


def add_events(connection: Connection, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Insert events and answer the ids inserted; one that a concurrent call has just inserted is left as it is."""
    if not rows:
        return set()
    # In one order everywhere, so that two batches with the same events cannot wait for each other.
    ordered = sorted(rows, key=lambda row: (str(row["customer_id"]), row["event_id"]))
    ids = {row["id"] for row in rows}
    if insert_all(connection, consent_events, ordered, "ON CONFLICT DO NOTHING") == len(ids):
        return ids
    return set(
        connection.execute(select(consent_events.c.id).where(one_of(connection, consent_events.c.id, ids))).scalars()
    )


def stands_over(new: Any, old: Any) -> ColumnElement[bool]:
    """SQL that holds when event `new` stands over `old`: later, at the same instant a withdrawal, then arrival."""

    def rank(event: Any) -> ColumnElement[int]:
        return case((event.action == literal_column("'withdrawn'"), literal_column("1")), else_=literal_column("0"))

    order = [(event.occurred_at, rank(event), event.recorded_at, event.event) for event in (new, old)]
    return tuple_(*order[0]) > tuple_(*order[1])


def project(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Move the projection where the new event stands over the old one."""
    if rows:
        insert_all(connection, consent_states, rows, _clause_of_moving(connection.dialect))


@cache
def _clause_of_moving(dialect: Dialect) -> str:
    insert_of = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    return conflict_clause(moving(insert_of(consent_states)), dialect)


def moving(statement: Any) -> Any:
    """The insert of states, made a move of those that are there and do not stand over the new event."""
    new, old = statement.excluded, consent_states.c
    keys = {"customer_id", "purpose", "channel"}
    set_ = {c.name: getattr(new, c.name) for c in consent_states.c if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=sorted(keys), set_=set_, where=stands_over(new, old))


def states(connection: Connection, customer_id: UUID) -> Sequence[Row[Any]]:
    """The current state of every purpose and channel."""
    c = consent_states.c
    query = select(consent_states).where(c.customer_id == customer_id).order_by(c.purpose, c.channel)
    return connection.execute(query).all()


def history(connection: Connection, customer_id: UUID, as_of: datetime | None) -> Sequence[Row[Any]]:
    """Events in the order that decides the state; with `as_of` those that had occurred and been recorded by then."""
    c = consent_events.c
    query = deciding(select(consent_events).where(c.customer_id == customer_id))
    return connection.execute(query if as_of is None else query.where(*known_by(as_of))).all()


def history_of(
    connection: Connection, customer_ids: Collection[UUID], purpose: str, at: datetime
) -> dict[UUID, list[Row[Any]]]:
    """Each person's events about one purpose that had occurred and been recorded by `at`, in deciding order."""
    c = consent_events.c
    query = select(consent_events).where(c.customer_id.in_(list(customer_ids)), c.purpose == purpose, *known_by(at))
    found: dict[UUID, list[Row[Any]]] = {}
    for row in connection.execute(deciding(query)):
        found.setdefault(row.customer_id, []).append(row)
    return found


def deciding(query: Select[Any]) -> Select[Any]:
    """Events in the order that decides the state: the last one stands."""
    c = consent_events.c
    return query.order_by(c.occurred_at, case((c.action == "withdrawn", 1), else_=0), c.recorded_at, c.id)


def known_by(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """SQL for what had occurred and been recorded by then; a withdrawal works from its arrival at the latest."""
    c = consent_events.c
    return c.recorded_at <= at, or_(c.occurred_at <= at, c.action == "withdrawn")


def count_events(connection: Connection, customer_id: UUID) -> int:
    """How many consent events are held of a person."""
    query = select(func.count()).where(consent_events.c.customer_id == customer_id)
    return connection.execute(query).scalar_one()


def add_invitation(connection: Connection, values: dict[str, Any]) -> None:
    """Insert an invitation."""
    connection.execute(insert(consent_invitations).values(**values))


def invitation(connection: Connection, invitation_id: UUID) -> Row[Any] | None:
    """One invitation by id."""
    return connection.execute(select(consent_invitations).where(consent_invitations.c.id == invitation_id)).first()


def invitation_by_token(connection: Connection, token_hash: str) -> Row[Any] | None:
    """The invitation behind a link, with the wording it shows; none for somebody erased."""
    c, w = consent_invitations.c, wordings.c
    joined = consent_invitations.join(
        wordings,
        and_(w.id == c.wording_id, w.version == c.wording_version, w.language == c.wording_language),
    ).join(customers, and_(customers.c.id == c.customer_id, customers.c.erased_at.is_(None)))
    query = select(consent_invitations, w.text).select_from(joined).where(c.token_hash == token_hash)
    return connection.execute(query).first()


def confirm_invitation(connection: Connection, invitation_id: UUID, at: datetime) -> bool:
    """Use an invitation up; False when it was used."""
    c = consent_invitations.c
    statement = update(consent_invitations).where(c.id == invitation_id, c.confirmed_at.is_(None))
    return connection.execute(statement.values(confirmed_at=at)).rowcount == 1
