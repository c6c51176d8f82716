"""What a serving process does about clocks by itself: due dates kept up each day, and the daily digest by e-mail.

Apart from the other background work, so that a relay that is slow or away holds up nothing. Each address has a lease of
its own: what was sent is not sent again, and what failed is tried again after a pause that doubles.
"""

import asyncio
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from enum import Enum, auto

import structlog
from prometheus_client import Counter
from sqlalchemy import Connection

from app import mail
from app.deps import Services
from app.mail import MailFailed
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.definition import Definition
from app.register.errors import RegisterMissing
from app.register.operation import Operation
from app.register.versions import Registers
from app.subject_requests import digest, leases
from app.subject_requests.digest import Digest
from app.subject_requests.leases import own_name
from app.subject_requests.questions import keep_up

log = structlog.get_logger("seloste.digest")

SENT = Counter("seloste_digests_sent_total", "Daily digests that the relay has taken")
FAILED = Counter("seloste_digest_failures_total", "Daily digests that failed and will be tried again")

ALL = "digest"
"""The lease of the whole day's digests; each address has one below it."""
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=2)


class Outcome(Enum):
    """What became of one address; `NOT_OURS` while another process is at it, or a pause after a failure runs."""

    SENT = auto()
    SENT_BEFORE = auto()
    FAILED = auto()
    NOT_OURS = auto()


class Digests:
    """Sends the digests of one process, and remembers how often an address has failed."""

    def __init__(self, served: Services, registers: Registers, stop: asyncio.Event | None = None) -> None:
        self._served = served
        self._registers = registers
        self._stop = stop or asyncio.Event()
        self._failures: dict[str, int] = {}

    async def send_due(self, *, at_once: bool = False) -> tuple[int, int]:
        """Send what is due today and not yet sent, or with `at_once` everything; how many were sent and failed."""
        served, now = self._served, self._served.clock()
        definition = (await self._registers.current()).definition
        if served.settings.smtp_url is None or not (at_once or await self._is_due(definition, now)):
            return 0, 0
        days, empty = served.settings.digest_days, served.settings.digest_when_empty
        found = await served.db.write(digest.gather, definition, days, now)
        outcomes = [
            await self._send(each, definition, now, at_once=at_once) for each in found if empty or not each.is_empty
        ]
        if set(outcomes) <= {Outcome.SENT, Outcome.SENT_BEFORE}:
            await served.db.write(leases.end, ALL, own_name(), now, self._next(definition, now))
        return outcomes.count(Outcome.SENT), outcomes.count(Outcome.FAILED)

    async def _is_due(self, definition: Definition, now: datetime) -> bool:
        if now.astimezone(definition.zone).hour < self._served.settings.digest_hour:
            return False
        return await self._served.db.read(leases.is_free, ALL, now)

    async def _send(self, each: Digest, definition: Definition, now: datetime, *, at_once: bool) -> Outcome:
        served = self._served
        lease = f"{ALL}:{served.keys.hash('digest', each.address)[:32]}"
        pause = min(FIRST_PAUSE * 2 ** self._failures.get(lease, 0), LONGEST_PAUSE)
        if not await served.db.read(leases.is_free, lease, now) and not at_once:
            return Outcome.SENT_BEFORE
        if not await served.db.write(leases.begin, lease, own_name(), now, pause) and not at_once:
            return Outcome.NOT_OURS
        try:
            await self._hand_over(_message(served, each, definition, now, lease))
        except MailFailed as failed:
            self._failures[lease] = min(self._failures.get(lease, 0) + 1, 10)
            FAILED.inc()
            log.warning("digest failed", error=str(failed), again_in_seconds=pause.total_seconds())
            return Outcome.FAILED
        self._failures.pop(lease, None)
        SENT.inc()
        op = await builtin_operation(BACKGROUND, served, self._registers)
        await op.write(_sent, lease, each, self._next(definition, now))
        return Outcome.SENT

    async def _hand_over(self, message: EmailMessage) -> None:
        """Give it to the relay, unless the service is stopped meanwhile, which need not wait for a slow one."""
        sending = asyncio.ensure_future(mail.send(mail.relay_of(_url(self._served)), message))
        stopped = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({sending, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if sending.done():
            return await sending
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        raise MailFailed("Stopped")

    def _next(self, definition: Definition, now: datetime) -> datetime:
        """When the digests of the next day are due."""
        tomorrow = now.astimezone(definition.zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(self._served.settings.digest_hour), tzinfo=definition.zone)


def _sent(connection: Connection, op: Operation, lease: str, each: Digest, until: datetime) -> None:
    told = {"overdue": len(each.overdue), "soon": len(each.soon), "executions": len(each.executions)}
    told |= {"recipients": len(each.recipients), "expiring": len(each.expiring)}
    op.audit(connection, "send", "digest", each.today.isoformat(), details=told)
    leases.end(connection, lease, own_name(), op.at, until)


def _url(served: Services) -> str:
    assert served.settings.smtp_url is not None  # noqa: S101 (the caller has looked)
    return served.settings.smtp_url.get_secret_value()


def _message(served: Services, each: Digest, definition: Definition, now: datetime, lease: str) -> EmailMessage:
    language, days = definition.default_language, served.settings.digest_days
    sender = Address(addr_spec=served.settings.smtp_from or definition.request_email)
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(addr_spec=each.address)
    message["Subject"] = digest.subject_of(each, language)
    message["Date"] = format_datetime(now)
    # The same for each attempt of a day, so that a program which gets it twice can tell.
    message["Message-ID"] = f"<{each.today}-{lease.replace(':', '-')}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = language
    message.set_content(digest.text_of(each, definition, days))
    return message


async def keep_clocks(served: Services, registers: Registers, stop: asyncio.Event) -> None:
    """Keep due dates up and send digests until `stop`; a failure is counted, logged and tried again."""
    digests, kept_on = Digests(served, registers, stop), None
    while served.settings.background and not stop.is_set():
        try:
            kept_on = await _keep_up(served, registers, kept_on)
            await digests.send_due()
        except RegisterMissing:
            pass
        except Exception as error:  # noqa: BLE001 (it is tried again)
            FAILED.inc()
            log.warning("clocks could not be kept", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), served.settings.background_interval_seconds)


async def _keep_up(served: Services, registers: Registers, kept_on: date | None) -> date:
    """Once in each of the controller's days; a question that stays open moves its due date with the day."""
    definition = (await registers.current()).definition
    today = served.clock().astimezone(definition.zone).date()
    if kept_on != today:
        await served.db.write(keep_up, definition, today)
    return today
