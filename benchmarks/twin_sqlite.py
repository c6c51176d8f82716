"""The bare twin on SQLite: sqlite3 on the event loop, one transaction for each call, synchronous=FULL."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.wire import to_minor
from benchmarks.twin_rows import Consent, Purchase, now

_INSTANTS = ("created_at", "updated_at", "interaction_at", "occurred_at", "erased_at")
_AUDIT = """INSERT INTO audit_events (id, at, client_id, role, purpose, action, outcome, entity, entity_id, subject_key,
 register_version) VALUES (?, ?, ?, ?, ?, ?, 'done', ?, ?, ?, 1)"""
_PERSON = "SELECT id, audit_key FROM customers WHERE id = ?"
_BY_REFERENCE = """SELECT c.id, c.audit_key FROM customer_references r JOIN customers c ON c.id = r.customer_id
 WHERE r.system = ? AND r.external_id = ?"""
_EVENT = """INSERT INTO consent_events (id, client_id, event_id, customer_id, purpose, channels, action, wording_id,
 wording_version, wording_language, collected_via, occurred_at, recorded_at, evidence, content_hash, register_version)
 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING"""
_STATE = """INSERT INTO consent_states (customer_id, purpose, channel, action, occurred_at, recorded_at, event,
 wording_id, wording_version, wording_language) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
 ON CONFLICT (customer_id, purpose, channel) DO UPDATE SET action = excluded.action,
 occurred_at = excluded.occurred_at, recorded_at = excluded.recorded_at, event = excluded.event,
 wording_id = excluded.wording_id, wording_version = excluded.wording_version,
 wording_language = excluded.wording_language WHERE consent_states.occurred_at <= excluded.occurred_at"""
_PURCHASE = """INSERT INTO purchases (id, customer_id, system, order_id, version, purchased_on, booked_on, currency,
 total_minor, lines, product_group, fulfilled_on, payment_provider, settled_on, marketing_refusal_offered, created_at,
 updated_at) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
 ON CONFLICT (system, order_id) DO UPDATE SET version = purchases.version + 1, purchased_on = excluded.purchased_on,
 booked_on = excluded.booked_on, currency = excluded.currency, total_minor = excluded.total_minor,
 lines = excluded.lines, product_group = excluded.product_group, fulfilled_on = excluded.fulfilled_on,
 payment_provider = excluded.payment_provider, settled_on = excluded.settled_on,
 marketing_refusal_offered = excluded.marketing_refusal_offered, updated_at = excluded.updated_at
 RETURNING id, version"""
_VOUCHER = """INSERT INTO vouchers (id, customer_id, system, number, order_id, record, material, buyer_name,
 buyer_address, booked_on, transaction_on, currency, total_minor, lines, created_at)
 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
_TOUCH = "UPDATE customers SET last_interaction_at = ? WHERE id = ? AND last_interaction_at < ?"
_READ = """SELECT customers.*,
 (SELECT group_concat(ground, ',') FROM restrictions WHERE customer_id = customers.id AND lifted_at IS NULL) AS grounds,
 (SELECT group_concat(system || ' ' || external_id, ',') FROM customer_references
  WHERE customer_id = customers.id) AS reference_list FROM customers WHERE id = ?"""
_CHECK = """SELECT c.id, c.audit_key, s.action, s.occurred_at, ban.state AS ban, own.state AS own, c.erased_at,
 (SELECT group_concat(ground, ',') FROM restrictions WHERE customer_id = c.id AND lifted_at IS NULL) AS grounds
 FROM customers c LEFT JOIN consent_states s ON s.customer_id = c.id AND s.purpose = ?2 AND s.channel = ?3
 LEFT JOIN suppressions ban ON ban.address_hash = c.email_hash AND ban.purpose = '*' AND ban.channel = ?3
 LEFT JOIN suppressions own ON own.address_hash = c.email_hash AND own.purpose = ?2 AND own.channel = ?3
 WHERE c.id = ?1"""

_SUBJECT = "INSERT INTO audit_subjects (audit_key, event_id) VALUES (?, ?)"
_CHECK_MANY = _CHECK.replace("c.id = ?1", "c.id IN (SELECT value FROM json_each(?1))")
_PEOPLE = """SELECT r.external_id, c.id, c.audit_key FROM customer_references r JOIN customers c ON c.id = r.customer_id
 WHERE r.system = ? AND r.external_id IN (SELECT value FROM json_each(?))"""


