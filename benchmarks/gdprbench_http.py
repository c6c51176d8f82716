"""The same operations as calls of the API, each mapped to what a caller of Seloste would really do.

| operation | call |
|---|---|
| create | `PUT /v1/customers/by-reference/…` and `POST /v1/consents` |
| read-key, read-by-user | `GET /v1/customers/{id}` (a user has one record here) |
| read-meta-by-key, -by-user | `GET /v1/customers/{id}/consents` |
| update-key | `PUT /v1/customers/by-reference/…` with other contact data |
| update-meta-key, -by-user | `POST /v1/consents` |
| read-by-purpose | `POST /v1/processing-checks` about everybody of the purpose, up to 1000 in a call |
| update-meta-by-purpose | `POST /v1/consents/batch` about everybody of the purpose, up to 1000 in a call |
| delete-key | `POST /v1/subject-requests` and `…/decision`; the service then carries the erasure out by itself |
| get-system-logs | `GET /v1/audit-events?limit=100` |
| verify-deletion | `GET /v1/customers/{id}`: 410 once erased |
"""

import asyncio
import json
from collections.abc import Sequence
from itertools import count
from typing import Any

from benchmarks.gdprbench_ops import PURPOSES, Op
from benchmarks.scale_registers import TOKENS

WORDING = "newsletter_seed"
AT_ONCE = 1000


class Answered(Exception):
    """An answer that the operation cannot take for its success."""


class Connection:
    """One keep-alive connection that speaks just enough HTTP/1.1."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def close(self) -> None:
        """No more calls."""
        self._writer.close()
        await self._writer.wait_closed()

    async def call(self, role: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and content of the answer."""
        raw = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKENS[role]}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
        )
        self._writer.write(head.encode() + raw)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(answer.split("content-length:")[1].split("\r\n")[0])
        content = await self._reader.readexactly(length)
        return int(answer[9:12]), json.loads(content)


class Http:
    """Connections to the served API, and what is known of its records."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._free: asyncio.Queue[Connection] = asyncio.Queue()
        for connection in connections:
            self._free.put_nowait(connection)
        self._ids: dict[int, str] = {}
        self._events = count()
        self.calls = 0
        self.gone_meanwhile = 0

    @classmethod
    async def to(cls, port: int, connections: int) -> "Http":
        """As many connections as operations may be under way."""
        return cls([Connection(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(connections)])

    async def close(self) -> None:
        """No more operations; none is under way."""
        while not self._free.empty():
            await self._free.get_nowait().close()

    async def load(self, records: int) -> None:
        """Make the records: one customer each, and their consents."""
        for start in range(0, records, 500):
            keys = range(start, min(start + 500, records))
            items = [{"reference": {"system": "webshop", "id": f"K-{n}"}, **_fields(n, 0)} for n in keys]
            answer = await self._call("webshop", "POST", "/v1/customers/batch", {"items": items})
            self._ids |= {start + result["index"]: result["id"] for result in answer["results"]}
            await self._call("webshop", "POST", "/v1/consents/batch", {"items": [self._event(n) for n in keys]})
        self.calls = 0

    async def do(self, op: Op) -> int:
        """Do one; the rows it touched."""
        match op.kind:
            case "create":
                await self._put(op.key, 0)
                await self._call("webshop", "POST", "/v1/consents", self._event(op.key))
            case "update-key":
                await self._put(op.key, 1)
            case "update-meta-key" | "update-meta-by-user":
                await self._call("webshop", "POST", "/v1/consents", self._event(op.key))
            case "read-key" | "read-by-user" | "verify-deletion":
                await self._call("webshop", "GET", f"/v1/customers/{self._ids[op.key]}")
            case "read-meta-by-key" | "read-meta-by-user":
                await self._call("webshop", "GET", f"/v1/customers/{self._ids[op.key]}/consents")
            case "get-system-logs":
                return len((await self._call("dpo", "GET", "/v1/audit-events?limit=100"))["items"])
            case "delete-key":
                await self._erase(op.key)
            case _:
                return await self._by_purpose(op)
        return 1

    async def _by_purpose(self, op: Op) -> int:
        keys = [key for key in list(self._ids) if key % PURPOSES == op.purpose]
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            if op.kind == "read-by-purpose":
                subjects = [{"system": "webshop", "id": f"K-{key}"} for key in some]
                asked = {"purpose": "newsletter", "channel": "email", "subjects": subjects}
                await self._call("webshop", "POST", "/v1/processing-checks", asked)
            else:
                await self._call("webshop", "POST", "/v1/consents/batch", {"items": [self._event(k) for k in some]})
        return len(keys)

    async def _put(self, key: int, version: int) -> None:
        path = f"/v1/customers/by-reference/webshop/K-{key}"
        answer = await self._call("webshop", "PUT", path, _fields(key, version))
        if answer is not None:
            self._ids[key] = answer["id"]

    async def _erase(self, key: int) -> None:
        person = {"id": self._ids.pop(key)}
        asked = {"right": "erasure", "customer": person, "channel": "form", "received_at": "2026-01-15T10:00:00Z"}
        request = await self._call("dpo", "POST", "/v1/subject-requests", asked)
        identity = {"level": "high", "how": "In person."}
        decision = {"outcome": "as_assessed", "reasoning": "As assessed.", "identity": identity}
        await self._call("dpo", "POST", f"/v1/subject-requests/{request['case_number']}/decision", decision)

    def _event(self, key: int) -> dict[str, Any]:
        return {
            "event_id": f"g-{key}-{next(self._events)}",
            "customer": {"system": "webshop", "id": f"K-{key}"},
            "purpose": "newsletter",
            "channels": ["email"],
            "action": "given",
            "wording": {"id": WORDING, "version": 1},
            "collected_via": "web_form",
            "occurred_at": "2026-01-15T10:00:00Z",
        }

    async def _call(self, role: str, method: str, path: str, body: Any = None) -> Any:
        """The content; None for somebody whose erasure overtook the call."""
        connection = await self._free.get()
        try:
            status, content = await connection.call(role, method, path, body)
        finally:
            self._free.put_nowait(connection)
        self.calls += 1
        if status in {404, 410}:
            self.gone_meanwhile += 1
            return None
        if status not in {200, 201}:
            raise Answered(f"{method} {path}: {status} {content}")
        return content


def _fields(key: int, version: int) -> dict[str, Any]:
    """A hundred bytes about somebody."""
    return {
        "name": f"Aino Esimerkki {key}",
        "email": f"asiakas{key}@example.fi",
        "phone": f"04{version}{key:07}",
        "address": {"street": f"Esimerkkikatu {key}", "postal_code": "33200", "city": "Tampere"},
        "source": "customer_relationship",
        "interaction": {"kind": "purchase", "occurred_at": "2026-01-10T10:00:00Z"},
    }
