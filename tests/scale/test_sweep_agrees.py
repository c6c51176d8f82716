"""The sweep in sets does what judging person by person does: on random registers, on both databases."""

import random
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from app.customers.tables import customers, vouchers
from app.policy.erasure import Erase, HoldingKind
from app.policy.vocabulary import Material
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.operation import Operation
from app.subject_requests.assessment import judge
from app.subject_requests.repository_sweep import has_open_request, newest_erasure
from app.subject_requests.tables import legal_holds, sweep_batches, verdicts
from app.sweeping import sweep_all
from tests.scale.registers import filled
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

PEOPLE = 120
AS_OF = date(2027, 3, 1)


def shuffle(connection: Connection, chance: random.Random) -> None:
    """Other classes of material and other days, some far apart; a few people get a dispute."""
    v = vouchers.c
    for row in connection.execute(select(v.id, v.booked_on).order_by(v.id)).all():
        booked = row.booked_on - timedelta(days=chance.randint(0, 2000))
        values = {"booked_on": booked, "transaction_on": booked + timedelta(days=chance.choice([0, 0, 3, -40, -700]))}
        material = chance.choice([Material.VOUCHER, Material.VOUCHER, *Material]).value
        connection.execute(update(vouchers).where(v.id == row.id).values(**values, material=material))
    for n, person in enumerate(connection.execute(select(customers.c.id).order_by(customers.c.id)).scalars().all()):
        if chance.random() < 0.1:
            held = {"id": person, "customer_id": person, "kind": "dispute", "claim": "x", "set_on": AS_OF}
            released = AS_OF if n % 2 else None
            held |= {"set_by": BACKGROUND.id, "review_on": AS_OF, "released_on": released}
            connection.execute(legal_holds.insert().values(**held))


def due(connection: Connection, op: Operation) -> dict[str, tuple[str, str]]:
    """What the person-by-person judge would erase of printed vouchers: ground and reason by holding."""
    found: dict[str, tuple[str, str]] = {}
    for person in connection.execute(select(customers.c.id)).scalars().all():
        if has_open_request(connection, person):
            continue
        judged = judge(connection, op.definition, person, AS_OF, newest_erasure(connection, person))
        for one in judged.held.holdings:
            row, verdict = judged.held.rows.get(one.id), judged.outcome[one.id]
            if row is None or one.kind is not HoldingKind.VOUCHER or row.buyer_name is None:
                continue
            if row.record == "here" and isinstance(verdict, Erase):
                found[one.id] = (verdict.ground.value, verdict.reason)
    return found


def swept(connection: Connection) -> dict[str, tuple[str, str]]:
    """What the sweep erased, in sets and person by person; of what it judged anew and kept it writes a verdict too."""
    v = verdicts.c
    of_sweep = v.decision_id.is_(None) | v.decision_id.in_(select(sweep_batches.c.id))
    gone = (v.holding_kind == "voucher", v.purpose == "", v.verdict == "erase")
    query = select(v.holding, v.ground, v.reason).where(of_sweep, *gone)
    return {row.holding: (row.ground, row.reason) for row in connection.execute(query)}


def left(connection: Connection) -> set[str]:
    return {f"voucher:{key}" for key in connection.execute(select(vouchers.c.id)).scalars()}


@pytest.mark.parametrize("profile", ["as_notice", "by_class"])
async def test_sets_and_people_agree(world: World, call: Caller, profile: str) -> None:
    """The same vouchers go, for the same reasons, and nearly all of them in sets; the rest stays."""
    await filled(world, PEOPLE, seed=5)  # here somebody erased has a voucher that was booked years from its sale
    await world.db.write(shuffle, random.Random(profile))
    if profile == "by_class":
        await by_class(world, call)
    op = await builtin_operation(BACKGROUND, world.services, world.registers)
    expected, before = await world.db.write(due, op), await world.db.read(left)
    counted = await sweep_all(world.services, world.registers, AS_OF, dry=True)
    assert await world.db.read(left) == before
    report = await sweep_all(world.services, world.registers, AS_OF)

    assert len(expected) > 30
    assert await world.db.read(swept) == expected
    assert await world.db.read(left) == before - set(expected)
    assert counted.rows["accounting"] == report.rows["accounting"] >= len(expected) * 0.8
    assert (await sweep_all(world.services, world.registers, AS_OF)).total == 0


async def by_class(world: World, call: Caller) -> None:
    """The statute to the letter instead of the notice's ten years."""
    current = await call("owner", "GET", "/v1/register", expect=200)
    document: Any = current["document"].replace("profile: as_notice", "profile: by_class")
    assert document != current["document"]
    await call("owner", "PUT", "/v1/register", {"document": document}, expect=200, If_Match="*")
