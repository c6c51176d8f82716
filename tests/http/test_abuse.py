"""Requests that no honest client sends: each is a problem, nothing has changed, and nothing sent comes back."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import structlog
from structlog.testing import LogCapture

from tests.worlds import TOKENS, World

pytestmark = pytest.mark.anyio

SECRET = "Zzyzx"
"""Stands in everything that these tests send; may stand in no refusal and in no line of the log."""
UPSERT = "/v1/customers/by-reference/webshop/a-1"
LIMIT = 8 * 1024 * 1024


def person(**changed: Any) -> dict[str, Any]:
    return {
        "kind": "customer",
        "name": f"Aino {SECRET}",
        "source": "customer_relationship",
        "interaction": {"kind": "purchase", "occurred_at": "2026-03-02T10:15:00Z"},
        **changed,
    }


def occurred(at: Any) -> dict[str, Any]:
    return person(interaction={"kind": "purchase", "occurred_at": at})


@pytest.fixture
def template(request: pytest.FixtureRequest) -> Any:
    """None of this reaches a database, save where a test says so."""
    return request.getfixturevalue("sqlite_template")


class Sender:
    """Sends raw bodies as the webshop and sees to it that the secret stays out of answers and logs."""

    def __init__(self, api: httpx.AsyncClient, lines: LogCapture) -> None:
        self.api = api
        self.lines = lines

    async def __call__(
        self, method: str, path: str, content: Any = None, media_type: str = "application/json", **headers: str
    ) -> httpx.Response:
        sent = {"Authorization": f"Bearer {TOKENS['webshop']}", "Content-Type": media_type}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
        answer = await self.api.request(method, path, content=content, headers=raw)
        assert answer.is_success or SECRET.lower() not in (answer.text + str(answer.headers)).lower()
        assert SECRET.lower() not in repr(self.lines.entries).lower()
        assert "x-request-id" in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code
        return answer


@pytest.fixture
async def send(api: httpx.AsyncClient, world: World) -> AsyncIterator[Sender]:
    """The sender; afterwards nobody may have come into the register unless the test counted them."""
    lines = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, lines], cache_logger_on_first_use=False)
    yield Sender(api, lines)
    structlog.configure(**before)


async def people(world: World) -> int:
    return int((await world.rows("SELECT count(*) FROM customers"))[0][0])


BAD_BODIES = {
    "half a document": b'{"name": "Zzyzx',
    "nothing": b"",
    "no object": b'"Zzyzx"',
    "a list": b"[1, 2]",
    "null": b"null",
    "invalid UTF-8": b'{"name": "Zzyzx \xff\xfe"}',
    "a lone surrogate": b'{"name": "Zzyzx \\ud800"}',
    "UTF-16": '{"name": "Zzyzx"}'.encode("utf-16"),
    "a hundred thousand brackets": b"[" * 100_000,
    "a deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "NaN": json.dumps(person(name=float("nan"))).encode(),
    "Infinity": json.dumps(person(attributes={"a": float("inf")})).encode(),
    "an integer of 5000 digits": b'{"name": ' + b"9" * 5000 + b"}",
    "a huge exponent": b'{"name": 1e999999999}',
    "NUL in a name": json.dumps(person(name=f"{SECRET}\x00")).encode(),
    "a control character": json.dumps(person(name=f"{SECRET}\x1b[31m")).encode(),
    "a bidirectional override": json.dumps(person(name=f"{SECRET}\u202e")).encode(),
    "a name of spaces": json.dumps(person(name="   ")).encode(),
    "a name of 201 letters": json.dumps(person(name=SECRET + "x" * 196)).encode(),
    "a number for a name": json.dumps(person(name=12)).encode(),
    "true for a name": json.dumps(person(name=True)).encode(),
    "an unknown member": json.dumps(person(**{f"Mr. {SECRET}": 1})).encode(),
    "an unknown attribute": json.dumps(person(attributes={f"x@{SECRET}.example": 1})).encode(),
    "a bad e-mail address": json.dumps(person(email=f"{SECRET}@@example.fi")).encode(),
    "an e-mail address with a space": json.dumps(person(email=f"a {SECRET}@example.fi")).encode(),
    "a telephone number of letters": json.dumps(person(phone=SECRET)).encode(),
    "an instant without a zone": json.dumps(occurred("2026-03-02T10:15:00")).encode(),
    "a day for an instant": json.dumps(occurred("2026-03-02")).encode(),
    "seconds since 1970": json.dumps(occurred(1_700_000_000)).encode(),
    "seconds in a text": json.dumps(occurred("1700000000")).encode(),
    "the year 1": json.dumps(occurred("0001-01-01T00:00:00Z")).encode(),
    "the year 9999": json.dumps(occurred("9999-12-31T23:59:59-23:59")).encode(),
    "29 February of a common year": json.dumps(occurred("2026-02-29T10:00:00Z")).encode(),
    "an instant of text": json.dumps(occurred(f"{SECRET}")).encode(),
}


async def test_a_bad_body_is_a_problem_that_repeats_nothing(send: Sender, world: World) -> None:
    """400 or 422, without a word of what was sent, in answer or log; and nobody is registered."""
    for name, body in BAD_BODIES.items():
        answer = await send("PUT", UPSERT, body)
        assert answer.status_code in {400, 422}, name
        assert await people(world) == 0, name


async def test_a_body_that_is_not_json_is_415(send: Sender, world: World) -> None:
    """The media type decides, not what the bytes look like."""
    for media_type in ("text/plain", "application/xml", "application/x-www-form-urlencoded", ""):
        answer = await send("PUT", UPSERT, json.dumps(person()).encode(), media_type)
        assert answer.status_code == 415, media_type
        assert await people(world) == 0, media_type


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "application/merge-patch+json"])
async def test_json_by_another_name_is_taken(send: Sender, media_type: str) -> None:
    """Parameters and +json types are JSON."""
    assert (await send("PUT", UPSERT, json.dumps(person()).encode(), media_type)).status_code == 201


async def test_of_a_repeated_member_the_last_counts(send: Sender, world: World) -> None:
    """As in every common parser (RFC 8259 §4): what is judged is what is stored, and the first value is nowhere."""
    body = json.dumps(person()).replace('"name":', f'"name": "First {SECRET}", "name":', 1)
    assert (await send("PUT", UPSERT, body.encode())).status_code == 201
    assert (await world.rows("SELECT name FROM customers"))[0][0] == f"Aino {SECRET}"


async def test_a_body_over_the_limit_is_413_by_its_length(send: Sender, world: World) -> None:
    """What announces itself as too large is refused unread."""
    for length in (str(LIMIT + 1), "9" * 400):
        assert (await send("PUT", UPSERT, b"{}", Content_Length=length)).status_code == 413
    assert await people(world) == 0


async def test_a_body_over_the_limit_is_413_by_its_chunks(send: Sender) -> None:
    """Without a length, bytes are counted as they come."""
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b" " * (1024 * 1024)

    assert (await send("PUT", UPSERT, chunks())).status_code == 413
    assert sent <= 64


async def test_a_body_of_exactly_the_limit_is_read(send: Sender) -> None:
    """The limit itself is allowed."""
    body = json.dumps(person()).encode()
    assert (await send("PUT", UPSERT, body + b" " * (LIMIT - len(body)))).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Purpose": SECRET * 20},
        {"Purpose": f"no_{SECRET}"},
        {"Purpose": "ä"},
        {"If_Match": f'"{SECRET}"'},
        {"Idempotency_Key": SECRET * 100},
        {"Idempotency_Key": f"a {SECRET}"},
        {"Cookie": SECRET * 10_000},
        {"Accept": f"application/{SECRET}"},
        {"X_Request_Id": SECRET},
    ],
)
async def test_odd_headers_are_refused_or_ignored(send: Sender, headers: dict[str, str]) -> None:
    """Never a fault of ours, never repeated."""
    answer = await send("POST", "/v1/customers", json.dumps(person()).encode(), **headers)
    assert answer.status_code in {201, 400, 422}


ODD_ADDRESSES = [
    f"/v1/customers/{SECRET}",
    f"/v1/customers/{SECRET}/consents",
    f"/v1/customers/duplicates?shared={SECRET}",
    f"/v1/customers/duplicates?cursor={SECRET}",
    "/v1/customers/duplicates?cursor=%00",
    "/v1/customers/duplicates?limit=0",
    "/v1/customers/duplicates?limit=201",
    f"/v1/customers/duplicates?limit={'9' * 5000}",
    "/v1/customers/duplicates?limit=1.5",
    "/v1/register/versions/99999999999999999999",
    "/v1/register/versions/-1",
    "/v1/customers/01900000-0000-7000-8000-000000000000/consents?as_of=2026-01-01T00:00:00",
    "/v1/customers/01900000-0000-7000-8000-000000000000/consents?as_of=9999-12-31T23:59:59Z",
    f"/v1/{SECRET}",
    f"/{SECRET}/../v1",
    "/v1/customers/",
    "/v1//customers",
    "/docs-assets/../../../../etc/passwd",
    "/docs-assets/%2e%2e/%2e%2e/main.py",
]


async def test_odd_addresses_are_problems(send: Sender) -> None:
    """A path or a query that means nothing is 400, 404 or 422."""
    for path in ODD_ADDRESSES:
        assert (await send("GET", path)).status_code in {400, 404, 422}, path


async def test_unknown_methods_are_told_what_is_allowed(send: Sender) -> None:
    """405 names every method of the path; OPTIONS asks for the same; HEAD is GET without the body."""
    path = "/v1/customers/01900000-0000-7000-8000-000000000000"
    refused = [await send(method, path) for method in ("PUT", "DELETE", "POST", "TRACE", SECRET.upper())]
    asked = await send("OPTIONS", path)
    head = await send("HEAD", "/v1/register")
    got = await send("GET", "/v1/register")

    assert {answer.status_code for answer in refused} == {405}
    assert {answer.headers["allow"] for answer in (*refused, asked)} == {"GET, HEAD, OPTIONS, PATCH"}
    assert (asked.status_code, asked.content) == (204, b"")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]
    assert (await send("PATCH", "/v1/customers/batch")).headers["allow"] == "OPTIONS, POST"
    assert (await send("OPTIONS", "/v1/nowhere")).status_code == 404


async def test_a_fault_of_ours_tells_nothing(send: Sender, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure inside is 500 with the headers and the request's id; its message stays inside, its place is logged."""

    async def fail(*_: Any) -> None:
        raise RuntimeError(f"a row about {SECRET}")

    monkeypatch.setattr(type(world.db), "write", fail)
    answer = await send("PUT", UPSERT, json.dumps(person()).encode())

    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert answer.headers["x-content-type-options"] == "nosniff"
    logged = [line for line in send.lines.entries if line["event"] == "unexpected"]
    assert logged[0]["error"] == "RuntimeError"
    assert logged[0]["request_id"] == answer.headers["x-request-id"]
    assert any("fail" in place for place in logged[0]["where"])


async def test_a_request_leaves_one_line_with_its_template(send: Sender) -> None:
    """Method, route template, status and time; not the path, not the query."""
    await send("GET", f"/v1/customers/01900000-0000-7000-8000-000000000000/consents?as_of={SECRET}")
    lines = [line for line in send.lines.entries if line["event"] == "request"]

    assert [line["route"] for line in lines] == ["/v1/customers/{customer_id}/consents"]
    assert set(lines[0]) == {"event", "log_level", "method", "route", "status", "ms", "request_id"}
