"""What a batch of orders changes: new customers, purchases and their vouchers, and what has become of known ones.

An export is a picture of the past. It makes what is missing, follows a customer's contact data only where
the order is the newest dealing with them, and notes that a known order has been delivered, paid or cancelled;
an order that says something else than the register is reported, not overwritten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers.identity import email_address, normal_name, reference_hash
from app.customers.record import contact_values, new_values
from app.customers.schemas import CustomerFields
from app.customers.service import update
from app.customers.suppression import HASH_COLUMN
from app.db import new_id
from app.errors import Problem
from app.imports import repository
from app.imports.batch import Batch, reason_of
from app.imports.orders import Order
from app.imports.schemas import OrdersPlan, Outcome, Settled
from app.keys import Keys
from app.wire import to_minor

FOLLOWS = ("fulfilled_on", "settled_on", "cancelled_on")
"""Columns of a known purchase that a later export may fill."""
SAYS = ("purchased_on", "booked_on", "currency", "total_minor", "lines")
"""Columns that must agree for a known order to be the same order."""

TOLD = frozenset({"name", "email", "phone", "street", "postal_code", "city", "country"})
"""Columns whose change the other systems are told of."""


class _Alone(Exception):
    """The order changes an address, and what comes before it is to be written first."""


@dataclass(slots=True)
class _Taking:
    order: Order
    reference: str
    email_hash: str | None
    customer_id: UUID | None = None
    outcome: Outcome | None = None
    reason: str = ""

    def settle(self, outcome: Outcome, reason: str) -> None:
        self.outcome, self.reason = outcome, reason


def guest_reference(keys: Keys, customer: CustomerFields) -> str:
    """Stands for a person without a number: a keyed hash of the e-mail address, or else of the telephone number."""
    email = customer.email
    kind, value = ("email", email_address(keys, email).normal) if email else ("phone", customer.phone or "")
    return keys.hash("import-reference", kind, value)[:40]


class OrdersBatch:
    """Takes orders in one transaction; made anew for each attempt."""

    def __init__(self, connection: Connection, op: Batch, plan: OrdersPlan) -> None:
        self._connection, self._op, self._plan = connection, op, plan
        self._seen: set[str] = set()

    def take(self, orders: Sequence[Order]) -> list[Settled]:
        """What became of each order, in their sequence; the same as if each came by itself."""
        taking = [self._begin(order) for order in orders]
        done = 0
        while done < len(taking):
            done += self._take_first(taking[done:])
        return [Settled(t.order.part, t.order.line, t.outcome or "taken", t.reason) for t in taking]

    def _take_first(self, taking: Sequence[_Taking]) -> int:
        """Take as many of these as change no address of anybody known, or one that does; how many."""
        self._look_up(taking)
        for t in taking:
            try:
                self._take(t)
            except _Alone:
                break
            except Problem as problem:
                t.settle("skipped", reason_of(problem))
            self._taken += 1
            if self._moved:
                break
        repository.add_references(self._connection, self._plan.system, self._bound, self._op.at)
        repository.add_people(self._connection, list(self._new.values()))
        self._write_followed()
        repository.add_purchases(self._connection, self._purchases, self._vouchers)
        self._op.touched(*(row["audit_key"] for row in self._new.values()))
        return self._taken

    def _begin(self, order: Order) -> _Taking:
        """The person's reference: the shop's number, else a keyed hash of the address or telephone number."""
        email, keys = order.customer.email, self._op.keys
        address = email_address(keys, email) if email else None
        return _Taking(
            order, order.customer_number or guest_reference(keys, order.customer), address.hash if address else None
        )

    def _look_up(self, taking: Sequence[_Taking]) -> None:
        self._taken, self._moved = 0, False
        self._followed: dict[UUID, dict[str, Any]] = {}
        self._new: dict[UUID, dict[str, Any]] = {}
        self._bound: dict[str, UUID] = {}
        self._purchases: list[dict[str, Any]] = []
        self._vouchers: list[dict[str, Any]] = []
        connection, system = self._connection, self._plan.system
        references = {t.reference for t in taking}
        hashes = {t.email_hash for t in taking if t.email_hash}
        self._by_reference = repository.people_by_reference(connection, system, references)
        self._by_email = repository.people_by_email(connection, hashes)
        ids = {i for found in self._by_email.values() for i in found} | set(self._by_reference.values())
        self._rows: dict[UUID, Row[Any]] = repository.people(connection, ids)
        self._restricted = repository.restricted(connection, ids)
        self._known_to_us = repository.known_to_system(connection, system, ids)
        graves = hashes | {reference_hash(self._op.keys, system, r) for r in references}
        self._erased = repository.erasures(connection, graves)
        self._orders = repository.purchases_named(connection, system, {t.order.order_id for t in taking})
        numbers = {t.order.purchase.voucher.number for t in taking}
        self._printed = set(repository.vouchers_named(connection, system, numbers))

    def _take(self, t: _Taking) -> None:
        order_id = t.order.order_id
        if order_id in self._seen:
            t.settle("refused", "order_repeated")
            return
        known = self._orders.get(order_id)
        if known is not None:
            self._compare(t, known)
        elif t.order.purchase.voucher.number in self._printed:
            older = t.reference not in self._by_reference and self._is_older_than_erasure(t)
            t.settle("skipped", "older_than_erasure" if older else "voucher_number_taken")
        elif self._find(t):
            self._add(t)
            t.settle("taken", t.reason or t.order.note)
        if t.outcome != "skipped":
            self._seen.add(order_id)

    def _find(self, t: _Taking) -> bool:
        """Who bought: somebody known by the reference, a mere subscriber of the same address, or somebody new."""
        customer_id = self._by_reference.get(t.reference) or self._subscriber(t)
        if customer_id is None:
            return self._register(t)
        t.customer_id = customer_id
        self._follow(t, customer_id)
        self._bind(t, customer_id)
        return True

    def _bind(self, t: _Taking, customer_id: UUID) -> None:
        if t.reference not in self._by_reference:
            self._bound[t.reference] = self._by_reference[t.reference] = customer_id
            self._known_to_us.add(customer_id)

    def _subscriber(self, t: _Taking) -> UUID | None:
        """The only person behind the address, if the shop does not know them yet and the names agree."""
        people = self._by_email.get(t.email_hash or "", [])
        if not people:
            return None
        row = self._rows.get(people[0])
        alone = len(people) == 1 and row is not None and row.kind == "subscriber"
        if (
            alone
            and row is not None
            and row.id not in self._known_to_us
            and _same_name(row.name, t.order.customer.name)
        ):
            return people[0]
        t.reason = "possible_duplicate"
        return None

    def _follow(self, t: _Taking, customer_id: UUID) -> None:
        """Contact data follow the newest dealing; absent members of the export empty nothing."""
        at = t.order.ordered_at
        if (made := self._new.get(customer_id)) is not None:
            if at > made["last_interaction_at"]:
                contact = self._contact(t)
                if _moves(made, contact):
                    raise _Alone
                made.update(contact, last_interaction_at=at)
            return
        row = self._rows[customer_id]
        held = {**row._mapping, **self._followed.get(customer_id, {})}
        values = {"kind": "customer", "last_interaction_at": max(at, held["last_interaction_at"])}
        if at > held["last_interaction_at"] or held["kind"] == "subscriber":
            values |= self._contact(t)
        changed = {name: value for name, value in values.items() if held[name] != value}
        if changed and (customer_id in self._restricted or _moves(held, changed)):
            self._change(customer_id, {"last_interaction_at": row.last_interaction_at, **changed})
        elif changed:
            self._followed[customer_id] = {**self._followed.get(customer_id, {}), **changed}
        self._op.touched(row.audit_key)

    def _change(self, customer_id: UUID, values: Mapping[str, Any]) -> None:
        """Through the service: suppressions follow another address, and under restriction it is only proposed."""
        if self._taken:
            raise _Alone
        update(self._connection, self._op, customer_id, values)
        self._moved = True

    def _write_followed(self) -> None:
        """Change known customers at once."""
        rows = [{"id": customer_id, **values} for customer_id, values in self._followed.items()]
        told = [row["id"] for row in rows if row.keys() & TOLD]
        repository.follow(self._connection, sorted(rows, key=lambda row: str(row["id"])), told, self._op.at)

    def _contact(self, t: _Taking) -> dict[str, Any]:
        fields = t.order.customer
        sent = {name: getattr(fields, name) for name in ("name", "email", "phone", "address")}
        return contact_values(self._op, {name: value for name, value in sent.items() if value is not None})

    def _register(self, t: _Taking) -> bool:
        if self._is_older_than_erasure(t):
            t.settle("skipped", "older_than_erasure")
            return False
        at = self._op.at
        made = {"id": new_id(), "version": 1, "audit_key": new_id(), "created_at": at, "updated_at": at}
        row = {**new_values(self._op, t.order.customer), **made}
        self._new[row["id"]] = row
        if t.email_hash:
            self._by_email.setdefault(t.email_hash, []).append(row["id"])
        t.customer_id = self._by_reference[t.reference] = self._bound[t.reference] = row["id"]
        return True

    def _is_older_than_erasure(self, t: _Taking) -> bool:
        graves = (t.email_hash, reference_hash(self._op.keys, self._plan.system, t.reference))
        erased_at = max(filter(None, (self._erased.get(grave) for grave in graves if grave)), default=None)
        return erased_at is not None and t.order.ordered_at <= erased_at

    def _compare(self, t: _Taking, known: Row[Any]) -> None:
        if known.customer_id != self._by_reference.get(t.reference):
            t.settle("skipped", "order_taken")
            return
        values = self._values(t.order)
        if any(getattr(known, name) != values[name] for name in SAYS):
            t.settle("skipped", "order_differs")
            return
        later = {n: values[n] for n in FOLLOWS if values[n] is not None and getattr(known, n) is None}
        if later:
            repository.settle_purchase(self._connection, known.id, {**later, "updated_at": self._op.at})
        t.settle("taken" if later else "known", "order_updated" if later else t.order.note)

    def _add(self, t: _Taking) -> None:
        values = self._values(t.order)
        owner = {"customer_id": t.customer_id, "system": self._plan.system, "order_id": t.order.order_id}
        at = {"created_at": self._op.at}
        self._purchases.append({**owner, **values, **at, "id": new_id(), "version": 1, "updated_at": self._op.at})
        self._vouchers.append({**owner, **_voucher(t.order, values), **at, "id": new_id()})
        self._printed.add(t.order.purchase.voucher.number)

    def _values(self, order: Order) -> dict[str, Any]:
        sent = order.purchase
        return {
            "purchased_on": sent.purchased_on,
            "booked_on": sent.booked_on,
            "currency": sent.currency,
            "total_minor": to_minor(sent.total),
            "lines": [line.model_dump() for line in sent.lines],
            "product_group": sent.product_group,
            "fulfilled_on": sent.fulfilled_on,
            "cancelled_on": sent.cancelled_on,
            "payment_provider": sent.payment.provider,
            "payment_method": sent.payment.method,
            "settled_on": sent.payment.settled_on,
            "marketing_refusal_offered": sent.marketing_refusal_offered,
        }


def _voucher(order: Order, purchase: Mapping[str, Any]) -> dict[str, Any]:
    """A voucher kept elsewhere is a pointer; one kept here holds what was printed."""
    sent, here = order.purchase.voucher, order.purchase.voucher.record == "here"
    buyer = sent.buyer_as_printed
    return {
        "number": sent.number, "record": sent.record, "holder": sent.holder, "material": sent.material,
        "corrects": sent.corrects, "buyer_name": buyer and buyer.name, "buyer_address": buyer and buyer.address,
        "booked_on": purchase["booked_on"], "transaction_on": purchase["purchased_on"],
        "currency": purchase["currency"], "total_minor": purchase["total_minor"] if here else 0,
        "lines": purchase["lines"] if here else [],
    }  # fmt: skip


def _moves(held: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether one of these addresses is another than the one held, or the first."""
    return any(values.get(name) not in {None, held[name]} for name in HASH_COLUMN.values())


def _same_name(held: str | None, sent: str | None) -> bool:
    return held is None or sent is None or normal_name(held) == normal_name(sent)
