"""`seloste digest`: the daily digest to who is in charge of requests."""

from typing import Annotated

import typer

from app.commands import console
from app.commands.console import Refused, Session
from app.subject_requests.digesting import Digests

app = typer.Typer()


@app.command()
def digest(
    now: Annotated[bool, typer.Option("--now", help="At once, whatever the hour and whatever was sent today.")] = False,
) -> None:
    """Send what is overdue, due soon or waiting by e-mail: case numbers and dates, nothing else.

    A running service does this by itself once a day, after SELOSTE_DIGEST_HOUR.
    """

    async def sent(session: Session) -> tuple[int, int]:
        if session.served.settings.smtp_url is None:
            raise Refused("no relay for e-mail is named: set SELOSTE_SMTP_URL and SELOSTE_SMTP_FROM")
        return await Digests(session.served, session.registers).send_due(at_once=now)

    done, failed = console.in_register(sent)
    console.say(f"sent {done} digests")
    if failed:
        raise Refused(f"the relay did not take {failed} digests")
