"""`seloste sweep`: erase what has reached its date."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from app.commands import console
from app.commands.console import Refused, Session
from app.sweeping import Report, sweep_all

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

    terminal = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.completed} rows"), TextColumn("{task.description}"))

    async def swept(session: Session) -> Report:
        register = await session.registers.current()
        today = datetime.now(UTC).astimezone(register.definition.zone).date()
        if day is not None and day > today and not dry_run:
            raise Refused(f"{day} has not come: nothing may be erased before its date (add --dry-run to look ahead)")
        with Progress(*columns, console=terminal, disable=not terminal.is_terminal, transient=True) as shown:
            task = shown.add_task("sweeping", total=None)

            def told(report: Report) -> None:
                shown.update(task, completed=report.total, description=rate(report))

            return await sweep_all(session.served, session.registers, day, dry=dry_run, progress=told)

    report = console.with_ledger(swept)
    console.say(summary(report))
    for rule, rows in report.rows.items():
        console.say(f"  {rule.replace('_', ' '):24} {rows}")


def rate(report: Report) -> str:
    """How fast it goes."""
    return f"{report.total / report.seconds:.0f} rows/s" if report.seconds else ""


def summary(report: Report) -> str:
    """One line about what a sweep did or would do."""
    verb = "would erase" if report.dry else "erased"
    return f"{verb} {report.total} rows that have reached their date as of {report.as_of} in {report.seconds:.1f} s"
