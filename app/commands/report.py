"""`seloste report …`: the quarter in numbers, and everything a supervisory authority asks for."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands import console
from app.commands.console import Session
from app.notice.rendering import record_document_of
from app.reports import authority, quarterly
from app.reports.layout import laid_out, language_of
from app.reports.quarters import Quarter
from app.reports.schemas import QuarterOut
from app.reports.tabling import quarter_table

app = typer.Typer(no_args_is_help=True)


@app.callback()
def report() -> None:
    """Reports for the owner and for the supervisory authority."""


@app.command()
def quarter(
    year: Annotated[int | None, typer.Option(min=1900, max=2199, help="Of the last quarter that is over.")] = None,
    number: Annotated[int | None, typer.Option("--quarter", min=1, max=4, help="The last one that is over.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the PDF to this file instead.")] = None,
    language: Annotated[str | None, typer.Option(help="Of the PDF: fi, sv or en.")] = None,
) -> None:
    """Print the report on a quarter as CSV, or write it as a PDF."""

    async def made(session: Session) -> tuple[QuarterOut, bytes]:
        register, now = await session.registers.current(), session.served.clock()
        definition = register.definition
        last = Quarter.before(now.astimezone(definition.zone).date())
        asked = Quarter(year or last.year, number or last.number)
        found = await session.db.read(quarterly.report, register, now, asked)
        if pdf is None:
            return found, quarter_table(found)
        page = laid_out(definition, found, language_of(definition, language))
        return found, record_document_of(page.stored(), now)

    found, content = console.in_register(made)
    if pdf is None:
        typer.echo(content.decode(), nl=False)
        return
    pdf.write_bytes(content)
    console.tell(f"wrote the report on quarter {found.quarter} of {found.year} to {pdf}")


@app.command("authority-file")
def authority_file(
    place: Annotated[Path, typer.Argument(help="The ZIP to write.")],
) -> None:
    """Write everything a supervisory authority asks for into one ZIP (Art. 31)."""

    async def made(session: Session) -> int:
        op = session.operation(await session.registers.current())
        await op.write(authority.opened)
        found = await session.db.snapshot(authority.made, op)
        with place.open("wb") as file:
            for piece in found.spool.sent():
                file.write(piece)
        return found.files

    files = console.in_register(made)
    console.tell(f"wrote {files} files to {place}")
