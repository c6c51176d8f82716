"""Guests of a shop: one person for each address, as their newest dealing says, whatever came first in a page."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from sqlalchemy import Connection

from app.customers.schemas import CustomerFields
from app.imports.batch import Batch, batch
from app.polling.people import People
from app.register.operation import Operation
from tests.worlds import World

pytestmark = pytest.mark.anyio

FIRST = datetime(2026, 11, 1, 10, tzinfo=UTC)


def dealing(guest: int, day: int) -> CustomerFields:
    """An order of this guest on this day; each time they had another telephone."""
    at = FIRST + timedelta(days=day)
    said = {"name": "Veikko Vieras", "email": f"guest{guest}@example.fi", "phone": f"040 000 {1000 + day}"}
    interaction = {"kind": "purchase", "occurred_at": at}
    return CustomerFields.model_validate(
        {**said, "kind": "customer", "source": "customer_relationship", "interaction": interaction}
    )


@pytest.mark.parametrize("known", [False, True])
async def test_the_newest_dealing_of_a_guest_stands(world: World, known: bool) -> None:
    """In any order of arrival, of somebody new and of somebody known."""
    register = await world.registers.current()
    purpose = register.definition.purpose("customer_relationship")
    assert purpose is not None
    guests = [[dealing(guest, day) for day in days] for guest, days in enumerate(permutations((1, 2, 3)))]

    def took(connection: Connection, _op: Operation, page: list[CustomerFields]) -> None:
        people = People(connection, op, "shop", [(None, fields) for fields in page])
        for fields in page:
            customer_id = people.known(None, fields)
            if customer_id is None:
                people.registered(None, fields)
            else:
                people.follow(None, customer_id, fields, fields.interaction.occurred_at)
        op.close(connection, UUID(int=1), {})

    before = [dealing(guest, 0) for guest in range(len(guests))] if known else []
    for page in (before, [fields for guest in guests for fields in guest]):
        op: Batch = batch(world.services, world.registers, register, purpose)
        await op.write(took, page)
    rows = await world.rows("SELECT phone FROM customers")
    assert [row.phone for row in rows] == ["040 000 1003"] * len(guests)
