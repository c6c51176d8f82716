"""What the sweep looks for: people and files of whom something may have reached its date."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    union_all,
)

from app.consents.tables import consent_events, unsubscribe_links
from app.customers.tables import customer_changes, customers, restrictions, tombstones, vouchers
from app.customers.tables_rights import objections, rectifications
from app.letters import repository as letters
from app.notifications import repository as notifications
from app.policy.restrictions import OF_THE_PERSON
from app.policy.sweeping import CutOff
from app.policy.vocabulary import Material
from app.subject_requests import replies
from app.subject_requests.repository import FINAL
from app.subject_requests.tables import decisions, envelopes, identity_checks, request_events, subject_requests
from app.subject_requests.tables_people import abuse_findings
from app.subject_requests.tables_rights import balancing_tests
from app.upkeep import repository as upkeep


def candidates(
    connection: Connection,
    as_of: date,
    cut_offs: Mapping[Material, CutOff],
    erased_before: datetime,
    after: UUID | None,
    limit: int,
) -> list[UUID]:
    """People of whom something may have reached its date; none whom an open request concerns.

    `cut_offs`: accounting material, that of people erased too: the rules may have become shorter since they were told a
    date; `erased_before`: proof kept of people erased.
    """
    c, v = customers.c, vouchers.c
    living, shell = c.erased_at.is_(None), c.erased_at.is_not(None)
    of_person = v.customer_id == c.id
    # One query for each cause, so that each is answered from an index of its own.
    causes = (
        select(c.id).where(living, c.erasure_request_id.is_not(None)),
        select(c.id).where(living, c.attributes.is_not(None), c.id.in_(_objecting())),
        select(c.id).where(of_person, v.buyer_name.is_not(None), _past(cut_offs)),
        select(c.id).where(shell, of_person, v.retain_until < as_of),
        select(c.id).where(shell, of_person, v.restricted_at.is_not(None), v.retain_until.is_(None)),
        select(c.id).where(shell, c.erased_at < erased_before, exists().where(consent_events.c.customer_id == c.id)),
    )
    due = union_all(*(_after(query.where(~open_request(customers.c.id)), after) for query in causes)).subquery()
    return list(connection.execute(select(due.c.id).distinct().order_by(due.c.id).limit(limit)).scalars())


def _objecting() -> Select[Any]:
    """People for whom a purpose has stopped: something may have kept what rests on it alone for a while."""
    o = objections.c
    return select(o.customer_id).where(o.ended_at.is_(None), o.state == "upheld")


def _past(cut_offs: Mapping[Material, CutOff]) -> ColumnElement[bool]:
    v, latest = vouchers.c, max((one.booked_through for one in cut_offs.values()), default=date.min)
    of_class = [
        and_(
            v.material == material.value,
            v.booked_on <= one.booked_through,
            v.transaction_on <= one.transacted_through,
        )
        for material, one in cut_offs.items()
    ]
    return and_(v.booked_on <= latest, or_(false(), *of_class))


def _after(query: Select[Any], after: UUID | None) -> Select[Any]:
    return query if after is None else query.where(customers.c.id > after)


def open_request(customer_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """SQL that holds for people whom a request still concerns; an erasure that is carried out does not count.

    A restriction at the person's wish (Art. 18(1)) outlives its case, and keeps what it keeps until it is lifted.
    """
    r, kept = subject_requests.c, restrictions.c
    carried_out = (r.right == "erasure") & (r.state == "executing")
    wished = kept.ground.in_(sorted(OF_THE_PERSON))
    return or_(
        exists().where(r.customer_id == customer_id, r.state.not_in(FINAL), ~carried_out),
        exists().where(kept.customer_id == customer_id, kept.lifted_at.is_(None), wished),
    )


def has_open_request(connection: Connection, customer_id: UUID) -> bool:
    """Whether a request still concerns the person."""
    query = select(customers.c.id).where(customers.c.id == customer_id, open_request(customers.c.id))
    return connection.execute(query).first() is not None


def newest_erasure(connection: Connection, customer_id: UUID) -> Row[Any] | None:
    """The person's newest erasure request."""
    c = subject_requests.c
    query = select(subject_requests).where(c.customer_id == customer_id, c.right == "erasure").order_by(c.id.desc())
    return connection.execute(query).first()


def closed_before(connection: Connection, limit: datetime, most: int) -> list[UUID]:
    """Requests closed before the instant, but for those by whose restriction a living person is protected still."""
    c, r = subject_requests.c, restrictions.c
    stands = exists().where(r.customer_id == c.customer_id, r.request_id == c.id, r.lifted_at.is_(None))
    return list(connection.execute(select(c.id).where(c.closed_at < limit, ~stands).limit(most)).scalars())


def forget_requests(connection: Connection, request_ids: Collection[UUID]) -> None:
    """Delete the files of these requests with all that belongs to them."""
    ids = list(request_ids)
    if not ids:
        return
    letters.forget(connection, ids)
    replies.delete_files(connection, ids)
    notifications.forget_of_requests(connection, ids)
    noted = rectifications.c.state.in_(["noted", "supplemented"])  # they stay beside the record as long as it does
    connection.execute(delete(rectifications).where(rectifications.c.request_id.in_(ids), ~noted))
    for table in (identity_checks, abuse_findings, decisions, envelopes, request_events, balancing_tests):
        connection.execute(delete(table).where(table.c.request_id.in_(ids)))
    upkeep.forget(connection, ids)
    connection.execute(delete(subject_requests).where(subject_requests.c.id.in_(ids)))


def old_withdrawals_of_nobody(limit: datetime) -> ColumnElement[bool]:
    """SQL that holds for withdrawals for addresses in no record whose proof has run out; suppressions stay."""
    return and_(consent_events.c.customer_id.is_(None), consent_events.c.recorded_at < limit)


def old_tombstones(limit: datetime) -> ColumnElement[bool]:
    """SQL that holds for tombstones older than what could still be brought back."""
    return tombstones.c.erased_at < limit


def old_links_of_nobody(limit: datetime) -> ColumnElement[bool]:
    """SQL that holds for links out of marketing whose person was erased, or who is in no record, long ago."""
    return and_(unsubscribe_links.c.customer_id.is_(None), unsubscribe_links.c.issued_at < limit)


def old_feed(limit: datetime) -> ColumnElement[bool]:
    """SQL that holds for rows of the changes feed that integrations have had long enough to read."""
    return customer_changes.c.at < limit


def count(connection: Connection, table: Table, old: ColumnElement[bool]) -> int:
    """How many rows are old."""
    found: int = connection.execute(select(func.count()).select_from(table).where(old)).scalar_one()
    return found


def forget(connection: Connection, table: Table, old: ColumnElement[bool], most: int) -> int:
    """Delete old rows of the table, at most so many; how many that were."""
    key = next(iter(table.primary_key.columns))
    statement = delete(table).where(key.in_(select(key).where(old).limit(most)))
    return connection.execute(statement).rowcount
