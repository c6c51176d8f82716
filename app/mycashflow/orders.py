"""The shop's orders: purchases made and followed, with the same checks as when the webshop sends them itself.

Contact data of a known customer come with the customer, not with an order, which says what was true when it was
placed; a guest has no account, so theirs follow the newest order.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers.errors import OrderTaken, VoucherImmutable
from app.customers.purchases import columns, printed, put_purchase, refuse_future
from app.customers.schemas_purchases import PurchaseFields
from app.errors import Problem
from app.imports import repository
from app.imports.batch import Batch, reason_of
from app.imports.orders import Order
from app.imports.schemas import Settled
from app.mycashflow.order_map import OrderMap, Taken
from app.polling.people import People


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
        dealings = ((order.customer_number, order.customer) for order in orders)
        self._people = People(self._connection, self._op, self._system, dealings)
        ids = {order.order_id for order in orders}
        self._purchases: dict[str, Row[Any]] = repository.purchases_named(self._connection, self._system, ids)
        numbers = {order.purchase.voucher.number for order in orders}
        self._vouchers: dict[str, Row[Any]] = repository.vouchers_named(self._connection, self._system, numbers)

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
        number, fields = order.customer_number, order.customer
        customer_id, known = self._people.known(number, fields), self._purchases.get(order.order_id)
        if known is not None and known.customer_id != customer_id:
            raise OrderTaken
        if known is not None and all(getattr(known, name) == value for name, value in columns(purchase).items()):
            return False
        refuse_future(self._op, purchase)
        self._must_fit_voucher(customer_id, order.order_id, purchase)
        if customer_id is None:
            customer_id = self._people.registered(number, fields)
        elif known is None:
            self._people.follow(number, customer_id, fields, order.ordered_at)
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
