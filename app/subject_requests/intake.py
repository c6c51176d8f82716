"""Receive a request: case number, clock, person; bans and withdrawals take effect at once (Art. 21(3), 7(3))."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.consents import repository as consents
from app.consents.schemas import ConsentIn, Evidence, Who
from app.consents.service import take
from app.customers import repository as customers
from app.customers import suppression
from app.customers.errors import CustomerErased, CustomerNotFound
from app.customers.identity import Address, email_address, person_mark, phone_address, postal_address
from app.customers.record import addresses
from app.customers.suppression import EVERY, Suppression
from app.db import new_id
from app.letters.facts import Acknowledgement, ConsentWithdrawn, Facts, MarketingBanConfirmed
from app.notifications import repository as notifications
from app.notifications.queueing import Notice, tell_each
from app.notifications.serving import serving
from app.policy.deadlines import due, receipt_on
from app.policy.notifications import ACT_OF
from app.policy.requests import IMMEDIATE_RIGHTS, State
from app.policy.vocabulary import Channel, Right
from app.processors.disclosure_log import Notified
from app.register.operation import Operation
from app.subject_requests import envelopes, rectifying, repository, rights
from app.subject_requests.errors import RequestInvalid
from app.subject_requests.matters import other_bases_of
from app.subject_requests.outcome import recipient_names
from app.subject_requests.schemas import ClaimedIdentity, RequestNew
from app.subject_requests.schemas_out import RequestOut
from app.subject_requests.shown import request_out
from app.subject_requests.writing import write_letter


def receive(connection: Connection, op: Operation, new: RequestNew) -> RequestOut:
    """Register the request; a ban or a withdrawal is in force when this returns."""
    if new.received_at > op.at + timedelta(minutes=5):
        raise RequestInvalid(errors=[{"detail": "lies in the future", "pointer": "#/received_at"}])
    customer = _customer(connection, new.customer) if new.customer is not None else None
    row = _row(connection, op, new, customer)
    repository.add_request(connection, row)
    event = {"request_id": row["id"], "at": op.at, "kind": "received", "client_id": op.actor.id}
    repository.add_event(connection, {**event, "state": State.RECEIVED, "details": _how(new)})
    op.audit(
        connection,
        "receive",
        "subject_request",
        row["id"],
        customer.audit_key if customer else None,
        details={"right": new.right},
    )
    if new.right in IMMEDIATE_RIGHTS:
        take_effect(connection, op, new, row, customer)
    if new.rectification is not None:
        rectifying.propose(connection, op, row["id"], row["case_number"], new.rectification)
    rights.begin(connection, op, _stored(connection, row["id"]))
    _tell(connection, op, new, row)
    return reread_out(connection, op, row["id"])


def _how(new: RequestNew) -> dict[str, Any]:
    return {"channel": new.channel, "linked": new.customer is not None}


def _tell(connection: Connection, op: Operation, new: RequestNew, row: dict[str, Any]) -> None:
    """Acknowledge, and confirm what took effect; last: the counter of letters is locked until the transaction ends."""
    received = {"right": new.right, "received_on": row["received_on"], "due_on": row["due_on"]}
    write_letter(connection, op, _stored(connection, row["id"]), Acknowledgement(**received))
    if new.right in IMMEDIATE_RIGHTS:
        confirm(connection, op, new, row["id"])


def confirm(connection: Connection, op: Operation, new: RequestNew, request_id: UUID) -> None:
    """The letter that a ban or a withdrawal is in force, and what of it."""
    row = _stored(connection, request_id)
    write_letter(connection, op, row, _confirmed(connection, op, new, row))


def reread_out(connection: Connection, op: Operation, request_id: UUID) -> RequestOut:
    """The request as it stands, without an audit row of its own."""
    return request_out(connection, op, _stored(connection, request_id))


def _stored(connection: Connection, request_id: UUID) -> Row[Any]:
    stored = repository.request(connection, request_id)
    assert stored is not None  # noqa: S101 (stored in this transaction, or named by an idempotency key)
    return stored


def reread(connection: Connection, op: Operation, request_id: UUID) -> RequestOut:
    """The request again, for a repeated Idempotency-Key."""
    op.audit(connection, "read", "subject_request", request_id)
    return reread_out(connection, op, request_id)


def _row(connection: Connection, op: Operation, new: RequestNew, customer: Row[Any] | None) -> dict[str, Any]:
    received_on = receipt_on(new.received_at, op.definition.zone)
    return {
        "id": new_id(),
        "case_number": repository.next_case_number(connection, op.today.year),
        "version": 1,
        "right": new.right.value,
        "ground": new.ground.value if new.ground else None,
        "ground_facts": new.ground_facts.model_dump(mode="json") if new.ground_facts else None,
        "restriction_ground": new.restriction_ground,
        "state": State.RECEIVED.value,
        "customer_id": customer.id if customer else None,
        "claimed_identity": new.claimed_identity.model_dump(mode="json") if new.claimed_identity else None,
        "representative": new.representative.model_dump(mode="json") if new.representative else None,
        "channel": new.channel,
        "details": new.details,
        "purposes": _purposes(op, new),
        "channels": [channel.value for channel in new.channels],
        "received_at": new.received_at,
        "received_on": received_on,
        "due_on": due(received_on, 1, op.definition.holidays()),
        "person_in_charge": op.definition.contact.person_in_charge,
        "substitute": op.definition.contact.substitute,
        "register_version": op.register.version,
        "created_at": op.at,
        "created_by": op.actor.id,
    }


def _purposes(op: Operation, new: RequestNew) -> list[str]:
    known = {purpose.code for purpose in op.definition.purposes}
    for n, code in enumerate(new.purposes):
        if code not in known:
            raise RequestInvalid(errors=[{"detail": "is not a declared purpose", "pointer": f"#/purposes/{n}"}])
    return list(new.purposes)


def _customer(connection: Connection, who: Who) -> Row[Any]:
    found = one_person(connection, who)
    row = customers.lock(connection, found)
    if row is None:
        raise CustomerNotFound
    if row.erased_at is not None:
        raise CustomerErased(erased_on=row.erased_at.date().isoformat())
    return row


def one_person(connection: Connection, who: Who) -> UUID:
    """The one person that is named; an address does not identify anybody (design: a request concerns one person)."""
    if who.uuid is not None:
        return who.uuid
    if who.reference is None:
        detail = "name the person by id or reference; an address identifies nobody, use claimed_identity"
        raise RequestInvalid(errors=[{"detail": detail, "pointer": "#/customer"}])
    found = consents.ids_by_reference(connection, [who.reference]).get(who.reference)
    if found is None:
        raise CustomerNotFound
    return found


def take_effect(
    connection: Connection, op: Operation, new: RequestNew, row: dict[str, Any], customer: Row[Any] | None
) -> None:
    """Do at once what cannot wait, then leave the recipients and the letter open."""
    if new.right is Right.MARKETING_BAN:
        _ban(connection, op, new, row["id"], customer)
    else:
        _withdraw(connection, op, new, row, customer)
    _tell_recipients(connection, op, new, row["id"], customer)
    envelopes.note(connection, op.keys, row["id"], op.at)
    repository.change_request(connection, row["id"], {"state": State.EXECUTING.value, "executed_at": op.at})
    event = {"request_id": row["id"], "at": op.at, "kind": "took_effect", "client_id": op.actor.id}
    repository.add_event(connection, {**event, "state": State.EXECUTING, "details": None})


def _confirmed(connection: Connection, op: Operation, new: RequestNew, row: Row[Any]) -> Facts:
    recipients = recipient_names(op.definition, notifications.of_request(connection, row.id))
    effective_on = min(new.received_at, op.at).astimezone(op.definition.zone).date()
    if new.right is Right.MARKETING_BAN:
        channels = tuple(new.channels)
        return MarketingBanConfirmed(effective_on=effective_on, channels=channels, recipients=recipients)
    others = dict.fromkeys(one.purpose for one in other_bases_of(connection, op, row))
    withdrawn = tuple(_withdrawn(op, new))
    return ConsentWithdrawn(effective_on=effective_on, purposes=withdrawn, others=tuple(others), recipients=recipients)


def _tell_recipients(
    connection: Connection, op: Operation, new: RequestNew, request_id: UUID, customer: Row[Any] | None
) -> None:
    """Queue what recipients hear of a ban or withdrawal; about an address in no record, the address is sealed."""
    claimed = new.claimed_identity
    content = None if customer is not None or claimed is None else {"email": claimed.email, "phone": claimed.phone}
    purposes = tuple(_withdrawn(op, new)) if new.right is Right.CONSENT_WITHDRAWAL else ()
    customer_id = None if customer is None else customer.id
    notice = Notice(
        "", ACT_OF[new.right], request_id, customer_id, content=content, purposes=purposes, channels=tuple(new.channels)
    )
    tell_each(connection, op, told(connection, op, customer_id), notice)


def told(connection: Connection, op: Operation, customer_id: UUID | None) -> list[Notified]:
    """Recipients through whom marketing may go out, if they may hold the person's data."""
    return serving(connection, customer_id, op.definition.marketing_purposes)


