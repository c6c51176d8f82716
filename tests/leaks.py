"""Whatever a test sends about a person must come back in no refusal, no log line, no audit row and no metric.

It sits around `Observe`, which wraps every app, so it sees each request whoever sends it: httpx, Schemathesis, a real
server in this process. `tests/conftest.py` puts it there before the first test and asks it after each one.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import structlog
from prometheus_client import generate_latest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from starlette.types import Message, Receive, Scope, Send

from app import logs
from app.db import Unavailable
from app.middleware import Observe
from tests.worlds import TOKENS, World

PERSONAL = frozenset({"name", "email", "phone", "street", "address", "details"})
"""Members of bodies whose texts are a person's."""
ABOUT_PEOPLE = re.compile(r"/v1/(customers|consents|processing-checks|subject-requests|disclosures)")
EMAIL = re.compile(r"[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,60})+")
SHORTEST = 6
"""Letters below which a text could stand anywhere by chance."""
OURS = frozenset(TOKENS)
"""Names of roles, which are nobody's: generated bodies take words out of our own code."""
LARGEST = 256 * 1024
"""Bytes of a body that are looked into; larger ones are made of repetitions."""
ROWS = (
    "SELECT entity_id, outcome, details FROM audit_events",
    "SELECT route, key_hash, body_hash, resource_ids FROM idempotency_keys",
)


class Watch:
    """What was sent and what was said since the last time it was asked."""

    def __init__(self) -> None:
        self.values: set[str] = set()
        self.ever: set[str] = set()
        self.said: set[tuple[str, str]] = set()

    def sent(self, path: str, query: str, body: bytes) -> None:
        """Remember the personal values of a request."""
        self._remember(EMAIL.findall(f"{path} {query}"))
        if ABOUT_PEOPLE.match(path) and body and len(body) <= LARGEST:
            self._remember(EMAIL.findall(body.decode("utf-8", "replace")))
            with suppress(ValueError, RecursionError):  # what is no JSON has no members, but e-mail addresses
                self._remember(personal(json.loads(body)))

    def _remember(self, values: Any) -> None:
        found = {value.strip().lower() for value in values}
        found |= {value.replace(" ", "")[-7:] for value in found if re.fullmatch(r"[+0-9 ]{7,20}", value)}
        self.values |= {value for value in found - OURS if len(value) >= SHORTEST}

    def heard(self, where: str, what: object) -> None:
        """Remember something that was said, wherever that was."""
        self.said.add((where, str(what).lower()))

    def leaks(self) -> list[str]:
        """Where which value came out, from everything until now; then everything is forgotten."""
        found = [
            f"{where}: {value!r} in {said[:300]}" for where, said in self.said for value in self.values if value in said
        ]
        self.ever |= self.values
        self.values, self.said = set(), set()
        return found

    def leaks_in_metrics(self) -> list[str]:
        """The values of all tests so far that stand in a metric."""
        lines = generate_latest().decode().lower().splitlines()
        named = "\n".join(
            {re.sub(r'le="[^"]*"|_bucket|{[a-z_]+}| \S+$', "", line) for line in lines}
        )  # no numbers, no templates
        return [value for value in self.ever if value in named]


def personal(body: Any, member: str = "") -> Iterator[str]:
    """Every text of a body that stands under a personal member."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from personal(value, name)
    elif isinstance(body, list):
        for value in body:
            yield from personal(value, member)
    elif isinstance(body, str) and member in PERSONAL:
        yield body


WATCH = Watch()
_observe = Observe.__call__
_log = structlog.BoundLoggerBase._proxy_to_logger


async def observe(self: Observe, scope: Scope, receive: Receive, send: Send) -> None:
    """As `Observe`, and the watch sees what comes in and which refusals go out."""
    if scope["type"] != "http":
        await _observe(self, scope, receive, send)
        return
    came, said, refused = bytearray(), bytearray(), False

    async def received() -> Message:
        message = await receive()
        if len(came) <= LARGEST:
            came.extend(message.get("body", b""))
        return message

    async def sent(message: Message) -> None:
        nonlocal refused
        if message["type"] == "http.response.start":
            refused = message["status"] >= 400
            said.extend(repr(message["headers"]).encode() if refused else b"")
        elif refused:
            said.extend(message.get("body", b""))
        await send(message)

    try:
        await _observe(self, scope, received, sent)
    finally:
        WATCH.sent(scope["path"], scope["query_string"].decode("latin-1"), bytes(came))
        if refused:
            WATCH.heard("refusal", re.sub(r"(?<=x-request-id', b')[0-9a-f-]{36}", "", said.decode("utf-8", "replace")))


def log(self: Any, method_name: str, event: str | None = None, **event_kw: Any) -> Any:
    """As structlog, and the watch sees what the service's own processor leaves of the line."""
    line = logs.without_values(None, method_name, {"event": event, **event_kw})
    WATCH.heard("log", sorted((name, value) for name, value in line.items() if name not in {"ms", "request_id"}))
    return _log(self, method_name, event, **event_kw)


class Lines(logging.Handler):
    """Takes the lines of libraries, as far as the service logs them: the first line of each."""

    def emit(self, record: logging.LogRecord) -> None:
        WATCH.heard("log", logs.first_line(record.getMessage()))


def install() -> None:
    """Begin to watch everything in this process."""
    Observe.__call__ = observe  # type: ignore[method-assign] # it watches
    structlog.BoundLoggerBase._proxy_to_logger = log  # type: ignore[method-assign] # it watches
    logging.getLogger().addHandler(Lines(logging.INFO))


async def look_into(world: World) -> None:
    """What the trail and the idempotency keys of a test's database hold."""

    def rows(connection: Connection) -> list[Any]:
        return [row for query in ROWS for row in connection.execute(text(query))]

    with suppress(Unavailable, DBAPIError):  # a test may have taken its database away
        for row in await world.db.read(rows):
            WATCH.heard("row", tuple(row))


def tokens_told() -> list[str]:
    """Bearer tokens of the tests in anything that was said."""
    return [name for name, token in TOKENS.items() if any(token.lower() in said for _, said in WATCH.said)]
