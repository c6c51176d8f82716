"""Hostile payloads on both databases: each is a problem, and not a row of any table has changed."""

import hashlib
import json
import time
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, select

from app.db.schema import metadata
from app.register.loading import DefinitionInvalid, load
from tests.abuse import hostile
from tests.abuse.hostile import ORDER, PLAIN, WORDING, raw, text
from tests.http.contract import silent
from tests.worlds import TOKENS, Caller, World

pytestmark = pytest.mark.anyio
UPSERT = "/v1/customers/by-reference/webshop/hostile"
NOBODY = "/v1/customers/01900000-0000-7000-8000-000000000000"
SEARCH = "/v1/customers/search"
TOUCHED = {"last_used_at"}
"""Columns that every request may move."""


def _digest(connection: Connection) -> dict[str, str]:
    found = {}
    for table in metadata.sorted_tables:
        columns = [column for column in table.c if column.name not in TOUCHED]
        rows = sorted(repr(row) for row in connection.execute(select(*columns)))
        found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


class Refusals:
    """Sends what must be refused, and says which was not."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        self.api = api
        self.wrong: list[str] = []
        self.sent = 0
        self.statuses = {400, 413, 415, 422}  # never 404: it would say that what was sent is well

    async def __call__(self, what: object, role: str, method: str, path: str, body: Any = None, **headers: str) -> None:
        sent = {"Authorization": f"Bearer {TOKENS[role]}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        began = time.process_time()
        answer = await self.api.request(method, path, content=body, headers=sent)
        self.sent += 1
        problem = answer.headers["content-type"] == "application/problem+json" and "code" in answer.json()
        if not problem or answer.status_code not in self.statuses:
            self.wrong.append(f"{what!r:.60}: {answer.status_code} {answer.text:.200}")
        if len(answer.content) > 10_000 or time.process_time() - began > 3:
            self.wrong.append(f"{what!r:.60}: {len(answer.content)} bytes, {time.process_time() - began:.1f} s")


@pytest.fixture
async def refused(world: World, api: httpx.AsyncClient) -> Any:
    """What sends; afterwards all was refused, quickly and in few words, and every table is as before."""
    before = await world.db.read(_digest)
    sender = Refusals(api)
    with silent():
        yield sender
    assert not sender.wrong, "\n".join(sender.wrong)
    assert sender.sent
    assert await world.db.read(_digest) == before


def order(**members: Any) -> bytes:
    return text({**ORDER, **members})


async def test_amounts_that_are_no_money(refused: Refusals) -> None:
    """Money is a text of ASCII digits with at most two decimals: no exponent, no other script, no formula."""
    line = ORDER["lines"][0]
    for amount in hostile.AMOUNTS:
        for body in (order(total=amount), order(lines=[{**line, "unit_price": amount}])):
            await refused(amount, "webshop", "PUT", f"{NOBODY}/purchases/webshop/1", body)
    numbers = [literal for literal in hostile.NUMBERS if not literal.startswith('"')]
    for literal in (*numbers, "1", "10.00"):
        await refused(literal, "webshop", "PUT", f"{NOBODY}/purchases/webshop/1", raw("total", literal, ORDER))


async def test_numbers_that_are_none_of_ours(refused: Refusals) -> None:
    """Beyond 64 bits, not a number, a fraction, a text: never coerced, never a fault."""
    for literal in hostile.NUMBERS:
        await refused(literal, "owner", "PUT", "/v1/wordings", raw("version", literal, WORDING))
        if not literal.startswith('"'):
            await refused(literal, "webshop", "PUT", UPSERT, raw("name", literal, {**PLAIN, "kind": "customer"}))
    for literal in ("9223372036854775808", "-1", "0", "1e3", "9" * 5000, "NaN", "１"):
        await refused(literal, "owner", "GET", f"/v1/register/versions/{literal}")
        await refused(literal, "webshop", "POST", f"{SEARCH}?limit={literal}", b'{"name": "Aino"}')


async def test_times_that_no_calendar_has(refused: Refusals) -> None:
    """Year 1 and 9999, leap seconds, hour 24, offsets of a day, other notations: an instant is RFC 3339 or nothing."""
    for instant in hostile.INSTANTS:
        body = text({**PLAIN, "interaction": {"kind": "purchase", "occurred_at": instant}})
        if instant != "2026-03-02T10:15:00Z\n":
            await refused(instant, "webshop", "PUT", UPSERT, body)
    for day in hostile.DAYS:
        await refused(day, "webshop", "PUT", f"{NOBODY}/purchases/webshop/1", order(purchased_on=day))


async def test_texts_that_hide_something(refused: Refusals) -> None:
    """Direction marks, zero width, fillers, tags, piles of marks: not in a name, nor in any other text."""
    for unseen in hostile.UNSEEN:
        await refused(unseen, "webshop", "PUT", UPSERT, text({**PLAIN, "name": f"Ai{unseen}no"}))
    for unseen in ("\u202e", "\u200b", "\U000e0041", "\x00"):
        await refused(unseen, "webshop", "POST", SEARCH, text({"name": f"Ai{unseen}no"}))
        await refused(unseen, "owner", "PUT", "/v1/wordings", text({**WORDING, "text": f"I{unseen} agree."}))


async def test_addresses_that_are_none(refused: Refusals) -> None:
    """One plain address, in every place where one is taken: no display name, no comment, no local host."""
    for email in hostile.EMAILS:
        if email != "a@example.fi\n":
            await refused(email, "webshop", "PUT", UPSERT, text({**PLAIN, "email": email}))
        check = {"purpose": "newsletter", "channel": "email", "subjects": [{"email": email}]}
        if email != "a@example.fi\n":
            await refused(email, "webshop", "POST", "/v1/processing-checks", text(check))


async def test_nesting_without_end(refused: Refusals) -> None:
    """A hundred thousand levels, or a hundred thousand members: refused, not recursed into."""
    for name, body in hostile.DEEP.items():
        await refused(name, "webshop", "PUT", UPSERT, body)
    deep = hostile.DEEP["brackets, closed"]
    await refused("details", "admin", "POST", "/v1/subject-requests", b'{"details": ' + deep + b"}")
    await refused("document", "owner", "PUT", "/v1/register", b'{"document": ' + deep + b"}", If_Match="*")
    await refused("reference", "webshop", "POST", SEARCH, b'{"reference": ' + deep + b"}")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "identity, gzip"])
async def test_compressed_bodies_are_not_unpacked(refused: Refusals, encoding: str) -> None:
    """A small body may unpack to any size; what is compressed is 415, whatever it holds."""
    await refused(encoding, "webshop", "PUT", UPSERT, text(PLAIN), Content_Encoding=encoding)


async def test_forms_are_no_json(refused: Refusals) -> None:
    """Multipart and URL-encoded bodies are refused by their type."""
    part = b'--x\r\nContent-Disposition: form-data; name="name"; filename="a"\r\n\r\nAino\r\n--x--\r\n'
    await refused("multipart", "webshop", "PUT", UPSERT, part, Content_Type="multipart/form-data; boundary=x")
    await refused("form", "webshop", "PUT", UPSERT, b"name=Aino", Content_Type="application/x-www-form-urlencoded")


async def test_definitions_that_explode(refused: Refusals) -> None:
    """Aliases, tags, and values by the hundred thousand: the first of them is told, and time and memory stay small."""
    for name, document in hostile.BOMBS.items():
        await refused(name, "owner", "PUT", "/v1/register", text({"document": document}), If_Match="*")


@pytest.mark.parametrize("document", hostile.BOMBS.values(), ids=hostile.BOMBS)
def test_the_command_line_reads_definitions_no_other_way(document: str) -> None:
    """`seloste register check` uses the same reader: every problem has a place, and nothing is executed."""
    with pytest.raises(DefinitionInvalid) as caught:
        load(document)
    assert all(problem.line >= 1 for problem in caught.value.problems)
    assert len(caught.value.problems) <= 100


async def test_odd_names_are_names(call: Caller, world: World) -> None:
    """What people are called is stored composed (NFC) and comes back as it is; it is data, never code."""
    for number, (sent, stored) in enumerate(hostile.NAMES.items()):
        made = await call("webshop", "PUT", f"{UPSERT}-{number}", {**PLAIN, "name": sent}, expect=201)
        assert made["name"] == stored
    found = await call("admin", "POST", SEARCH, {"name": "\u0639\u0644\u06cc\u0631\u0636\u0627"}, expect=200)
    assert len(found["items"]) == 1
    assert (await world.rows("SELECT count(*) FROM customers"))[0][0] == len(hostile.NAMES)


@pytest.mark.parametrize(
    ("pair", "same"), [(p, True) for p in hostile.SAME_EMAIL] + [(p, False) for p in hostile.OTHER_EMAIL]
)
async def test_one_address_however_it_is_written(call: Caller, pair: tuple[str, str], same: bool) -> None:
    """Case, width, composition and punycode make no other address; a letter of another script does."""
    await call("webshop", "PUT", UPSERT, {**PLAIN, "email": pair[0]}, expect=201)
    found = await call("admin", "POST", SEARCH, {"email": pair[1]}, expect=200)
    assert len(found["items"]) == int(same)


async def test_deep_items_of_a_batch_are_judged_one_by_one(call: Caller) -> None:
    """Nesting that JSON itself allows is a problem of its item, told in a few words."""
    deep = json.loads("[" * 300 + "]" * 300)
    answer = await call("webshop", "POST", "/v1/consents/batch", {"items": [deep, {"event_id": deep}, {"a": 1}]})
    assert answer.status_code == 200
    assert [result["status"] for result in answer.json()["results"]] == [422, 422, 422]
    assert len(answer.content) < 10_000
