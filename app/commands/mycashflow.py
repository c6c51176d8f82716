"""`seloste mycashflow poll`: read customers and orders of the shops that are configured."""

from typing import Annotated

import typer

from app.commands import console, polling
from app.commands.console import Refused, Session
from app.connectors.mycashflow_api import Shop
from app.connectors.mycashflow_config import MyCashflowConfig
from app.connectors.outside import reaching
from app.mycashflow.service import poll as poll_shop

app = typer.Typer(no_args_is_help=True)


@app.callback()
def mycashflow() -> None:
    """The webshop on MyCashflow, as SELOSTE_CONNECTORS configures it."""


@app.command()
def poll(
    recipient: Annotated[str | None, typer.Option(help="Only this recipient, of several shops.")] = None,
) -> None:
    """Read what has changed since the last time, a page at a time; an interrupted reading goes on where it stopped.

    Erased people do not come back: what is older than an erasure is reported and skipped.
    """

    async def read(session: Session) -> bool:
        shops = polling.configured(session.served.settings, MyCashflowConfig, recipient)
        whole = True
        private = session.served.settings.connectors_reach_private
        async with reaching(private=private, clock=session.served.clock) as outside:
            for name, config in shops.items():
                readings = await poll_shop(session.served, session.registers, name, config, Shop.of(config, outside))
                whole = polling.tell(name, readings) and whole
        return whole

    if not console.with_ledger(read):
        raise Refused("not everything could be read")
