"""Generated registers of the tests: filled, opened and read row by row."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from app.db import Database, metadata, open_database
from app.keys import load_keys
from app.processors.service import seed as seed_processors
from app.register.versions import Registers
from app.seeding.fill import Filling, fill
from app.seeding.people import Size
from tests.worlds import Template, World

Row = Mapping[str, Any]


async def filled(world: World, customers: int, seed: int = 1) -> Filling:
    """Fill the world's register."""
    return await fill_database(world.db, world.template, customers, seed)


async def fill_database(db: Database, template: Template, customers: int, seed: int = 1) -> Filling:
    """Fill an open database that was made from the template."""
    registers = Registers(db, 0, on_apply=(seed_processors,))
    keys = load_keys(template.secret_file)
    filling = Filling(db, keys, registers, await registers.current(), Size(customers, seed))
    await fill(filling, lambda _done: None)
    return filling


def everything(connection: Connection) -> dict[str, list[Row]]:
    """Every row of every table, by its primary key."""
    return {
        table.name: [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key))]
        for table in metadata.sorted_tables
    }


async def content(url: str, template: Template, customers: int, seed: int = 1) -> dict[str, list[Row]]:
    """Fill a fresh database and read it whole."""
    db = open_database(url)
    try:
        await fill_database(db, template, customers, seed)
        return await db.read(everything)
    finally:
        await db.close()
