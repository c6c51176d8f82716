"""The service keeps its notice true by itself: what practice has changed is published within minutes."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog

from app.deps import Services
from app.notice.publishing import publish_due
from app.register.errors import RegisterMissing
from app.register.versions import Registers
from app.subject_requests.leases import is_free, own_name, take_lease

log = structlog.get_logger("seloste.notice")

EVERY = timedelta(minutes=5)


async def keep_notice(served: Services, registers: Registers, stop: asyncio.Event) -> None:
    """Publish what is due until `stop`, in one process at a time; a failure is logged and tried again."""
    while served.settings.background and not stop.is_set():
        try:
            await keep_once(served, registers)
        except RegisterMissing:
            pass
        except Exception as error:  # noqa: BLE001 (it is tried again)
            log.warning("the notice could not be kept", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), served.settings.background_interval_seconds)


async def keep_once(served: Services, registers: Registers) -> int | None:
    """Publish what is due, unless it was looked at a moment ago; the number of the new version."""
    now = served.clock()
    if not await served.db.read(is_free, "notice", now):
        return None
    if not await served.db.write(take_lease, "notice", own_name(), now, EVERY):
        return None
    number = await publish_due(served, registers)
    if number is not None:
        log.info("notice published", version=number)
    return number
