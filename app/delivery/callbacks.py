"""Callbacks of OpenDSR processors: a signed reason to look again now. What the look finds decides, as it always does.

So a callback that comes twice, late, or of a request that is closed does nothing, and one that never comes neither.
"""

import asyncio
from collections.abc import Mapping

from sqlalchemy import Connection

from app.connectors.configuration import load_connectors
from app.connectors.opendsr import OpenDsr, OpenDsrConfig
from app.connectors.opendsr_callbacks import callback_in
from app.connectors.opendsr_messages import Status
from app.connectors.outside import Outside, new_client
from app.customers import repository as customers
from app.delivery.links import callback_url
from app.deps import Services
from app.notifications import repository as notifications
from app.register.operation import Operation


class Processors:
    """The OpenDSR processors of the file of connectors, connected when the first callback comes."""

    def __init__(self, served: Services) -> None:
        self._served = served
        self._outside: Outside | None = None
        self._known: dict[str, OpenDsr] = {}
        self._first = asyncio.Lock()

    async def sender_of(self, headers: Mapping[str, str], body: bytes) -> tuple[str, Status]:
        """The recipient that sent a callback, and what it tells.

        Raises `SignatureRefused`, `Unreachable` without its certificate, `ConnectorsInvalid` for a file of no use.
        """
        async with self._first:
            if self._outside is None:
                self._connect()
        return await callback_in(self._known, headers, body, callback_url(self._served.settings.base_url))

    async def close(self) -> None:
        """Let go of every connection."""
        if self._outside is not None:
            await self._outside.client.aclose()

    def _connect(self) -> None:
        settings = self._served.settings
        configured = load_connectors(settings.connectors_file).connectors
        private = settings.connectors_reach_private
        client = new_client(may_reach_private=private)
        outside = Outside(client, may_reach_private=private, clock=self._served.clock)
        found = {name: one for name, one in configured.items() if isinstance(one, OpenDsrConfig)}
        self._known = {name: one.connect(name, outside) for name, one in found.items()}
        self._outside = outside


def look_now(connection: Connection, op: Operation, recipient: str, status: Status) -> None:
    """Let a worker look at the request at once, unless it is closed or one looks already."""
    row = notifications.sent_as(connection, recipient, status.subject_request_id)
    if row is not None:
        notifications.change(connection, row.id, {"next_at": op.at})
    keys = [] if row is None or row.customer_id is None else customers.audit_keys(connection, [row.customer_id])
    about = None if row is None else row.id
    outcome = "skipped" if row is None else "done"
    op.audit(connection, "call_back", "notification", about, next(iter(keys), None), outcome=outcome)
