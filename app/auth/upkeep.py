"""What a serving process does about tokens outside of requests: notes their use, counts those about to run out."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from prometheus_client import Gauge

from app.auth import repository
from app.auth.actor import Clients
from app.db import Unavailable
from app.deps import Services

log = structlog.get_logger("seloste.tokens")

EXPIRING = Gauge("seloste_tokens_expiring", "Tokens that run out within 14 days")
SOON = timedelta(days=14)
EVERY_SECONDS = 60.0
TOLD_EVERY = timedelta(hours=24)


async def keep_tokens(clients: Clients, served: Services, stop: asyncio.Event) -> None:
    """Work every minute until `stop`, and once more then; what fails is done the next time."""
    told_at: datetime | None = None
    while True:
        with suppress(Unavailable):
            await clients.note_uses()
            told_at = await tell_expiring(served, told_at)
        if stop.is_set():
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_SECONDS)


async def tell_expiring(served: Services, told_at: datetime | None) -> datetime | None:
    """Set the metric; once a day a line names the clients by id. When that was."""
    now = served.clock()
    soon = await served.db.read(repository.expiring, now, now + SOON)
    EXPIRING.set(len(soon))
    if not soon or (told_at is not None and now - told_at < TOLD_EVERY):
        return told_at
    log.warning("tokens run out within 14 days", clients=[str(client_id) for client_id in soon])
    return now
