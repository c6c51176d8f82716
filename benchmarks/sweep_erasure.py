"""Erasing one person with 250 rows: the service's execution, and the same changes hand-written in one transaction.

Both begin where a human has decided. By hand nothing is judged, hashed, encrypted or put into words: whatever the
service works out stands in the statements already, and of envelopes and letter only as many bytes are written.
"""

import gc
import json
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from fastapi import FastAPI

from app import garbage
from app.db import new_id
from app.main import create_app
from app.register.builtin import BACKGROUND, builtin_operation
from app.settings import Settings
from app.subject_requests import execution
from benchmarks.scale_registers import TOKENS

ORDERS, CONSENTS = 82, 80
"""With the record, its reference and states about 250 rows."""
HELD = "2025-03-01"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person whose erasure has been decided."""

    customer: UUID
    request: UUID


@dataclass(frozen=True, slots=True)
class Erased:
    """How long it took, and what is left of the person."""

    seconds: float
    left: tuple[int, ...]


async def somebody(app: FastAPI) -> Somebody:
    """Register a person with everything, through the API, and decide the erasure."""
    name = new_id().hex[-12:]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bench", timeout=60) as api:

        async def call(role: str, method: str, path: str, sent: Any) -> Any:
            signed = {"Authorization": f"Bearer {TOKENS[role]}"}
            return (await api.request(method, path, json=sent, headers=signed)).raise_for_status().json()

        person = await call("webshop", "PUT", f"/v1/customers/by-reference/webshop/E-{name}", _person(name))
        for n in range(ORDERS):
            path = f"/v1/customers/{person['id']}/purchases/webshop/{name}-{n}"
            await call("webshop", "PUT", path, _order(f"{name}-{n}"))
        items = [_consent(name, n) for n in range(CONSENTS)]
        await call("webshop", "POST", "/v1/consents/batch", {"items": items})
        asked = {"right": "erasure", "customer": {"id": person["id"]}, "channel": "email"}
        case = await call("admin", "POST", "/v1/subject-requests", {**asked, "received_at": _now()})
        identity = {"level": "substantial", "how": "Answered from the address held."}
        decision = {"outcome": "as_assessed", "reasoning": "Nothing is open.", "identity": identity}
        await call("dpo", "POST", f"/v1/subject-requests/{case['id']}/decision", decision)
    return Somebody(UUID(person["id"]), UUID(case["id"]))


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _person(name: str) -> dict[str, Any]:
    return {
        "name": "Aino Esimerkki", "email": f"aino{name}@example.fi", "source": "customer_relationship",
        "phone": f"040 {int(name, 16) % 10_000_000:07}",
        "address": {"street": f"Esimerkkikatu {name}", "postal_code": "33200", "city": "Tampere"},
        "interaction": {"kind": "purchase", "occurred_at": f"{HELD}T10:00:00Z"},
    }  # fmt: skip


def _order(number: str) -> dict[str, Any]:
    printed = {"name": "Aino Esimerkki", "address": "Esimerkkikatu 1, 33200 Tampere"}
    return {
        "purchased_on": HELD, "booked_on": HELD, "total": "49.90", "fulfilled_on": HELD,
        "lines": [{"title": "Hieronta", "unit_price": "49.90", "vat_rate": "25.5"}], "payment": {"settled_on": HELD},
        "voucher": {"number": number, "record": "here", "material": "voucher", "buyer_as_printed": printed},
    }  # fmt: skip


def _consent(name: str, n: int) -> dict[str, Any]:
    return {
        "event_id": f"{name}-{n}", "customer": {"system": "webshop", "id": f"E-{name}"}, "purpose": "newsletter",
        "channels": ["email"], "action": "given", "collected_via": "web_form", "evidence": {"control": "box"},
        "wording": {"id": "newsletter_seed", "version": 1, "language": "fi"},
        "occurred_at": f"2025-03-02T10:{n // 60:02}:{n % 60:02}Z",
    }  # fmt: skip


async def erase_in_turn(url: str, secret_file: Path, times: int) -> tuple[list[Erased], list[Erased]]:
    """So many people by hand and by the service, in turn; both on connections that stay open."""
    settings = Settings(database_url=url, secret_file=secret_file, background=False, execution_delay_hours=0)
    app = create_app(settings)
    served, registers = app.state.services, app.state.registers
    by_hand, by_service = [], []
    hand = _SqliteHand(url) if url.startswith("sqlite") else _PostgresHand(await asyncpg.connect(url))
    for _ in range(times):
        first, second = [await somebody(app) for _ in range(2)]
        gc.collect()
        garbage.seldom()  # as the service does when it has started
        by_hand.append(Erased(await hand.erase(first), await _left(url, first)))
        op = await builtin_operation(BACKGROUND, served, registers)
        began = time.perf_counter()
        done = await op.write(execution.execute, second.request)
        by_service.append(Erased(time.perf_counter() - began, await _left(url, second)))
        if not done:
            raise RuntimeError("the erasure was not executed")
    await hand.close()
    await served.db.close()
    return by_hand, by_service


@dataclass(frozen=True, slots=True)
class _PostgresHand:
    """The statements that somebody would write for one person, one after the other on one connection."""

    connection: Any

    async def erase(self, who: Somebody) -> float:
        values = _values(who)
        began = time.perf_counter()
        async with self.connection.transaction():
            for statement, names in _STATEMENTS:
                text = statement.replace("RANDOM_ID", "gen_random_uuid()")
                for n, name in enumerate(names, start=1):
                    text = text.replace(f":{name}", f"${n}")
                await self.connection.fetch(text, *(values[name] for name in names))
        return time.perf_counter() - began

    async def close(self) -> None:
        await self.connection.close()


class _SqliteHand:
    """The same through `sqlite3`."""

    def __init__(self, url: str) -> None:
        self.connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=10)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            self.connection.execute(f"PRAGMA {pragma}")

    async def erase(self, who: Somebody) -> float:
        values = {name: _plain(value) for name, value in _values(who).items()}
        began = time.perf_counter()
        self.connection.execute("BEGIN IMMEDIATE")
        for statement, names in _STATEMENTS:
            self.connection.execute(
                statement.replace(" FOR UPDATE", "").replace("RANDOM_ID", "lower(hex(randomblob(16)))"),
                {n: values[n] for n in names},
            ).fetchall()
        self.connection.execute("COMMIT")
        return time.perf_counter() - began

    async def close(self) -> None:
        self.connection.close()


def _plain(value: Any) -> Any:
    match value:
        case UUID():
            return value.hex
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S.%f")
        case _:
            return str(value) if hasattr(value, "isoformat") else value


def _values(who: Somebody) -> dict[str, Any]:
    now = datetime.now(UTC)
    ids = {f"id{n}": new_id() for n in range(1, 12)}
    hashes = {f"hash{n}": new_id().hex + new_id().hex for n in range(1, 5)}
    until = datetime(2035, 12, 31, tzinfo=UTC).date()
    client = UUID(int=2)
    return {
        **ids, **hashes, "who": who.customer, "request": who.request, "now": now, "until": until, "client": client,
        "sealed": b"x" * 300, "key": b"x" * 60, "number": who.request.hex[-12:],
        "letter": json.dumps({"facts": {"stays": [{"kind": "voucher", "reason": "x" * 250}] * ORDERS}}),
    }  # fmt: skip


_TOMBSTONE = (
    "INSERT INTO tombstones (hash, key_id, kind, erased_at, customer_id) VALUES (:hash{n}, 'k1', '{kind}', :now, :who)"
)
_EMPTIED = (
    "kind, name, name_search, email, email_normal, email_hash, phone, phone_e164, phone_hash, street, postal_code,"
    " city, country, postal_hash, language, attributes, source, source_reason, inform_by_on, interaction_kind,"
    " interaction_reference, interaction_at, last_interaction_at, audit_key"
)


_OWNED = ("customer_proposals", "rectifications", "objections", "deaths", "inactivity_proposals")
"""Tables of the person's that are empty here; whoever erases cannot know that beforehand."""


