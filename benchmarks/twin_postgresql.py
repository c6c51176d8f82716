"""The bare twin on PostgreSQL: one statement for each call, as direct as asyncpg can be used."""

import json
from typing import Any
from uuid import UUID

import asyncpg

from app.customers.schemas_purchases import PurchaseFields
from app.wire import to_minor
from benchmarks.twin_rows import Consent, Purchase, now

_AUDIT = """INSERT INTO audit_events
 (id, at, client_id, role, purpose, action, outcome, entity, entity_id, subject_key, register_version)"""

CONSENT = f"""
WITH person AS (
  SELECT c.id, c.audit_key FROM customer_references r JOIN customers c ON c.id = r.customer_id
  WHERE r.system = $1 AND r.external_id = $2 FOR KEY SHARE OF c
), event AS (
  INSERT INTO consent_events (id, client_id, event_id, customer_id, purpose, channels, action, wording_id,
    wording_version, wording_language, collected_via, occurred_at, recorded_at, evidence, content_hash,
    register_version)
  SELECT $3, $4, $5, person.id, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 1 FROM person
  ON CONFLICT DO NOTHING
), state AS (
  INSERT INTO consent_states (customer_id, purpose, channel, action, occurred_at, recorded_at, event, wording_id,
    wording_version, wording_language)
  SELECT person.id, $6, $17, $8, $13, $14, $3, $9, $10, $11 FROM person
  ON CONFLICT (customer_id, purpose, channel) DO UPDATE SET action = excluded.action,
    occurred_at = excluded.occurred_at, recorded_at = excluded.recorded_at, event = excluded.event,
    wording_id = excluded.wording_id, wording_version = excluded.wording_version,
    wording_language = excluded.wording_language
  WHERE consent_states.occurred_at <= excluded.occurred_at
)
{_AUDIT} SELECT $18, $14, $4, 'webshop', $6, $8, 'done', 'consent', $3::uuid::text, person.audit_key, 1 FROM person
"""

PURCHASE = f"""
WITH person AS (
  SELECT id, audit_key FROM customers WHERE id = $1 FOR KEY SHARE
), purchase AS (
  INSERT INTO purchases (id, customer_id, system, order_id, version, purchased_on, booked_on, currency, total_minor,
    lines, product_group, fulfilled_on, payment_provider, settled_on, marketing_refusal_offered, created_at, updated_at)
  SELECT $2, person.id, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15 FROM person
  ON CONFLICT (system, order_id) DO UPDATE SET version = purchases.version + 1,
    purchased_on = excluded.purchased_on, booked_on = excluded.booked_on, currency = excluded.currency,
    total_minor = excluded.total_minor, lines = excluded.lines, product_group = excluded.product_group,
    fulfilled_on = excluded.fulfilled_on, payment_provider = excluded.payment_provider,
    settled_on = excluded.settled_on, marketing_refusal_offered = excluded.marketing_refusal_offered,
    updated_at = excluded.updated_at
  RETURNING id, version
), voucher AS (
  INSERT INTO vouchers (id, customer_id, system, number, order_id, record, material, buyer_name, buyer_address,
    booked_on, transaction_on, currency, total_minor, lines, created_at)
  SELECT $16, person.id, $3, $17, $4, $18, $19, $20, $21, $6, $5, $7, $8, $9, $15 FROM person
  ON CONFLICT DO NOTHING
), touched AS (
  UPDATE customers SET last_interaction_at = $22 WHERE id = $1 AND last_interaction_at < $22
), audited AS (
  {_AUDIT} SELECT $23, $15, $24, 'webshop', 'customer_relationship', 'put', 'done', 'purchase', purchase.id::text,
    person.audit_key, 1 FROM person, purchase
)
SELECT version FROM purchase
"""

