"""`seloste inactivity`: propose people who have been inactive longer than the definition's limit."""

import typer

from app.commands import console
from app.commands.console import Session
from app.customership import propose_all

app = typer.Typer(no_args_is_help=True)


@app.callback()
def inactivity() -> None:
    """The end of customership: proposals for a named human, never an erasure by itself."""


@app.command()
def propose() -> None:
    """List people whose last interaction lies behind the inactivity limit, with no open matter.

    A running service does this by itself once a month. Nothing happens to anybody before a human has decided
    (POST /v1/inactivity-proposals/decision).
    """

    async def proposed(session: Session) -> int:
        return (await propose_all(session.served, session.registers))[0]

    console.say(f"proposed {console.in_register(proposed)} people")