def _statement(text: str, *names: str) -> tuple[str, Sequence[str]]:
    return text, names


_STATEMENTS: Sequence[tuple[str, Sequence[str]]] = (
    _statement("SELECT id FROM subject_requests WHERE id = :request FOR UPDATE", "request"),
    _statement("SELECT id FROM customers WHERE id = :who FOR UPDATE", "who"),
    _statement("DELETE FROM purchases WHERE customer_id = :who", "who"),
    _statement("DELETE FROM bookings WHERE customer_id = :who", "who"),
    _statement("UPDATE vouchers SET restricted_at = :now, retain_until = :until WHERE customer_id = :who",
               "now", "until", "who"),
    _statement("DELETE FROM consent_states WHERE customer_id = :who", "who"),
    _statement("DELETE FROM consent_invitations WHERE customer_id = :who", "who"),
    _statement(_TOMBSTONE.format(n=1, kind="email"), "hash1", "now", "who"),
    _statement(_TOMBSTONE.format(n=2, kind="phone"), "hash2", "now", "who"),
    _statement(_TOMBSTONE.format(n=3, kind="postal"), "hash3", "now", "who"),
    _statement(_TOMBSTONE.format(n=4, kind="reference"), "hash4", "now", "who"),
    _statement("INSERT INTO suppression_events (id, address_hash, key_id, purpose, channel, state, origin, since, "
               "recorded_at, client_id) VALUES (:id1, :hash1, 'k1', 'newsletter', 'email', 'suppressed', "
               "'consent_withdrawal', :now, :now, :client)", "id1", "hash1", "now", "client"),
    _statement("INSERT INTO suppressions (address_hash, purpose, channel, key_id, state, origin, since) VALUES "
               "(:hash1, 'newsletter', 'email', 'k1', 'suppressed', 'consent_withdrawal', :now)", "hash1", "now"),
    _statement("INSERT INTO customer_changes (id, customer_id, system, external_id, kind, at) "
               "SELECT :id2, :who, system, external_id, 'erased', :now FROM customer_references "
               "WHERE customer_id = :who", "id2", "who", "now"),
    _statement("DELETE FROM customer_references WHERE customer_id = :who", "who"),
    *(_statement(f"DELETE FROM {table} WHERE customer_id = :who", "who") for table in _OWNED),
    _statement("UPDATE balancing_tests SET situation = '' WHERE request_id IN "
               "(SELECT id FROM subject_requests WHERE customer_id = :who)", "who"),
    _statement("DELETE FROM access_redactions WHERE request_id IN "
               "(SELECT id FROM subject_requests WHERE customer_id = :who)", "who"),
    _statement("INSERT INTO envelopes (id, request_id, addressee, key_id, wrapped_key, sealed, sealed_at) "
               "SELECT RANDOM_ID, :request, coalesce(code, name), 'k1', :key, :sealed, :now FROM processors "
               "WHERE always_notified", "request", "key", "sealed", "now"),
    _statement("DELETE FROM customer_changes WHERE customer_id = :who AND kind <> 'erased'", "who"),
    _statement("UPDATE restrictions SET lifted_at = :now WHERE customer_id = :who AND lifted_at IS NULL", "now", "who"),
    _statement("INSERT INTO envelopes (id, request_id, addressee, key_id, wrapped_key, sealed, sealed_at) "
               "VALUES (:id3, :request, 'letter', 'k1', :key, :sealed, :now)",
               "id3", "request", "key", "sealed", "now"),
    _statement("UPDATE customers SET " + ", ".join(f"{name.strip()} = NULL" for name in _EMPTIED.split(",")) +
               ", erased_at = :now, updated_at = :now, erasure_request_id = :request WHERE id = :who",
               "now", "request", "who"),
    _statement("INSERT INTO erasure_traces (id, request_id, tables, left_at) VALUES (:id4, :request, "
               "'[\"customers\", \"purchases\", \"vouchers\", \"consent_events\"]', :now)", "id4", "request", "now"),
    _statement("UPDATE subject_requests SET state = 'executing', executed_at = :now, details = NULL, "
               "version = version + 1 WHERE id = :request", "now", "request"),
    _statement("INSERT INTO request_events (id, request_id, at, kind, state, client_id) VALUES "
               "(:id5, :request, :now, 'executed', 'executing', :client)", "id5", "request", "now", "client"),
    _statement("INSERT INTO letter_numbers (year, last) VALUES (2026, 1) "
               "ON CONFLICT (year) DO UPDATE SET last = letter_numbers.last + 1"),
    _statement("INSERT INTO letters (id, number, kind, case_number, request_id, customer_id, language, content, "
               "template_version, register_version, notice_version, issued_at, issued_by) VALUES (:id8, :number, "
               "'partial', :number, :request, :who, 'fi', :letter, 1, 1, 1, :now, :client)",
               "id8", "number", "request", "who", "letter", "now", "client"),
    _statement("INSERT INTO request_events (id, request_id, at, kind, state, client_id) VALUES "
               "(:id9, :request, :now, 'letter_issued', 'executing', :client)", "id9", "request", "now", "client"),
    _statement("INSERT INTO audit_events (id, at, client_id, role, purpose, action, outcome, entity, register_version) "
               "VALUES (:id6, :now, :client, 'builtin', 'subject_rights', 'execute', 'done', 'subject_request', 1)",
               "id6", "now", "client"),
)  # fmt: skip


_LEFT = (
    "SELECT (SELECT count(*) FROM purchases WHERE customer_id = {who}),"
    " (SELECT count(*) FROM vouchers WHERE customer_id = {who} AND retain_until = '2035-12-31'),"
    " (SELECT count(*) FROM consent_states WHERE customer_id = {who}),"
    " (SELECT count(*) FROM consent_events WHERE customer_id = {who}),"
    " (SELECT count(*) FROM customer_references WHERE customer_id = {who}),"
    " (SELECT count(*) FROM tombstones WHERE customer_id = {who}),"
    " (SELECT count(*) FROM customers WHERE id = {who} AND erased_at IS NOT NULL AND email IS NULL),"
    " (SELECT count(*) FROM restrictions WHERE customer_id = {who} AND lifted_at IS NULL)"
)


async def _left(url: str, who: Somebody) -> tuple[int, ...]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return tuple(connection.execute(_LEFT.format(who=f"'{who.customer.hex}'")).fetchone())
    connection = await asyncpg.connect(url)
    row = await connection.fetchrow(_LEFT.format(who=f"'{who.customer}'"))
    await connection.close()
    return tuple(row)
