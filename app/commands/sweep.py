"""`seloste sweep`: erase what has reached its date."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.background import sweep_all
from app.commands import console
from app.commands.console import Refused, Session
from app.subject_requests.sweep import Swept

app = typer.Typer()


@app.command()
def sweep(
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Judge as on this day; a later one needs --dry-run.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would go and change nothing.")] = False,
) -> None:
    """Erase what has reached its date, with the same verdicts and audit trail as a request.

    A running service does this by itself once a day. What an open request concerns is left alone.
    """
    day = as_of.date() if as_of else None

    async def swept(session: Session) -> list[Swept]:
        register = await session.registers.current()
        today = datetime.now(UTC).astimezone(register.definition.zone).date()
        if day is not None and day > today and not dry_run:
            raise Refused(f"{day} has not come: nothing may be erased before its date (add --dry-run to look ahead)")
        return await sweep_all(session.served, session.registers, day, dry=dry_run)

    console.say(summary(console.with_ledger(swept), dry=dry_run))


def summary(batches: list[Swept], *, dry: bool) -> str:
    """One line about what a sweep did or would do."""
    holdings, people, files, feed = (
        sum(getattr(batch, name) for batch in batches) for name in ("holdings", "people", "request_files", "feed_rows")
    )
    verb = "would erase" if dry else "erased"
    return f"{verb} {holdings} holdings, {files} request files and {feed} feed entries; looked at {people} people"