def _ban(connection: Connection, op: Operation, new: RequestNew, request_id: UUID, customer: Row[Any] | None) -> None:
    """Suppress every address for all direct marketing; also an address that is in no record."""
    found = addresses(customer) if customer is not None else claimed_addresses(op, new.claimed_identity)
    if customer is None and not found:
        detail = "a ban without a record needs an e-mail, phone or postal address"
        raise RequestInvalid(errors=[{"detail": detail, "pointer": "#/claimed_identity"}])
    since = min(new.received_at, op.at)
    what = Suppression(EVERY, "suppressed", "marketing_ban", since, op.actor.id, op.at, request_id)
    marks = [person_mark(op.keys, customer.id)] if customer is not None else []
    suppression.apply(connection, op.keys.key_id, [*found, *marks], set(new.channels or Channel), what)
    if customer is not None:
        customers.tell_systems(connection, customer.id, "banned", op.at)
    else:  # whoever else is behind the address is not written to either
        behind = consents.ids_by_address(connection, {address.hash for address in found})
        customers.tell_systems(connection, {one for ids in behind.values() for one in ids}, "banned", op.at)


def claimed_addresses(op: Operation, claimed: ClaimedIdentity | None) -> list[Address]:
    """The addresses of a claimed identity in comparable form."""
    if claimed is None:
        return []
    found = [email_address(op.keys, claimed.email)] if claimed.email else []
    phone = phone_address(op.keys, claimed.phone, op.definition.phone_region) if claimed.phone else None
    found += [phone] if phone else []
    if claimed.address is not None:
        country = claimed.address.country or op.definition.controller.address.country
        found.append(postal_address(op.keys, **{**claimed.address.model_dump(), "country": country}))
    return found


