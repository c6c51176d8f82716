"""Who is due for an audience, who stands in it, and what became of each."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, and_, exists, not_, or_, select, update

from app.consents.tables import consent_states
from app.customers.tables import customers
from app.customers.tables_audiences import audience_members
from app.policy.vocabulary import Channel

_M, _C = audience_members.c, customers.c
_CHANGED_SINCE = or_(_M.state == "sent", _M.state == "kept_out")


def due(
    connection: Connection, recipient: str, audience: str, consented: str | None, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Living people with an address whom the audience does not have as they are now, in the order of their ids.

    `consented` names the purpose that needs a consent: then only who has given one. Addresses to which nothing
    arrives are left out, and who was stopped: nobody is subscribed again but by themselves.
    """
    here = and_(_M.customer_id == _C.id, _M.recipient == recipient, _M.audience == audience)
    query: Select[Any] = select(
        _C.id, _C.email, _C.name, _C.street, _C.postal_code, _C.city, _C.country, _C.phone, _C.version, _C.email_hash,
        _C.email_normal, _M.state, _M.contact_id,
    ).select_from(customers.outerjoin(audience_members, here))  # fmt: skip
    waits = or_(_M.customer_id.is_(None), _M.state.in_(("leaving", "archived", "known")))
    changed = and_(_CHANGED_SINCE, or_(_M.customer_version.is_(None), _M.customer_version != _C.version))
    query = query.where(_C.erased_at.is_(None), _C.email_hash.is_not(None), or_(waits, changed), not_(_bounces()))
    if consented is not None:
        s = consent_states.c
        given = and_(s.customer_id == _C.id, s.purpose == consented, s.channel == Channel.EMAIL, s.action == "given")
        query = query.where(exists(select(s.customer_id).where(given)))
    if after is not None:
        query = query.where(_C.id > after)
    return connection.execute(
        query.order_by(_C.id).limit(limit).with_for_update(read=True, key_share=True, of=customers)
    ).all()


def _bounces() -> Any:
    bounced = audience_members.alias("bounced").c
    same = and_(bounced.customer_id == _C.id, bounced.email_hash == _C.email_hash)
    return exists(select(bounced.customer_id).where(same, bounced.undeliverable_since.is_not(None)))


def standing(
    connection: Connection, recipient: str, audience: str, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Who was put into the audience and not stopped since, in the order of their ids."""
    query: Select[Any] = select(_M.customer_id, _M.contact_id, _C.email).join(customers, _C.id == _M.customer_id)
    query = query.where(_M.recipient == recipient, _M.audience == audience, _M.state == "sent")
    if after is not None:
        query = query.where(_M.customer_id > after)
    return connection.execute(query.order_by(_M.customer_id).limit(limit)).all()


def change(connection: Connection, key: tuple[UUID, str, str], values: dict[str, Any]) -> None:
    """Note what became of a member; one who has been erased meanwhile is not brought back."""
    customer_id, recipient, audience = key
    mine = (_M.customer_id == customer_id, _M.recipient == recipient, _M.audience == audience)
    connection.execute(update(audience_members).where(*mine).values(**values))


def by_contact(connection: Connection, recipient: str, audience: str, contacts: Collection[str]) -> dict[str, Row[Any]]:
    """The people behind the service's own numbers: the address it was sent, its state, the record's address now."""
    query: Select[Any] = select(
        _M.contact_id, _M.customer_id, _M.state, _M.email_hash, _C.email_hash.label("held_hash")
    )
    query = query.join(customers, _C.id == _M.customer_id).where(_C.erased_at.is_(None))
    mine = (_M.recipient == recipient, _M.audience == audience, _M.contact_id.in_(sorted(contacts)))
    return {row.contact_id: row for row in connection.execute(query.where(*mine))} if contacts else {}


def bounced(connection: Connection, recipient: str, audience: str, hashes: Collection[str]) -> set[str]:
    """Of these addresses those that are noted as undeliverable already."""
    mine = (_M.recipient == recipient, _M.audience == audience, _M.email_hash.in_(sorted(hashes)))
    query = select(_M.email_hash).where(*mine, _M.undeliverable_since.is_not(None))
    return set(connection.execute(query).scalars()) if hashes else set()
