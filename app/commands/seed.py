"""`seloste seed`: fill an empty register with generated people."""

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.commands import console
from app.commands.console import Refused, Session
from app.seeding.fill import Filling, NotEmpty, fill
from app.seeding.people import Size

app = typer.Typer()


@app.command()
def seed(
    customers: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many people.")],
    seed: Annotated[int, typer.Option(min=0, max=1_000_000, help="Another number, another register.")] = 1,
    purchases: Annotated[
        int | None, typer.Option(min=1, max=100_000_000, help="About how many purchases in all; else one to six each.")
    ] = None,
) -> None:
    """Fill an empty register with generated people, for measuring and trying out: the same number, the same rows.

    They have bought, booked, consented, withdrawn and made requests over twelve financial years, with the audit trail
    that this would have left. A register that holds customers is refused. If it is interrupted, start from an empty
    database again.
    """
    size = Size(customers, seed, purchases)
    began = time.monotonic()
    console.in_register(lambda session: _fill(session, size), transaction_seconds=None)  # nobody waits for its locks
    console.say(f"seeded {customers} customers (seed {seed}) in {time.monotonic() - began:.0f} s")


async def _fill(session: Session, size: Size) -> None:
    register = await session.registers.current()
    filling = Filling(session.db, session.served.keys, session.registers, register, size)
    terminal = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=terminal, disable=not terminal.is_terminal, transient=True) as progress:
            task = progress.add_task("people", total=size.customers)
            await fill(filling, lambda done: progress.update(task, completed=done))
    except NotEmpty:
        raise Refused("the register holds customers already: seed fills an empty one (DATABASE_URL names it)") from None
