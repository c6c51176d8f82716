"""What erasing physically does to a customer's own rows; the policy has decided, this only carries out."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import cache
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Row,
    Table,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    literal,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.customers import repository, repository_rights
from app.customers.identity import reference_hash
from app.customers.record import addresses
from app.customers.repository import upsert_into
from app.customers.tables import (
    bookings,
    customer_changes,
    customer_proposals,
    customer_references,
    customers,
    deaths,
    purchases,
    tombstones,
    vouchers,
)
from app.customers.tables_audiences import audience_members
from app.customers.tables_rights import objections, rectifications
from app.customers.tables_tellings import tellings
from app.keys import Keys
from app.policy.erasure import Ask, Continue, Erase, Restrict, Retain, Verdict

KEPT_COLUMNS = frozenset({"id", "version", "created_at", "updated_at", "erased_at", "erasure_request_id"})
"""All that remains of a customer's row: an empty shell with its dates."""


class Eraser:
    """Erases rows of one person."""

    def __init__(self, connection: Connection, keys: Keys, customer: Row[Any], at: datetime) -> None:
        self.connection = connection
        self.keys = keys
        self.customer = customer
        self.at = at

    def purchases(self, ids: Collection[UUID]) -> None:
        """Delete purchases."""
        self._delete(purchases, ids)

    def bookings(self, ids: Collection[UUID]) -> None:
        """Delete bookings."""
        self._delete(bookings, ids)

    def _delete(self, table: Table, ids: Collection[UUID]) -> None:
        if ids:
            self.connection.execute(delete(table).where(_among(self.connection, table, ids)))

    def vouchers(self, judged: Iterable[tuple[Row[Any], Verdict]]) -> None:
        """Restrict vouchers that stay; unlink those on which no buyer is printed; delete the rest."""
        going: list[UUID] = []
        unlinked: list[UUID] = []
        kept: dict[date | None, list[UUID]] = {}
        for row, verdict in judged:
            match verdict:
                case Erase() if row.record == "here" and row.buyer_name is None:
                    unlinked.append(row.id)
                case Erase():
                    going.append(row.id)
                case Retain(until=until) | Restrict(until=until):
                    kept.setdefault(until, []).append(row.id)
                case Ask():
                    kept.setdefault(None, []).append(row.id)
                case Continue():
                    pass
                case _ as unreachable:
                    assert_never(unreachable)
        self._change_vouchers(unlinked, customer_id=None)
        for until, ids in kept.items():
            self._change_vouchers(
                ids, restricted_at=func.coalesce(vouchers.c.restricted_at, self.at), retain_until=until
            )
        self._delete(vouchers, going)

    def _change_vouchers(self, ids: Collection[UUID], **values: Any) -> None:
        if ids:
            self.connection.execute(update(vouchers).where(_among(self.connection, vouchers, ids)).values(**values))

    def attributes(self, names: Collection[str]) -> None:
        """Empty declared extra fields; versions of them that stand or wait beside the record go with them."""
        if not names:
            return
        kept = {key: value for key, value in (self.customer.attributes or {}).items() if key not in names}
        repository.change(self.connection, self.customer.id, {"attributes": kept})
        repository_rights.forget_attributes(self.connection, self.customer.id, names)

    def remember(self, request_id: UUID | None) -> None:
        """Leave the record, restricted, for the sweep to look at again."""
        values = {"erasure_request_id": request_id, "updated_at": self.at}
        repository.change(self.connection, self.customer.id, values)

    def person(self, request_id: UUID | None, references: Iterable[tuple[str, str]]) -> None:
        """Set tombstones, of these references too, and empty the row.

        References, proposals, what was contested or objected to, a report of death and the audit link go.
        """
        self._tombstones(references)
        delete_owned(self.connection, self.customer.id, OWNED)
        c = customer_changes.c
        forget = delete(customer_changes).where(c.customer_id == self.customer.id, c.kind != "erased")
        self.connection.execute(forget)
        emptied = {column.name: None for column in customers.c if column.name not in KEPT_COLUMNS}
        values = {**emptied, "erased_at": self.at, "updated_at": self.at, "erasure_request_id": request_id}
        repository.change(self.connection, self.customer.id, values)

    def _tombstones(self, references: Iterable[tuple[str, str]]) -> None:
        hashes = {a.hash: a.kind for a in addresses(self.customer)}
        for system, external_id in references:
            hashes[reference_hash(self.keys, system, external_id)] = "reference"
        common = {"key_id": self.keys.key_id, "erased_at": self.at, "customer_id": self.customer.id}
        rows = [{"hash": value, "kind": kind, **common} for value, kind in hashes.items()]
        if rows:
            statement = upsert_into(self.connection, tombstones)
            newest = statement.excluded
            changed = {"erased_at": newest.erased_at, "customer_id": newest.customer_id}
            self.connection.execute(statement.on_conflict_do_update(index_elements=["hash"], set_=changed), rows)


OWNED = (customer_references, customer_proposals, rectifications, objections, deaths, audience_members, tellings)
"""Tables whose rows go with the person, whatever they say."""


def delete_owned(connection: Connection, customer_id: UUID, tables: tuple[Table, ...]) -> None:
    """Delete everything that the tables hold of a person: on PostgreSQL in one statement."""
    for statement in _deletions(tables, chained=connection.dialect.name == "postgresql"):
        connection.execute(statement, {"owner": customer_id})


@cache
def _deletions(tables: tuple[Table, ...], *, chained: bool) -> list[Delete]:
    each = [delete(table).where(table.c.customer_id == bindparam("owner", type_=Uuid())) for table in tables]
    first, *others = each
    return [first.add_cte(*(one.cte(f"gone_{n}") for n, one in enumerate(others)))] if chained else each


def _among(connection: Connection, table: Table, ids: Collection[UUID]) -> ColumnElement[bool]:
    """SQL that holds for these rows; on PostgreSQL one statement for every length, prepared once."""
    if connection.dialect.name == "postgresql":
        return table.c.id == any_(literal(list(ids), ARRAY(Uuid())))
    found: ColumnElement[bool] = table.c.id.in_(list(ids))
    return found
