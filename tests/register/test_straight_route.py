"""A request that a route reads itself is answered as FastAPI's general way would answer it."""

import json
from typing import Any

import httpx
import pytest

from app.customers.router import router as customers
from app.register import straight
from app.register.straight import StraightRoute
from tests.worlds import TOKENS, Caller, World

pytestmark = pytest.mark.anyio

PERSON = {
    "reference": {"system": "webshop", "id": "W-1"}, "name": "Aino Esimerkki", "email": "aino@example.fi",
    "source": "customer_relationship", "interaction": {"kind": "purchase", "occurred_at": "2026-01-10T10:00:00Z"},
}  # fmt: skip
CONSENT = {
    "event_id": "EVENT", "customer": {"system": "webshop", "id": "W-1"}, "purpose": "newsletter",
    "channels": ["email"], "action": "given", "wording": {"id": "newsletter", "version": 1, "language": "fi"},
    "collected_via": "web_form", "occurred_at": "2026-01-15T10:00:00Z", "evidence": {"control": "box"},
}  # fmt: skip
_WHOLE = json.dumps(CONSENT)
BODIES = {
    "ordinary": _WHOLE,
    "spaces": f" \n{_WHOLE}\t ",
    "byte order mark": "\ufeff" + _WHOLE,
    "nothing": "",
    "null": "null",
    "list": f"[{_WHOLE}]",
    "cut off": _WHOLE[:-1],
    "trailing": _WHOLE + "x",
    "member twice": _WHOLE.replace('"action": "given"', '"action": "bogus", "action": "given"'),
    "member twice, the last wrong": _WHOLE.replace('"action": "given"', '"action": "given", "action": "bogus"'),
    "unknown member": _WHOLE.replace('"evidence"', '"more": 1, "evidence"'),
    "number with a point": _WHOLE.replace('"version": 1', '"version": 1.0'),
    "number as text": _WHOLE.replace('"version": 1', '"version": "1"'),
    "no number": _WHOLE.replace('"version": 1', '"version": NaN'),
    "beyond 64 bits": _WHOLE.replace('"version": 1', f'"version": {10**40}'),
    "truth as text": _WHOLE.replace('"control": "box"', '"preticked": "false"'),
    "instant as number": _WHOLE.replace('"2026-01-15T10:00:00Z"', "1768471200"),
    "instant in another zone": _WHOLE.replace("10:00:00Z", "12:00:00+02:00"),
    "year of five digits": _WHOLE.replace("2026-01-15", "12026-01-15"),
    "escaped letters": _WHOLE.replace("webshop", "\\u0077ebshop"),
    "half a letter": _WHOLE.replace("W-1", "\\ud800"),
    "control character": _WHOLE.replace("W-1", "W-\x01"),
    "nul": _WHOLE.replace("W-1", "W-\\u0000"),
    "deep": _WHOLE.replace('"box"', "[" * 300 + "]" * 300),
}
HEADERS: dict[str, dict[str, str]] = {
    "ordinary": {},
    "lower-case scheme": {"Authorization": f"bearer {TOKENS['webshop']}"},
    "another scheme": {"Authorization": f"Basic {TOKENS['webshop']}"},
    "two spaces": {"Authorization": f"Bearer  {TOKENS['webshop']}"},
    "no token": {"Authorization": "Bearer"},
    "unknown token": {"Authorization": "Bearer nobody"},
    "another role": {"Authorization": f"Bearer {TOKENS['accountant']}"},
    "named purpose": {"Purpose": "customer_relationship"},
    "unknown purpose": {"Purpose": "nothing_declared"},
    "long purpose": {"Purpose": "x" * 61},
}


class Both:
    """Sends a request twice: as it is, and so that the route leaves it to FastAPI."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        self._api = api

    async def __call__(self, body: bytes, headers: dict[str, str]) -> tuple[httpx.Response, httpx.Response]:
        first = await self._send(body, headers, "application/json", b"event-1")
        return first, await self._send(body, headers, "application/json; charset=utf-8", b"event-2")

    async def _send(self, body: bytes, headers: dict[str, str], kind: str, event: bytes) -> httpx.Response:
        sent = {"Authorization": f"Bearer {TOKENS['webshop']}", "Content-Type": kind, **headers}
        return await self._api.post("/v1/consents", content=body.replace(b"EVENT", event), headers=sent)


@pytest.fixture
async def both(api: httpx.AsyncClient, call: Caller) -> Both:
    """A register with one customer."""
    await call("webshop", "POST", "/v1/customers/batch", {"items": [PERSON]}, expect=200)
    return Both(api)


def _said(answer: httpx.Response) -> tuple[int, Any, set[str]]:
    changing = {"id", "event_id"}
    body = {name: value for name, value in answer.json().items() if name not in changing}
    return answer.status_code, body, set(answer.headers)


async def test_bodies_are_judged_alike(world: World, both: Both) -> None:
    """Status, problem and headers are the same whichever way a body is read."""
    for name, text in BODIES.items():
        straight_one, general = await both(text.encode(), {})
        assert _said(straight_one) == _said(general), name
        assert (straight_one.status_code == 201) == (general.status_code == 201), name
    assert _said((await both(b"\xff" + _WHOLE.encode(), {}))[0])[0] in {400, 422}


async def test_headers_are_judged_alike(world: World, both: Both) -> None:
    """The same for tokens, scopes and purposes."""
    for n, (name, headers) in enumerate(HEADERS.items()):
        body = _WHOLE.replace("EVENT", f"EVENT-{n}").encode()
        straight_one, general = await both(body, headers)
        assert _said(straight_one) == _said(general), name


async def test_an_ordinary_request_does_not_go_the_general_way(
    world: World, both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the two ways of one request the first has its own reading, the second FastAPI's."""
    read: list[bool] = []
    signed_in = straight._signed_in

    def seen(request: Any) -> Any:
        read.append(True)
        return signed_in(request)

    monkeypatch.setattr(straight, "_signed_in", seen)
    answers = await both(_WHOLE.encode(), {})
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len(read) == 1


def test_the_hot_routes_are_straight_ones() -> None:
    """A parameter that this way of reading does not know would quietly lead each request the general way."""
    takes = {route.path: straight._takes(route) for route in customers.routes if isinstance(route, StraightRoute)}
    assert takes["/v1/customers/{customer_id:uuid}"] is not None
    assert takes["/v1/customers/duplicates"] is None