READ = f"""
WITH person AS (
  SELECT customers.*,
    (SELECT string_agg(ground, ',') FROM restrictions
      WHERE customer_id = customers.id AND lifted_at IS NULL) AS grounds,
    (SELECT string_agg(system || ' ' || external_id, ',') FROM customer_references
      WHERE customer_id = customers.id) AS reference_list
  FROM customers WHERE id = $1
), audited AS (
  {_AUDIT} SELECT $2, $3, $4, 'webshop', 'customer_relationship', 'read', 'done', 'customer', NULL, audit_key, 1
  FROM person
)
SELECT * FROM person
"""

CHECK = f"""
WITH person AS (
  SELECT c.id, c.audit_key, s.action, s.occurred_at, ban.state AS ban, own.state AS own, c.email_hash, c.erased_at,
    (SELECT string_agg(ground, ',') FROM restrictions
      WHERE customer_id = c.id AND lifted_at IS NULL) AS grounds
  FROM customers c
  LEFT JOIN consent_states s ON s.customer_id = c.id AND s.purpose = $2 AND s.channel = $3
  LEFT JOIN suppressions ban ON ban.address_hash = c.email_hash AND ban.purpose = '*' AND ban.channel = $3
  LEFT JOIN suppressions own ON own.address_hash = c.email_hash AND own.purpose = $2 AND own.channel = $3
  WHERE c.id = $1
), audited AS (
  {_AUDIT} SELECT $4, $5, $6, 'mailer', $2, 'check', 'done', 'processing', NULL, audit_key, 1 FROM person
)
SELECT * FROM person
"""

CHECK_MANY = f"""
WITH person AS (
  SELECT c.id, c.audit_key, s.action, s.occurred_at, ban.state AS ban, own.state AS own, c.email_hash, c.erased_at,
    (SELECT string_agg(ground, ',') FROM restrictions
      WHERE customer_id = c.id AND lifted_at IS NULL) AS grounds
  FROM customers c
  LEFT JOIN consent_states s ON s.customer_id = c.id AND s.purpose = $2 AND s.channel = $3
  LEFT JOIN suppressions ban ON ban.address_hash = c.email_hash AND ban.purpose = '*' AND ban.channel = $3
  LEFT JOIN suppressions own ON own.address_hash = c.email_hash AND own.purpose = $2 AND own.channel = $3
  WHERE c.id = ANY($1::uuid[])
), audited AS (
  {_AUDIT} VALUES ($4, $5, $6, 'mailer', $2, 'check', 'done', 'processing', NULL, NULL, 1)
), named AS (
  INSERT INTO audit_subjects (audit_key, event_id) SELECT audit_key, $4 FROM person
)
SELECT * FROM person
"""

_EVENT = """INSERT INTO consent_events (id, client_id, event_id, customer_id, purpose, channels, action, wording_id,
 wording_version, wording_language, collected_via, occurred_at, recorded_at, evidence, content_hash, register_version)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1) ON CONFLICT DO NOTHING"""
_STATE = """INSERT INTO consent_states (customer_id, purpose, channel, action, occurred_at, recorded_at, event,
 wording_id, wording_version, wording_language) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
 ON CONFLICT (customer_id, purpose, channel) DO UPDATE SET action = excluded.action,
 occurred_at = excluded.occurred_at, recorded_at = excluded.recorded_at, event = excluded.event,
 wording_id = excluded.wording_id, wording_version = excluded.wording_version,
 wording_language = excluded.wording_language WHERE consent_states.occurred_at <= excluded.occurred_at"""
_PEOPLE = """SELECT r.external_id, c.id, c.audit_key FROM customer_references r JOIN customers c ON c.id = r.customer_id
 WHERE r.system = $1 AND r.external_id = ANY($2::text[]) ORDER BY c.id FOR KEY SHARE OF c"""
_BATCH = f"""{_AUDIT} VALUES ($1, $2, $3, 'webshop', $4, 'record', 'done', 'consent', NULL, NULL, 1)"""
_SUBJECT = "INSERT INTO audit_subjects (audit_key, event_id) VALUES ($1, $2)"


