"""Keeps callers out while the database is older than its erasure ledger."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import Problem
from app.ledger.errors import LedgerBehind
from app.ledger.follower import Ledger

GUARDED = (
    *("/v1/", "/consents/", "/console", "/unsubscribe/", "/requests", "/cases/", "/data/"),
    *("/answers/", "/opendsr/", "/calendars/"),
)
"""Everything that reads or changes what the register holds; health, metrics and documentation stay reachable."""


class Gate:
    """Answers 503 with the reason instead of the app, for as long as the ledger is closed."""

    def __init__(self, app: ASGIApp, respond: Callable[[Problem], Response]) -> None:
        self.app = app
        self.respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            ledger: Ledger = scope["app"].state.ledger
            if ledger.closed is not None and scope["path"].startswith(GUARDED):
                await self.respond(LedgerBehind(ledger.closed))(scope, receive, send)
                return
        await self.app(scope, receive, send)
