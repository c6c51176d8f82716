"""Fill an empty register with generated people."""

import asyncio
import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, exists, select, text

from app.auth import repository as clients
from app.auth.actor import Actor, new_token, to_actor
from app.auth.schemas import ClientNew
from app.consents import wordings
from app.consents.schemas import WordingIn
from app.customers.tables import customers
from app.db import Database, ids_from
from app.keys import Keys
from app.processors.disclosures import disclose_batch
from app.processors.schemas_disclosures import DisclosureBatch
from app.register.builtin import BACKGROUND
from app.register.clients import values_of
from app.register.operation import Operation, purpose_of
from app.register.versions import Register, Registers
from app.seeding import stories
from app.seeding.ids import Ids, chance
from app.seeding.people import REQUESTS_UNTIL, SINCE, UNTIL, Maker, Size
from app.seeding.rows import rows_of

SLICE = 5000
"""People that are written in one transaction."""
DISCLOSED = 10
"""Of so many people one has had data disclosed."""
AT_ONCE = 50
"""Requests that are taken along in one transaction."""

CLIENTS = (
    ClientNew(name="seed-webshop", role="webshop", systems=["webshop", "booking"]),
    ClientNew(name="seed-booking", role="booking", systems=["booking"]),
    ClientNew(name="seed-dpo", role="dpo", employment="employee"),
)
"""On whose behalf people are brought in; withdrawn at the end, and nobody ever knows their tokens."""

Progress = Callable[[int], None]


class NotEmpty(Exception):
    """The register holds customers already."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What one filling works with."""

    db: Database
    keys: Keys
    registers: Registers
    register: Register
    size: Size

    def operation(self, actor: Actor) -> Operation:
        """An operation of the actor, at the beginning of the generated years."""
        purpose = purpose_of(actor, self.register.definition, None)
        return Operation(self.db, self.keys, self.registers, actor, self.register, purpose, SINCE)


async def fill(filling: Filling, progress: Progress) -> None:
    """Write the whole register; raises `NotEmpty` before anything is written."""
    size = filling.size
    actors = await filling.db.write(begin, filling)
    operations = {name: filling.operation(actor) for name, actor in actors.items()}
    maker = Maker(size, filling.register.definition, wordings_of(filling.register))
    await people(filling, maker, operations, progress)
    await _disclosures(filling, operations["dpo"])
    await _requests(filling, maker, operations["dpo"])
    await filling.db.write(_end, actors)
    if filling.db.dialect == "postgresql":
        await filling.db.once(lambda connection: connection.execute(text("VACUUM ANALYZE")))


def wordings_of(register: Register) -> dict[str, str]:
    return {purpose.code: f"{purpose.code}_seed"[-60:] for purpose in register.definition.consent_purposes}


def begin(connection: Connection, filling: Filling) -> dict[str, Actor]:
    """Clients and wordings; the actors by role."""
    if connection.execute(select(exists(select(customers.c.id)))).scalar_one():
        raise NotEmpty
    with ids_from(Ids(chance(filling.size.seed, 1 << 39), SINCE)):
        for new in CLIENTS:
            clients.add_client(connection, values_of(new, new_token(), SINCE))
        rows = [clients.client_by_name(connection, new.name) for new in CLIENTS]
        actors = {row.role: to_actor(row) for row in rows if row is not None}
        op, definition = filling.operation(actors["dpo"]), filling.register.definition
        for purpose in definition.consent_purposes:
            for language in definition.languages:
                said = f"{purpose.label.text(language)} ({language})"
                shown = {"id": wordings_of(filling.register)[purpose.code], "version": 1, "language": language}
                wordings.put(connection, op, WordingIn.model_validate({**shown, "purpose": purpose.code, "text": said}))
    return actors


async def people(filling: Filling, maker: Maker, operations: Mapping[str, Operation], progress: Progress) -> None:
    """One slice is made while the one before is being written."""

    def made(start: int) -> Any:
        numbers = range(start, min(start + SLICE, filling.size.customers))
        return rows_of((maker.person(n) for n in numbers), operations)

    gc.disable()  # millions of rows and not one cycle among them: looking for some takes a quarter of the time
    rows = await asyncio.to_thread(made, 0)
    for start in range(0, filling.size.customers, SLICE):
        following = asyncio.create_task(asyncio.to_thread(made, start + SLICE))
        await filling.db.copy_in(rows)
        rows = await following
        progress(min(start + SLICE, filling.size.customers))
    gc.enable()


async def _disclosures(filling: Filling, dpo: Operation) -> None:
    for number, batch in enumerate(_batches(filling)):
        op = replace(dpo, at=UNTIL - timedelta(minutes=number + 1))
        await filling.db.write(_disclose, op, batch, Ids(chance(filling.size.seed + 2, number), op.at))


def _disclose(connection: Connection, op: Operation, batch: DisclosureBatch, ids: Ids) -> None:
    with ids_from(ids):
        disclose_batch(connection, op, batch)


def _batches(filling: Filling) -> Iterator[DisclosureBatch]:
    """What went to the recipients of the definition's purposes, in turn."""
    flows = [(p, code) for p in filling.register.definition.purposes for code in p.recipients]
    chosen = range(0, filling.size.customers if flows else 0, DISCLOSED)
    for start in range(0, len(chosen), 500):
        purpose, recipient = flows[start // 500 % len(flows)]
        people = [
            {"system": system, "id": external_id}
            for system, external_id in _references(filling, chosen[start : start + 500])
        ]
        sent = {"recipient": recipient, "purpose": purpose.code, "categories": list(purpose.categories)}
        yield DisclosureBatch.model_validate(
            {**sent, "channel": "api", "occurred_at": (UNTIL - timedelta(days=1)).isoformat(), "customers": people}
        )


def _references(filling: Filling, numbers: range) -> list[tuple[str, str]]:
    maker = Maker(filling.size, filling.register.definition, wordings_of(filling.register))
    return [maker.person(n).references[0] for n in numbers]


async def _requests(filling: Filling, maker: Maker, dpo: Operation) -> None:
    """The people who make requests are spread over the whole register."""
    count = stories.how_many(filling.size)
    service = filling.operation(BACKGROUND)
    for start in range(0, count, AT_ONCE):
        chosen = range(start, min(start + AT_ONCE, count))
        references = [maker.person(k * filling.size.customers // count).references[0] for k in chosen]
        await filling.db.write(stories.tell, dpo, service, filling.size, chosen, references)


def _end(connection: Connection, actors: Mapping[str, Actor]) -> None:
    for actor in actors.values():
        clients.withdraw_client(connection, actor.id, REQUESTS_UNTIL)
