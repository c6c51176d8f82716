"""The shop's orders: purchases made and followed, with the same checks as when the webshop sends them itself.

Contact data of a known customer come with the customer, not with an order, which says what was true when it was
placed; a guest has no account, so theirs follow the newest order.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as register
from app.customers.errors import OrderTaken, VoucherImmutable
from app.customers.purchases import columns, printed, put_purchase, refuse_future
from app.customers.record import contact_values
from app.customers.schemas import Reference
from app.customers.schemas_purchases import PurchaseFields
from app.customers.service import update, upsert_all
from app.errors import Problem
from app.imports import repository
from app.imports.batch import Batch, reason_of
from app.imports.orders import Order
from app.imports.schemas import Settled
from app.imports.take_orders import reference_of
from app.mycashflow.order_map import OrderMap, Taken


class OrdersTaken:
    """Takes the shop's orders in one transaction."""

    def __init__(self, connection: Connection, op: Batch, orders: OrderMap) -> None:
        self._connection, self._op, self._map = connection, op, orders
        self._system = orders.plan.system

    def take(self, records: Sequence[Mapping[str, Any]]) -> list[Settled]:
        """What became of each, in their order."""
        read = [self._map.order(record, number) for number, record in enumerate(records, start=1)]
        self._look_up([one.order for one in read if isinstance(one, Taken)])
        return [one if isinstance(one, Settled) else self._settle(one) for one in read]

    def _look_up(self, orders: Sequence[Order]) -> None:
        keys = {(self._system, reference_of(self._op.keys, order)) for order in orders}
        self._people = register.by_references(self._connection, keys)
        ids = {order.order_id for order in orders}
        self._purchases: dict[str, Row[Any]] = repository.purchases_named(self._connection, self._system, ids)
        numbers = {order.purchase.voucher.number for order in orders}
        self._vouchers: dict[str, Row[Any]] = repository.vouchers_named(self._connection, self._system, numbers)
        self._rows: dict[UUID, Row[Any]] = repository.people(self._connection, set(self._people.values()))

    def _settle(self, taken: Taken) -> Settled:
        order = taken.order
        try:
            outcome = self._take(order, self._as_known(taken))
        except Problem as problem:
            return Settled(order.part, order.line, "skipped", reason_of(problem))
        return Settled(order.part, order.line, "taken" if outcome else "known", order.note if outcome else "")

    def _as_known(self, taken: Taken) -> PurchaseFields:
        """The purchase with those inferred days that are known already left as they are."""
        known = self._purchases.get(taken.order.order_id)
        told = {name: getattr(known, name) for name in taken.inferred if known is not None and getattr(known, name)}
        return taken.order.purchase.model_copy(update=told)

    def _take(self, order: Order, purchase: PurchaseFields) -> bool:
        """Whether anything changed. Everything that could be refused is looked at before the first row is written."""
        key = (self._system, reference_of(self._op.keys, order))
        customer_id, known = self._people.get(key), self._purchases.get(order.order_id)
        if known is not None and known.customer_id != customer_id:
            raise OrderTaken
        if known is not None and all(getattr(known, name) == value for name, value in columns(purchase).items()):
            return False
        refuse_future(self._op, purchase)
        self._must_fit_voucher(customer_id, order.order_id, purchase)
        if customer_id is None:
            customer_id = self._people[key] = self._register(key, order)
        elif order.customer_number is None and known is None:
            self._follow(customer_id, order)
        put_purchase(self._connection, self._op, customer_id, self._system, order.order_id, purchase, None)
        return True

    def _must_fit_voucher(self, customer_id: UUID | None, order_id: str, purchase: PurchaseFields) -> None:
        """A voucher of this number is this one, or the order is refused whole."""
        kept = self._vouchers.get(purchase.voucher.number)
        if kept is None:
            return
        said = {} if customer_id is None else printed(customer_id, order_id, purchase)
        if not said or any(getattr(kept, name) != value for name, value in said.items()):
            raise VoucherImmutable

    def _register(self, key: register.Key, order: Order) -> UUID:
        reference = Reference(system=key[0], id=key[1])
        outcome = upsert_all(self._connection, self._op, [(reference, order.customer)])[0]
        if isinstance(outcome, Problem):
            raise outcome
        self._op.touched(outcome.audit_key)
        return outcome.id

    def _follow(self, customer_id: UUID, order: Order) -> None:
        row = self._rows.get(customer_id)
        if row is not None and order.ordered_at > row.last_interaction_at:
            fields = order.customer
            sent = {name: getattr(fields, name) for name in ("name", "email", "phone", "address")}
            values = contact_values(self._op, {name: value for name, value in sent.items() if value is not None})
            update(self._connection, self._op, customer_id, {**values, "last_interaction_at": order.ordered_at})
