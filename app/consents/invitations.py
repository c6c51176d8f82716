"""Double opt-in: a link that, returned to the caller, opens a page where the person's own button confirms.

Opening the link confirms nothing, because mail scanners open links; only the button does.
"""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.consents import people, repository
from app.consents.errors import InvitationNotFound, InvitationUsed, WordingUnknown
from app.consents.rules import NO_CHANNEL, check_asked
from app.consents.schemas import ConsentIn, Evidence, InvitationIn, InvitationOut, Who, WordingRef
from app.consents.service import record
from app.customers.errors import Restricted
from app.customers.record import may_use
from app.customers.service import find
from app.db import new_id
from app.policy.vocabulary import Channel
from app.register.operation import Operation

VALID_FOR = timedelta(days=14)


def invite(connection: Connection, op: Operation, sent: InvitationIn, base_url: str) -> InvitationOut:
    """Make a link for one person, purpose and wording; it is shown in this answer only."""
    check_asked(op, sent)
    (found,) = people.look_up(connection, op, [(sent.customer, people.address_of(op, sent.customer))])
    person = people.the_one(op, found)
    if not may_use(op, find(connection, op, person.id)):
        raise Restricted  # nobody is courted with data that may only be stored (Art. 18(2))
    language = sent.wording.language or person.language
    wording = repository.wording(connection, sent.wording.id, sent.wording.version, language)
    if wording is None or wording.purpose != sent.purpose:
        raise WordingUnknown
    token = secrets.token_urlsafe(32)
    values = {
        "id": new_id(),
        "token_hash": _hash(token),
        "customer_id": person.id,
        "client_id": op.actor.id,
        "purpose": sent.purpose,
        "channels": sorted({channel.value for channel in sent.channels}),
        "wording_id": wording.id,
        "wording_version": wording.version,
        "wording_language": language,
        "created_at": op.at,
        "expires_at": op.at + VALID_FOR,
    }
    repository.add_invitation(connection, values)
    op.audit(connection, "invite", "consent_invitation", values["id"], person.audit_key)
    link = f"{base_url}/consents/{token}"
    return InvitationOut(id=values["id"], link=link, expires_at=values["expires_at"], confirmed_at=None)


def reread(connection: Connection, op: Operation, invitation_id: UUID) -> InvitationOut:
    """The invitation again, for a repeated Idempotency-Key; the link is not shown twice."""
    row = repository.invitation(connection, invitation_id)
    if row is None:
        raise InvitationNotFound
    person = find(connection, op, row.customer_id)
    op.audit(connection, "read", "consent_invitation", invitation_id, person.audit_key)
    return InvitationOut(id=row.id, link=None, expires_at=row.expires_at, confirmed_at=row.confirmed_at)


def opened(connection: Connection, token: str) -> Row[Any]:
    """The invitation behind a link, whatever its state; raises `InvitationNotFound`."""
    row = repository.invitation_by_token(connection, _hash(token))
    if row is None:
        raise InvitationNotFound
    return row


def confirm(connection: Connection, op: Operation, token: str) -> Row[Any]:
    """The person's button: record the consent as their own confirmed act (lifts an older suppression).

    Pressing twice is harmless; raises `InvitationUsed` when the link has run out.
    """
    row = opened(connection, token)
    if row.confirmed_at is None and row.expires_at < op.at:
        raise InvitationUsed
    if row.confirmed_at is not None or not repository.confirm_invitation(connection, row.id, op.at):
        op.audit(connection, "confirm_again", "consent_invitation", row.id)
        return row
    record(connection, op, _event(op, row))
    return row


def _event(op: Operation, row: Row[Any]) -> ConsentIn:
    return ConsentIn(
        event_id=f"invitation-{row.id}",
        customer=Who(id=str(row.customer_id)),
        purpose=row.purpose,
        channels=[Channel(channel) for channel in row.channels if channel != NO_CHANNEL],
        action="given",
        wording=WordingRef(id=row.wording_id, version=row.wording_version, language=row.wording_language),
        collected_via="double_opt_in",
        occurred_at=op.at,
        evidence=Evidence(actor="data_subject", control="confirm_button", double_opt_in_confirmed_at=op.at),
    )


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
