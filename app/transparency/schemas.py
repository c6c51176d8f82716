"""Payloads of the audit look-up."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.wire import Out


class AuditSealOut(Out):
    """One sealed batch of audit rows; `hash` covers all but itself, `key_id` and `signature` (docs/operations.md)."""

    number: int
    sealed_at: datetime
    row_count: int
    late_count: int
    up_to: UUID
    oldest_at: datetime
    newest_at: datetime
    expired_through: int
    root: str
    previous: str
    hash: str
    key_id: str
    signature: str


class AuditEventOut(Out):
    """One operation: who, in which role, for which purpose, did what to which record. No personal data."""

    id: UUID
    at: datetime
    client_id: UUID
    role: str
    purpose: str
    action: str
    outcome: str
    entity: str
    entity_id: str | None
    subject_key: UUID | None
    register_version: int
    details: dict[str, Any] | None
