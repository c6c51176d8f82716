"""`seloste digitalbooker poll`: read the bookings of the accounts that are configured."""

from typing import Annotated

import typer

from app.commands import console, polling
from app.commands.console import Refused, Session
from app.connectors.digitalbooker import Bookings, DigitalBookerConfig
from app.connectors.outside import reaching
from app.digitalbooker.service import poll as poll_account

app = typer.Typer(no_args_is_help=True)


@app.callback()
def digitalbooker() -> None:
    """The booking system DigitalBooker, as SELOSTE_CONNECTORS configures it."""


@app.command()
def poll(
    recipient: Annotated[str | None, typer.Option(help="Only this recipient, of several accounts.")] = None,
) -> None:
    """Read what has changed since the last time, a page at a time; an interrupted reading goes on where it stopped.

    Without a map of the fields of a booking nothing is read.
    """

    async def read(session: Session) -> bool:
        found = polling.configured(session.served.settings, DigitalBookerConfig, recipient)
        accounts = {name: config for name, config in found.items() if config.bookings is not None}
        if not accounts:
            raise Refused("no map says what a booking looks like (`bookings` in SELOSTE_CONNECTORS)")
        whole = True
        private = session.served.settings.connectors_reach_private
        async with reaching(private=private, clock=session.served.clock) as outside:
            for name, config in accounts.items():
                bookings = Bookings.of(config, outside)
                readings = await poll_account(session.served, session.registers, name, config, bookings)
                whole = polling.tell(name, readings) and whole
        return whole

    if not console.with_ledger(read):
        raise Refused("not everything could be read")
