"""`seloste import …`: audiences and orders from other systems, with a progress bar and a report by line."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from app.commands import console
from app.commands.console import Refused, Session
from app.imports import service
from app.imports.errors import ImportRunning
from app.imports.report import Report, told
from app.imports.schemas import AudiencePlan, OrdersPlan, Settled, Summary
from app.imports.service import LEASE, Job, Watcher

app = typer.Typer(help="Import audiences and orders from other systems.", no_args_is_help=True)


class Encoding(StrEnum):
    """How the file's text is encoded."""

    AUTO = "auto"
    UTF_8 = "utf-8"
    CP1252 = "cp1252"


class Place(StrEnum):
    """Where the accounting vouchers are recorded."""

    HERE = "here"
    ELSEWHERE = "elsewhere"


class AudienceStatus(StrEnum):
    """What the people of an audience file are."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    CLEANED = "cleaned"


File = Annotated[Path, typer.Argument(help="The export: a CSV file, or a zip archive with several.")]
TimeZone = Annotated[str, typer.Option(help="Zone of the file's times, such as Europe/Helsinki.")]
Language = Annotated[str, typer.Option(help="Language of the people and of the wording.")]
Source = Annotated[str, typer.Option(help="Source of the data in the register definition (F60-F62).")]
ReportFile = Annotated[
    Path | None, typer.Option("--report", help="Write a CSV of line, outcome and reason; no personal values.")
]
Restart = Annotated[
    bool, typer.Option("--restart/--resume", help="Begin at the first line, or go on where an earlier run stopped.")
]
TextEncoding = Annotated[Encoding, typer.Option(help="Found out by itself unless given.")]


@app.command()
def mailchimp(
    file: File,
    wording: Annotated[str, typer.Option(help="The wording that the people saw when they subscribed.")],
    wording_version: Annotated[int, typer.Option(min=1)],
    time_zone: TimeZone,
    purpose: Annotated[str, typer.Option(help="Purpose of the consent.")] = "newsletter",
    language: Language = "fi",
    system: Annotated[str, typer.Option(help="Reference system of LEID and EUID.")] = "mailchimp",
    source: Source = "web_form",
    status: Annotated[AudienceStatus | None, typer.Option(help="If headings and file names do not say.")] = None,
    email_column: Annotated[str | None, typer.Option(help="Heading of the e-mail addresses.")] = None,
    first_name_column: Annotated[str | None, typer.Option(help="Heading of the given names.")] = None,
    last_name_column: Annotated[str | None, typer.Option(help="Heading of the family names.")] = None,
    encoding: TextEncoding = Encoding.AUTO,
    report: ReportFile = None,
    restart: Restart = False,
) -> None:
    """Import a Mailchimp audience export: consents with their times, and withdrawals with their suppression.

    Ratings, IP addresses, geography, notes and tags are not read. A suppressed address stays suppressed, an
    erased person does not come back. Running it again changes nothing.
    """
    plan = _plan(
        AudiencePlan, system=system, time_zone=time_zone, source=source, encoding=encoding.value, purpose=purpose,
        wording={"id": wording, "version": wording_version, "language": language}, language=language,
        status=status.value if status else None, email_column=email_column, first_name_column=first_name_column,
        last_name_column=last_name_column,
    )  # fmt: skip
    _import(file, report, lambda s: service.prepare_audience(s.served, s.registers, file, plan), restart=restart)


@app.command()
def orders(
    file: File,
    system: Annotated[str, typer.Option(help="Reference system of the shop's customer numbers and orders.")],
    time_zone: TimeZone = "Europe/Helsinki",
    language: Language = "fi",
    source: Source = "customer_relationship",
    column: Annotated[
        list[str] | None, typer.Option(help="FIELD=HEADING where the presets do not fit; repeat for several.")
    ] = None,
    record: Annotated[Place, typer.Option(help="Where the accounting vouchers are recorded.")] = Place.ELSEWHERE,
    holder: Annotated[str, typer.Option(help="Who keeps vouchers recorded elsewhere.")] = "MyCashflow",
    material: Annotated[str, typer.Option(help="voucher, oss or unclassified.")] = "unclassified",
    currency: Annotated[str, typer.Option(help="Where the file has no such column.")] = "EUR",
    vat_rate: Annotated[str | None, typer.Option(help="Per cent, where the file has no such column.")] = None,
    encoding: TextEncoding = Encoding.AUTO,
    report: ReportFile = None,
    restart: Restart = False,
) -> None:
    """Import a webshop's orders from CSV, or from JSON with the orders in `data`: customers, purchases, vouchers.

    Lines of one order stand together. Finnish and English headings are known; a known order is not overwritten.
    """
    plan = _plan(
        OrdersPlan, system=system, time_zone=time_zone, source=source, encoding=encoding.value, language=language,
        columns=_columns(column or ()), record=record.value, material=material, currency=currency, vat_rate=vat_rate,
        holder=holder if record is Place.ELSEWHERE else None,
    )  # fmt: skip
    _import(file, report, lambda s: service.prepare_orders(s.registers, file, plan), restart=restart)


def _plan(kind: Any, **options: Any) -> Any:
    try:
        return kind.model_validate(options)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise Refused(*(f"--{str(e['loc'][0]).replace('_', '-')}: {e['msg']}" for e in faults)) from None


def _columns(given: Sequence[str]) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in given]
    if any(not (field and heading) for field, _, heading in pairs):
        raise Refused("--column: write FIELD=HEADING")
    return {field.strip(): heading.strip() for field, _, heading in pairs}


def _import(file: Path, report: Path | None, prepare: Callable[[Session], Awaitable[Job]], *, restart: bool) -> None:
    if not file.is_file():
        raise Refused("there is no such file")
    out = Report(report)

    async def whole(session: Session) -> Summary:
        job = await prepare(session)
        with _progress() as progress:
            return await _patiently(session, job, _watcher(progress, job, out), restart=restart)

    summary = console.with_ledger(whole)
    for line in summary_lines(summary, out):
        console.say(line)


async def _patiently(session: Session, job: Job, watcher: Watcher, *, restart: bool) -> Summary:
    """Run the import; one that was killed a moment ago still holds its lease, which is waited for once."""
    try:
        return await service.run(session.served, session.registers, job, watcher, restart=restart)
    except ImportRunning:
        console.tell(f"another process holds this import; waiting {LEASE.seconds} s for its lease to end")
        await asyncio.sleep((LEASE + timedelta(seconds=1)).total_seconds())
        return await service.run(session.served, session.registers, job, watcher, restart=restart)


def _progress() -> Progress:
    """A bar on stderr, only where somebody watches."""
    terminal = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=terminal, disable=not terminal.is_terminal, transient=True)


def _watcher(progress: Progress, job: Job, out: Report) -> Watcher:
    task: TaskID = progress.add_task("lines", total=job.lines)

    def begin(resumed_at: int) -> None:
        out.begin(resumed_at)
        progress.update(task, completed=resumed_at)

    def add(settled: Sequence[Settled]) -> None:
        out.add(settled)
        progress.advance(task, len(settled))

    return Watcher(begin, add)


def summary_lines(summary: Summary, out: Report) -> list[str]:
    """What a person reads at the end: counts by outcome and reason."""
    lines = [f"records {summary.records}"]
    if summary.resumed_at:
        lines.append(f"  {summary.resumed_at:>8}  settled by an earlier run")
    if out.lacking:
        lines.append(f"  {out.lacking:>8}  of them are not in this report")
    lines += [f"  {count:>8}  {outcome}: {words}" for count, outcome, words in told(summary)]
    return lines
