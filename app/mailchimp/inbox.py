"""Events of webhooks: kept and answered at once, worked off afterwards, each in a transaction of its own.

What waits is encrypted under the installation's key, and destroyed when it is done; its mark stays for some days, so
that a repeated delivery changes nothing.
"""

import asyncio
import json
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from prometheus_client import Counter
from sqlalchemy import Connection

from app.db import new_id
from app.deps import Services
from app.keys import Keys
from app.mailchimp import effects, repository
from app.mailchimp.accounts import Accounts
from app.mailchimp.errors import AudienceUnknown, InboxFull
from app.mailchimp.hooks import TAKEN, Event
from app.policy.notifications import TRIES
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.operation import Operation
from app.register.versions import Registers

log = structlog.get_logger("seloste.mailchimp")

TAKEN_EVENTS = Counter("seloste_mailchimp_events_total", "Events of webhooks, by what came of them", ("outcome",))
MOST_WAITING = 10_000
AT_ONCE = 200
MARKS_KEPT = timedelta(days=7)
PARKED_KEPT = timedelta(days=30)
_SEALED = ("email", "new_email", "reason", "campaign")


class Ledger(Protocol):
    """The erasure ledger, of which only this much matters here."""

    @property
    def closed(self) -> str | None:
        """Why nothing may be done now; None when it may."""
        ...


class Gone(Exception):
    """Another process has worked the event off."""


def store(connection: Connection, keys: Keys, recipient: str, event: Event, now: datetime) -> bool:
    """Keep an event that changes something; False for one that does not, or is known. Raises `InboxFull`."""
    if event.kind not in TAKEN:
        TAKEN_EVENTS.labels("ignored").inc()
        return False
    if repository.count_waiting(connection, MOST_WAITING) >= MOST_WAITING:
        raise InboxFull
    same = (recipient, event.kind, event.subject, event.fired_at.isoformat(), event.audience)
    mark = keys.hash("mailchimp-event", *same)
    row = {
        "id": new_id(),
        "mark": mark,
        "recipient": recipient,
        "audience": event.audience,
        "kind": event.kind,
        "fired_at": event.fired_at,
        "received_at": now,
        "sealed": _seal(keys, mark, {name: getattr(event, name) for name in _SEALED}),
        "state": "queued",
        "attempts": 0,
        "next_at": now,
    }
    return repository.add_event(connection, row)


def _cipher(keys: Keys) -> AESGCM:
    return AESGCM(keys.mac("mailchimp-sealed"))


def _seal(keys: Keys, mark: str, content: dict[str, str]) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + _cipher(keys).encrypt(nonce, json.dumps(content).encode(), mark.encode())


def _open(keys: Keys, mark: str, sealed: bytes) -> dict[str, str]:
    opened: dict[str, str] = json.loads(_cipher(keys).decrypt(sealed[:12], sealed[12:], mark.encode()))
    return opened


async def work_off(served: Services, registers: Registers, accounts: Accounts) -> int:
    """Work off what waits; how many events were. One that fails is tried again next time, and in the end parked."""
    done = 0
    for event_id in await served.db.read(repository.waiting, served.clock(), AT_ONCE):
        op = await builtin_operation(BACKGROUND, served, registers)
        try:
            outcome = await op.write(settle, accounts, event_id)
        except Gone:
            continue
        except Exception as error:  # noqa: BLE001 (one that fails must not hold up the others)
            kind = type(error).__name__
            log.warning("not worked off", id=str(event_id), error=kind)
            TAKEN_EVENTS.labels("failed").inc()
            chance = secrets.randbelow(1000) / 1000
            await served.db.write(repository.fail_event, event_id, kind[:60], served.clock(), TRIES, chance)
            continue
        TAKEN_EVENTS.labels(outcome).inc()
        done += 1
    return done


async def keep_inbox(
    served: Services, registers: Registers, accounts: Accounts, ledger: Ledger, stop: asyncio.Event
) -> None:
    """Work off until `stop` what could not be done at once; nothing while the database is older than its ledger."""
    while accounts.by_recipient and served.settings.background and not stop.is_set():
        try:
            if ledger.closed is None:
                await work_off(served, registers, accounts)
                await forget(served)
        except Exception as error:  # noqa: BLE001 (it is tried again)
            log.warning("the inbox could not be worked off", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), served.settings.background_interval_seconds)


async def forget(served: Services) -> int:
    """Forget the marks of events that nobody will repeat."""
    now = served.clock()
    return await served.db.write(repository.forget_events, now - MARKS_KEPT, now - PARKED_KEPT)


def settle(connection: Connection, op: Operation, accounts: Accounts, event_id: UUID) -> str:
    """Do what one event means; raises `Gone` when it waits no more."""
    row = repository.lock_event(connection, event_id)
    if row is None:
        raise Gone
    content = _open(op.keys, row.mark, row.sealed)
    who = effects.meant(connection, op, content["email"])
    outcome = "address_invalid" if who is None else _take(connection, op, accounts, row, content, who)
    repository.settle_event(connection, row.id, "done", outcome, op.at)
    details = {"kind": row.kind, "outcome": outcome}
    touched = [] if who is None else dict.fromkeys(who.touched)
    op.audit(connection, "take_event", "audience", row.id, details=details, subjects=touched)
    return outcome


def _take(
    connection: Connection, op: Operation, accounts: Accounts, row: Any, content: dict[str, str], who: effects.Meant
) -> str:
    source = effects.Source(
        row.recipient, row.audience, row.mark, min(row.fired_at, op.at), campaign=content["campaign"]
    )
    abuse = content["reason"] == "abuse"
    if row.kind == "upemail":
        return effects.propose_address(connection, op, who, content["new_email"])
    if row.kind == "cleaned":
        outcome = effects.undeliverable(connection, op, who, source, content["reason"])
        return effects.ban(connection, op, who, source, row.id) if abuse else outcome
    try:
        purposes = accounts.purposes(row.recipient, row.audience)
    except AudienceUnknown:
        if not abuse:
            raise
        purposes = ()  # a complaint bans all marketing, whatever the audience is for
    outcome = effects.withdraw(connection, op, who, purposes, source)
    return effects.ban(connection, op, who, source, row.id) if abuse else outcome
