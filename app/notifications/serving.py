"""Whom a purpose concerns: the recipients through whom it is served, as far as they may hold the person's data."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection

from app.notifications.queueing import Notice, addressee, queue, tell_each
from app.policy.notifications import Act
from app.processors.disclosure_log import Notified, recipients_of_each
from app.processors.repository import ids_by_code
from app.register.definition_purposes import Purpose
from app.register.operation import Operation


def serving(connection: Connection, customer_id: UUID | None, purposes: Iterable[Purpose]) -> list[Notified]:
    """Those who serve one of the purposes; of an address in no record, all of them, since anybody may hold it."""
    codes = {code for purpose in purposes for code in purpose.recipients}
    if customer_id is not None:
        return [one for one in recipients_of_each(connection, [customer_id])[customer_id] if one.code in codes]
    known = ids_by_code(connection, codes)
    return [Notified(known.get(code), code, code, None) for code in sorted(codes)]


def tell_of_withdrawals(
    connection: Connection, op: Operation, withdrawn: Sequence[tuple[UUID, Purpose, Collection[str]]]
) -> None:
    """Queue what recipients hear of consents that these people have withdrawn, of all of them at once (Art. 7(3), 19).

    Each item is a person, a purpose and the channels.
    """
    reached = _recipients(connection, {customer_id for customer_id, _, _ in withdrawn})
    queue(
        connection,
        op,
        [
            Notice(
                addressee(one),
                Act.CONSENT_WITHDRAWAL,
                customer_id=customer_id,
                processor_id=one.processor_id,
                purposes=(purpose.code,),
                channels=tuple(sorted(channels)),
            )
            for customer_id, purpose, channels in withdrawn
            for one in reached[customer_id]
            if one.code in purpose.recipients
        ],
    )


def tell_of_address(
    connection: Connection, op: Operation, purpose: Purpose, channels: Collection[str], content: Mapping[str, str]
) -> None:
    """The same for an address in no record, which is sealed."""
    notice = Notice(
        "", Act.CONSENT_WITHDRAWAL, content=content, purposes=(purpose.code,), channels=tuple(sorted(channels))
    )
    tell_each(connection, op, serving(connection, None, [purpose]), notice)


def _recipients(connection: Connection, customer_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Notified]]:
    return recipients_of_each(connection, sorted(customer_ids)) if customer_ids else {}
