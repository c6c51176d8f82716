"""Links by which a person leaves direct marketing (F83, F84): one for each person, purpose, channel and address.

The token is a keyed hash of what the link is for, so that every message to a person carries the same link, and a
mailing to a hundred thousand people makes no new rows when it is repeated. The database holds a hash of the token: it
can forge no link, and a link made under an older key goes on working. Beside it stands the keyed hash of the address,
so that a withdrawal still finds what to suppress when the person has been erased.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import Connection

from app.consents import people, repository_links
from app.consents.errors import ConsentInvalid, NoAddress, NotMarketing
from app.consents.people import Found
from app.consents.schemas_links import (
    UnsubscribeLinkOut,
    UnsubscribeLinkResult,
    UnsubscribeLinksIn,
    UnsubscribeLinksOut,
)
from app.customers.errors import invalid
from app.customers.identity import Address
from app.customers.record import addresses
from app.customers.suppression import CHANNELS_OF
from app.db import new_id
from app.errors import Problem
from app.policy.vocabulary import Channel
from app.register.definition_purposes import Purpose
from app.register.errors import PurposeUnknown
from app.register.operation import Operation

ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""The pair that a mail program posts (RFC 8058 §3.2)."""


def make(connection: Connection, op: Operation, sent: UnsubscribeLinksIn, base_url: str) -> UnsubscribeLinksOut:
    """Links for everybody named, each judged by itself; who may not be written to gets one all the same."""
    _purpose(op, sent)
    named = [(who, people.address_of(op, who)) for who in sent.subjects]
    made: list[dict[str, Any]] = []
    outcomes: list[UnsubscribeLinkOut | Problem] = []
    subjects: set[UUID] = set()
    for found, (who, _) in zip(people.look_up(connection, op, named), named, strict=True):
        try:
            if who.phone is not None and found.address is None:
                raise invalid("#/phone", "is not a phone number")
            token, row = _link(op, sent, found)
        except Problem as problem:
            outcomes.append(problem)
        else:
            made.append(row)
            outcomes.append(shown(base_url, token, sent.mailto))
            subjects.update(one.audit_key for one in found.living)
    repository_links.add(connection, made)
    details = {"items": len(named), "made": len(made), "purpose": sent.purpose, "channel": sent.channel.value}
    op.audit(connection, "make_links", "unsubscribe_link", details=details, subjects=sorted(subjects))
    results = [_result(n, outcome) for n, outcome in enumerate(outcomes)]
    return UnsubscribeLinksOut(purpose=sent.purpose, channel=sent.channel, results=results)


def _purpose(op: Operation, sent: UnsubscribeLinksIn) -> Purpose:
    purpose = op.definition.purpose(sent.purpose)
    if purpose is None:
        raise PurposeUnknown(declared=[p.code for p in op.definition.marketing_purposes])
    if not purpose.is_marketing:
        raise NotMarketing
    if sent.channel not in purpose.channels:
        raise ConsentInvalid(errors=[{"detail": "the purpose has no such channel", "pointer": "#/channel"}])
    return purpose


def _link(op: Operation, sent: UnsubscribeLinksIn, found: Found) -> tuple[str, dict[str, Any]]:
    """The token and its row.

    An address that several share, or that nobody the client may know has, is a link of that address only: its page
    tells of nobody.
    """
    concerned = people.concerned(op, found)
    known = [one for one in concerned if found.address is None or one.visible or not op.actor.systems]
    person = known[0] if len(concerned) == len(known) == 1 else None
    address = found.address or _reached(addresses(concerned[0]), sent.channel)
    if address is None or sent.channel not in CHANNELS_OF[address.kind]:
        raise NoAddress
    customer_id = None if person is None else person.id
    token = token_for(op, customer_id, address.hash, sent.purpose, sent.channel)
    row = {
        "id": new_id(),
        "token_hash": token_hash(token),
        "customer_id": customer_id,
        "address_kind": address.kind,
        "address_hash": address.hash,
        "purpose": sent.purpose,
        "channel": sent.channel.value,
        "language": op.definition.default_language if person is None else person.language,
        "issued_at": op.at,
    }
    return token, row


def _reached(held: Sequence[Address], channel: Channel) -> Address | None:
    return next((address for address in held if channel in CHANNELS_OF[address.kind]), None)


def token_for(op: Operation, customer_id: UUID | None, address_hash: str, purpose: str, channel: str) -> str:
    """256 bits that say nothing and that nobody without the key can make."""
    parts = ("" if customer_id is None else str(customer_id), address_hash, purpose, channel)
    return urlsafe_b64encode(op.keys.mac("unsubscribe", *parts)).rstrip(b"=").decode()


def token_hash(token: str) -> str:
    """How a token is remembered."""
    return sha256(token.encode()).hexdigest()


def shown(base_url: str, token: str, mailto: str | None) -> UnsubscribeLinkOut:
    """The address of the page, and the headers: exactly one web address, first (RFC 8058 §3.1, RFC 2369 §2)."""
    url = f"{base_url}/unsubscribe/{token}"
    also = f", <mailto:{quote(mailto, safe='@+')}?subject=unsubscribe%20{token}>" if mailto else ""
    secure = url.startswith("https:")
    return UnsubscribeLinkOut(
        url=url,
        list_unsubscribe=f"<{url}>{also}",
        list_unsubscribe_post="=".join(ONE_CLICK) if secure else None,
    )


def _result(index: int, outcome: UnsubscribeLinkOut | Problem) -> UnsubscribeLinkResult:
    if isinstance(outcome, Problem):
        return UnsubscribeLinkResult(index=index, status=outcome.status, link=None, problem=outcome.body())
    return UnsubscribeLinkResult(index=index, status=200, link=outcome, problem=None)