class Database:
    """One connection, used on the event loop itself."""

    def __init__(self, url: str) -> None:
        self._file = url.removeprefix("sqlite:///")

    async def open(self) -> None:
        """Connect."""
        connection = self._connection = sqlite3.connect(self._file, isolation_level=None, cached_statements=512)
        connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    async def close(self) -> None:
        """Disconnect."""
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    async def consent(self, c: Consent) -> None:
        """Record a consent."""
        s = c.sent
        with self._transaction() as connection:
            person, key = connection.execute(_BY_REFERENCE, (c.system, c.reference)).fetchone()
            connection.execute(_EVENT, _event_of(c, person))
            connection.execute(_STATE, _state_of(c, person))
            self._audit(c.audit, _text(c.at), c.client, ("webshop", s.purpose, s.action, "consent", str(c.id), key))

    async def consents(self, rows: list[Consent], audit: UUID) -> None:
        """Record many consents: the same rows, table by table."""
        first, references = rows[0], json.dumps([c.reference for c in rows])
        with self._transaction() as connection:
            found = connection.execute(_PEOPLE, (first.system, references)).fetchall()
            people = {reference: (person, key) for reference, person, key in found}
            connection.executemany(_EVENT, [_event_of(c, people[c.reference][0]) for c in rows])
            connection.executemany(_STATE, [_state_of(c, people[c.reference][0]) for c in rows])
            who = ("webshop", first.sent.purpose, "record", "consent", None, None)
            self._audit(audit, _text(first.at), first.client, who)
            connection.executemany(_SUBJECT, [(key, audit.hex) for _, key in people.values()])

    async def purchase(self, p: Purchase) -> int:
        """Put a purchase; its version."""
        s, at, total = p.sent, _text(p.at), to_minor(p.sent.total)
        lines = json.dumps([line.model_dump() for line in s.lines])
        bought, booked = s.purchased_on.isoformat(), s.booked_on.isoformat()
        fulfilled = s.fulfilled_on and s.fulfilled_on.isoformat()
        settled = s.payment.settled_on and s.payment.settled_on.isoformat()
        buyer = s.voucher.buyer_as_printed
        with self._transaction() as connection:
            person, key = connection.execute(_PERSON, (p.customer.hex,)).fetchone()
            made, version = connection.execute(_PURCHASE, (
                p.id.hex, person, p.system, p.order, bought, booked, s.currency, total, lines, s.product_group,
                fulfilled, s.payment.provider, settled, s.marketing_refusal_offered, at, at,
            )).fetchone()  # fmt: skip
            connection.execute(_VOUCHER, (
                p.voucher.hex, person, p.system, s.voucher.number, p.order, s.voucher.record, s.voucher.material,
                buyer and buyer.name, buyer and buyer.address, booked, bought, s.currency, total, lines, at,
            ))  # fmt: skip
            connection.execute(_TOUCH, (_text(p.day), person, _text(p.day)))
            self._audit(p.audit, at, p.client, ("webshop", "customer_relationship", "put", "purchase", made, key))
        return int(version)

    async def read(self, customer: UUID, audit: UUID, client: UUID) -> Any:
        """A customer."""
        with self._transaction() as connection:
            row = dict(connection.execute(_READ, (customer.hex,)).fetchone())
            who = ("webshop", "customer_relationship", "read", "customer", None, row["audit_key"])
            self._audit(audit, _text(now()), client, who)
        row["attributes"] = json.loads(row["attributes"] or "{}")
        return _typed(row)

    async def check(self, customer: UUID, purpose: str, channel: str, audit: UUID, client: UUID) -> Any:
        """The facts of a check."""
        with self._transaction() as connection:
            row = dict(connection.execute(_CHECK, (customer.hex, purpose, channel)).fetchone())
            who = ("mailer", purpose, "check", "processing", None, row["audit_key"])
            self._audit(audit, _text(now()), client, who)
        return _typed(row)

    async def check_many(self, ids: list[UUID], purpose: str, channel: str, audit: UUID, client: UUID) -> Any:
        """The facts of a check of many."""
        with self._transaction() as connection:
            asked = (json.dumps([id_.hex for id_ in ids]), purpose, channel)
            rows = [dict(row) for row in connection.execute(_CHECK_MANY, asked)]
            self._audit(audit, _text(now()), client, ("mailer", purpose, "check", "processing", None, None))
            connection.executemany(_SUBJECT, [(row["audit_key"], audit.hex) for row in rows])
        return [_typed(row) for row in rows]

    def _audit(self, event: UUID, at: str, client: UUID, rest: tuple[Any, ...]) -> None:
        self._connection.execute(_AUDIT, (event.hex, at, client.hex, *rest))


def _event_of(c: Consent, person: str) -> tuple[Any, ...]:
    s, w = c.sent, c.wording
    return (
        c.id.hex, c.client.hex, s.event_id, person, s.purpose, json.dumps(c.channels), s.action, w.id, w.version,
        w.language, s.collected_via, _text(s.occurred_at), _text(c.at), json.dumps(c.evidence), c.content_hash,
    )  # fmt: skip


def _state_of(c: Consent, person: str) -> tuple[Any, ...]:
    s, w = c.sent, c.wording
    occurred, recorded = _text(s.occurred_at), _text(c.at)
    return person, s.purpose, c.channels[0], s.action, occurred, recorded, c.id.hex, w.id, w.version, w.language


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    for name in _INSTANTS:
        if row.get(name):
            row[name] = datetime.fromisoformat(row[name]).replace(tzinfo=UTC)
    row["id"] = UUID(row["id"])
    return row
