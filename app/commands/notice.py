"""`seloste notice …`: lint the privacy notice, publish it, print it."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands import console
from app.commands.console import Refused, Session
from app.notice import publishing, service
from app.notice import repository_versions as versions
from app.notice.document import text_of
from app.notice.findings import Finding, Gravity
from app.notice.practice import practice_of
from app.notice.rules import kept, lint
from app.notice.rules_text import defects_in

app = typer.Typer(no_args_is_help=True)

Published = Annotated[
    Path | None,
    typer.Option("--text", exists=True, dir_okay=False, help="A published text to check as well, such as a website's."),
]


@app.callback()
def notice() -> None:
    """The privacy notice: where it and practice drift apart, its versions, its text."""


@app.command()
def check(text: Published = None) -> None:
    """Say where the notice, the definition and practice drift apart; exits 1 when something grave is found."""
    published = None if text is None else text.read_text(encoding="utf-8")

    async def linted(session: Session) -> list[Finding]:
        definition = (await session.registers.current()).definition
        practice = await session.db.read(practice_of, definition, session.served.clock())
        true = kept(definition, practice)
        defects = defects_in(published, definition, true) if published is not None else ()
        return [*lint(definition, practice), *defects]

    found = console.in_register(linted)
    for finding in found:
        console.say(_line(finding))
        console.say(f"    {finding.remedy}")
    grave = sum(finding.severity is Gravity.HIGH for finding in found)
    if grave:
        raise Refused(f"{len(found)} findings, {grave} of them grave")
    console.say(f"{len(found)} findings, none of them grave")


def _line(finding: Finding) -> str:
    numbers = f" [{' '.join(finding.numbers)}]" if finding.numbers else ""
    return f"{finding.severity.value:6} {finding.code}{numbers} {finding.what} ({finding.article})"


@app.command()
def publish() -> None:
    """Store the next version if the words have changed; a running service does this by itself."""

    async def published(session: Session) -> int | None:
        return await publishing.publish_due(session.served, session.registers)

    number = console.in_register(published)
    console.say("says nothing new" if number is None else f"published version {number}")


@app.command()
def show(
    language: Annotated[str, typer.Option("--language", help="fi, sv or en.")] = "fi",
    version: Annotated[int | None, typer.Option("--version", min=1, help="The newest when absent.")] = None,
) -> None:
    """Print a version of the notice as plain text."""

    async def words(session: Session) -> str:
        last = await session.db.read(versions.newest)
        if last is None:
            raise Refused("nothing has been published yet: run seloste notice publish")
        row = await session.db.read(service.version, version or last.version)
        if language not in row.content:
            raise Refused(f"the notice is given in: {', '.join(row.languages)}")
        return text_of(row.content[language])

    console.say(console.in_register(words))
