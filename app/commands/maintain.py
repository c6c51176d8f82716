"""`seloste maintain`: by hand what a running service does in the background."""

import typer

from app.auth.idempotency import expire_keys
from app.background import execute_due, sweep_all
from app.commands import console
from app.commands.console import Session
from app.commands.sweep import summary
from app.subject_requests.sweep import Swept

app = typer.Typer()


@app.command()
def maintain() -> None:
    """Carry out the erasures whose delay has run out, sweep, and forget idempotency keys older than a day.

    For installations that run their processes with SELOSTE_BACKGROUND=false; safe beside a running service.
    """

    async def maintained(session: Session) -> tuple[int, int, list[Swept]]:
        executed = await execute_due(session.served, session.registers, session.ledger)
        forgotten = await session.db.write(expire_keys, session.served.clock())
        return executed, forgotten, await sweep_all(session.served, session.registers)

    executed, forgotten, swept = console.with_ledger(maintained)
    console.say(f"executed {executed} erasures; {summary(swept, dry=False)}; forgot {forgotten} idempotency keys")
