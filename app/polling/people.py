"""Whose an order or a booking is: somebody the system has a number for, or a guest known by a hash of their address."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from app.customers import repository as register
from app.customers.record import contact_values
from app.customers.schemas import CustomerFields, Reference
from app.customers.service import update, upsert_all
from app.errors import Problem
from app.imports import repository
from app.imports.batch import Batch
from app.imports.take_orders import guest_reference


class People:
    """The people of one page, looked up at once; made anew for each transaction."""

    def __init__(
        self, connection: Connection, op: Batch, system: str, dealings: Iterable[tuple[str | None, CustomerFields]]
    ) -> None:
        self._connection, self._op, self._system = connection, op, system
        keys = {self._key(number, fields) for number, fields in dealings}
        self._ids = register.by_references(connection, keys)
        rows = repository.people(connection, set(self._ids.values()))
        self._last_dealings = {customer_id: row.last_interaction_at for customer_id, row in rows.items()}

    def _key(self, number: str | None, fields: CustomerFields) -> register.Key:
        return self._system, number or guest_reference(self._op.keys, fields)

    def known(self, number: str | None, fields: CustomerFields) -> UUID | None:
        """The customer, if the register has them."""
        return self._ids.get(self._key(number, fields))

    def registered(self, number: str | None, fields: CustomerFields) -> UUID:
        """A new customer, of this dealing; raises what an upsert raises, such as `OlderThanErasure`."""
        key = self._key(number, fields)
        outcome = upsert_all(self._connection, self._op, [(Reference(system=key[0], id=key[1]), fields)])[0]
        if isinstance(outcome, Problem):
            raise outcome
        self._op.touched(outcome.audit_key)
        self._ids[key] = outcome.id
        self._last_dealings[outcome.id] = fields.interaction.occurred_at
        return outcome.id

    def follow(self, number: str | None, customer_id: UUID, fields: CustomerFields, at: datetime) -> None:
        """Contact data of a guest follow their newest dealing; of whoever has an account they come with that."""
        last = self._last_dealings.get(customer_id)
        if number is None and last is not None and at > last:
            sent = {name: getattr(fields, name) for name in ("name", "email", "phone", "address")}
            values = contact_values(self._op, {name: value for name, value in sent.items() if value is not None})
            update(self._connection, self._op, customer_id, {**values, "last_interaction_at": at})
            self._last_dealings[customer_id] = at
