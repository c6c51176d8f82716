"""`seloste mailchimp …`: fill the audiences, take over what changed there, work off what the webhooks brought."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from app.commands import console
from app.commands.console import Refused, Session
from app.connectors.configuration import Connectors, load_connectors
from app.connectors.connector import ConnectorsInvalid
from app.connectors.outside import Outside, reaching
from app.mailchimp.accounts import Accounts
from app.mailchimp.exporting import export as fill
from app.mailchimp.inbox import work_off
from app.mailchimp.reconciling import reconcile as look
from app.mailchimp.repository import unpark_events

app = typer.Typer(no_args_is_help=True)
Work = Callable[[Any, Any, Accounts, Outside], Awaitable[dict[str, Counter[str]]]]


@app.callback()
def mailchimp() -> None:
    """Mailchimp's audiences, as SELOSTE_CONNECTORS describes them. Of two runs at once, one has the audience."""


@app.command()
def export() -> None:
    """Put the people whom the processing check allows into the audience of their purpose; take out who may not stay.

    Each is logged as disclosed before anything leaves. Nobody who has unsubscribed is subscribed again.
    """
    _show(console.with_ledger(_run(fill)))


@app.command()
def reconcile() -> None:
    """Take over unsubscriptions, bounces and new addresses since the last look, and stop what should not be sent."""
    _show(console.with_ledger(_run(look)))


@app.command()
def inbox(
    parked: Annotated[bool, typer.Option("--parked", help="Try again what was parked after its last try.")] = False,
) -> None:
    """Work off events of webhooks that wait; a running service does this by itself."""

    async def worked(session: Session) -> int:
        if parked:
            await session.db.write(unpark_events, session.served.clock())
        return await work_off(session.served, session.registers, _accounts(session))

    console.say(f"worked off {console.with_ledger(worked)} events")


def _run(work: Work) -> Callable[[Session], Awaitable[dict[str, Counter[str]]]]:
    async def whole(session: Session) -> dict[str, Counter[str]]:
        accounts = _accounts(session)
        private = session.served.settings.connectors_reach_private
        async with reaching(private=private, clock=session.served.clock) as outside:
            return await work(session.served, session.registers, accounts, outside)

    return whole


def _accounts(session: Session) -> Accounts:
    found = Accounts.of(_connectors(session))
    if not found.by_recipient:
        raise Refused("SELOSTE_CONNECTORS describes no account of kind mailchimp (docs/mailchimp.md)")
    return found


def _connectors(session: Session) -> Connectors:
    try:
        return load_connectors(session.served.settings.connectors_file)
    except ConnectorsInvalid as error:
        raise Refused(f"SELOSTE_CONNECTORS: {error}") from None


def _show(found: dict[str, Counter[str]]) -> None:
    """Counts by audience; never a person. Ends with 1 when a run was cut short, so that a timer sees it."""
    for audience, counts in found.items():
        console.say(f"{audience}: {'nothing to do' if not counts else ''}".rstrip())
        for outcome, n in sorted(counts.items()):
            console.say(f"  {outcome.replace('_', ' '):32} {n}")
    if any(outcome.startswith("interrupted") for counts in found.values() for outcome in counts):
        raise typer.Exit(1)