class Database:
    """A pool that gives its connections back as they are, so that no statement is spent on resetting them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: Any = None

    async def open(self) -> None:
        """Connect."""
        self._pool = await asyncpg.create_pool(self._url, min_size=16, max_size=16, reset=_as_it_is, init=_codecs)

    async def close(self) -> None:
        """Disconnect."""
        await self._pool.close()

    async def consent(self, c: Consent) -> None:
        """Record a consent."""
        await self._pool.execute(
            CONSENT, c.system, c.reference, c.id, c.client, c.sent.event_id, c.sent.purpose, c.channels, c.sent.action,
            c.wording.id, c.wording.version, c.wording.language, c.sent.collected_via, c.sent.occurred_at, c.at,
            c.evidence, c.content_hash, c.channels[0], c.audit,
        )  # fmt: skip

    async def consents(self, rows: list[Consent], audit: UUID) -> None:
        """Record many consents: the same rows, table by table."""
        async with self._pool.acquire() as connection, connection.transaction():
            found = await connection.fetch(_PEOPLE, rows[0].system, [c.reference for c in rows])
            people = {row["external_id"]: (row["id"], row["audit_key"]) for row in found}
            await connection.executemany(_EVENT, [_event_of(c, people[c.reference][0]) for c in rows])
            states = sorted((_state_of(c, people[c.reference][0]) for c in rows), key=lambda state: state[0])
            await connection.executemany(_STATE, states)
            first = rows[0]
            await connection.execute(_BATCH, audit, first.at, first.client, first.sent.purpose)
            await connection.executemany(_SUBJECT, [(key, audit) for _, key in people.values()])

    async def purchase(self, p: Purchase) -> int:
        """Put a purchase; its version."""
        s: PurchaseFields = p.sent
        buyer = s.voucher.buyer_as_printed
        version: int = await self._pool.fetchval(
            PURCHASE, p.customer, p.id, p.system, p.order, s.purchased_on, s.booked_on, s.currency, to_minor(s.total),
            [line.model_dump() for line in s.lines], s.product_group, s.fulfilled_on, s.payment.provider,
            s.payment.settled_on, s.marketing_refusal_offered, p.at, p.voucher, s.voucher.number, s.voucher.record,
            s.voucher.material, buyer and buyer.name, buyer and buyer.address, p.day, p.audit, p.client,
        )  # fmt: skip
        return version

    async def read(self, customer: UUID, audit: UUID, client: UUID) -> Any:
        """A customer."""
        return await self._pool.fetchrow(READ, customer, audit, now(), client)

    async def check(self, customer: UUID, purpose: str, channel: str, audit: UUID, client: UUID) -> Any:
        """The facts of a check."""
        return await self._pool.fetchrow(CHECK, customer, purpose, channel, audit, now(), client)

    async def check_many(self, ids: list[UUID], purpose: str, channel: str, audit: UUID, client: UUID) -> Any:
        """The facts of a check of many."""
        return await self._pool.fetch(CHECK_MANY, ids, purpose, channel, audit, now(), client)


def _event_of(c: Consent, person: UUID) -> tuple[Any, ...]:
    s, w = c.sent, c.wording
    return (
        c.id, c.client, s.event_id, person, s.purpose, c.channels, s.action, w.id, w.version, w.language,
        s.collected_via, s.occurred_at, c.at, c.evidence, c.content_hash,
    )  # fmt: skip


def _state_of(c: Consent, person: UUID) -> tuple[Any, ...]:
    s, w = c.sent, c.wording
    return person, s.purpose, c.channels[0], s.action, s.occurred_at, c.at, c.id, w.id, w.version, w.language


async def _as_it_is(_connection: Any) -> None:
    """Leave the connection as it is."""


async def _codecs(connection: Any) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