def _withdraw(
    connection: Connection, op: Operation, new: RequestNew, row: dict[str, Any], customer: Row[Any] | None
) -> None:
    """Withdraw the named consents, or all; other bases stay and are reported (F53, N7).

    A purpose that rests on something else is named in vain, which is no reason to refuse the withdrawal.
    """
    for purpose in _withdrawn(op, new):
        for n, who in enumerate(_whose(new, customer)):
            event = ConsentIn(
                event_id=f"{row['case_number']}-{purpose}-{n}",
                customer=who,
                purpose=purpose,
                channels=[c for c in new.channels if _has_channel(op, purpose, c)],
                action="withdrawn",
                collected_via=_via(new),
                occurred_at=min(new.received_at, op.at),
                evidence=Evidence(actor="data_subject"),
            )
            (outcome,) = take(connection, op, [event], audited=False, telling=False)
            if isinstance(outcome, Exception):
                raise outcome


def _withdrawn(op: Operation, new: RequestNew) -> list[str]:
    declared = [purpose.code for purpose in op.definition.consent_purposes]
    withdrawable = {p.code for p in op.definition.purposes if p.needs_consent or p.is_marketing}
    return [code for code in new.purposes if code in withdrawable] if new.purposes else declared


def _whose(new: RequestNew, customer: Row[Any] | None) -> list[Who]:
    if customer is not None:
        return [Who(id=str(customer.id))]
    claimed = new.claimed_identity
    found = [Who(email=claimed.email)] if claimed and claimed.email else []
    found += [Who(phone=claimed.phone)] if claimed and claimed.phone else []
    if not found:
        detail = "a withdrawal without a record needs an e-mail address or a phone number"
        raise RequestInvalid(errors=[{"detail": detail, "pointer": "#/claimed_identity"}])
    return found


def _has_channel(op: Operation, code: str, channel: Channel) -> bool:
    purpose = op.definition.purpose(code)
    return purpose is not None and channel in purpose.channels


def _via(new: RequestNew) -> Any:
    return {"post": "paper", "form": "web_form", "api": "web_form"}.get(new.channel, new.channel)
