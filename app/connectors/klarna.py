"""Klarna: orders are known by id only. A shipping address can be rectified while the order allows; nothing is erased.

Klarna is a controller of its own, so whatever its API cannot do is a notice that it answers itself (Art. 19).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from pydantic import Field, StringConstraints

from app.connectors.connector import Configured, Connector, must_be_https
from app.connectors.email_task import EmailTaskConfig
from app.connectors.instruction import Change, Instruction, Subject
from app.connectors.notice import give_notice, notice_by
from app.connectors.outcome import Outcome, Verified
from app.connectors.outside import Limits, Link, Outside, Unreachable, document, refused
from app.connectors.secrets import Secret
from app.policy.notifications import Act

ORDERS = "/ordermanagement/v1/orders"
_ADDRESS = {"street": "street_address", "postal_code": "postal_code", "city": "city", "country": "country"}

Address = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Klarna(Connector):
    """Looks up and rectifies orders by machine, gives notice of the rest through `notice`."""

    config: "KlarnaConfig"
    recipient: str
    link: Link
    notice: Connector

    @property
    def capabilities(self) -> frozenset[Act]:
        """The shipping addresses of orders that are still open."""
        return frozenset({Act.RECTIFICATION})

    async def find(self, subject: Subject) -> tuple[str, ...]:
        """The orders under the person's reference there that exist."""
        known = subject.references.get(self.recipient, "").split()
        return tuple([one for one in known if (await self._order(one)) is not None])

    async def apply(self, instruction: Instruction) -> Outcome:
        """Rectify what the orders allow; stop recurring payments of an erased person; give notice of all else."""
        found: dict[str, int] = {}
        try:
            if instruction.act is Act.RECTIFICATION:
                found, whole = await self._rectify(instruction)
                if whole:
                    return Verified(memory=found)
            if instruction.act is Act.ERASURE and self.config.token_system is not None:
                found = await self._cancel_token(instruction)
        except Unreachable as error:
            return error.outcome
        return await give_notice(self.notice, instruction, "tell_klarna", found)

    async def verify(self, instruction: Instruction) -> Outcome:
        """Only Klarna's people answer."""
        return await self.notice.verify(instruction)

    async def _rectify(self, instruction: Instruction) -> tuple[dict[str, int], bool]:
        """How many orders bear the new value, and whether that is all there was to do."""
        corrected, left = 0, 0
        orders = [*instruction.orders, *instruction.subject.references.get(self.recipient, "").split()]
        for key in dict.fromkeys(orders):
            order = await self._order(key)
            if order is None:
                continue
            address = corrected_address(order.get("shipping_address") or {}, instruction.changes)
            if address is None:
                left += 1
            elif await self._correct(instruction, key, order, address):
                corrected += 1
            else:
                left += 1
        return {"orders_corrected": corrected, "orders_left": left}, corrected > 0 and left == 0

    async def _correct(self, instruction: Instruction, key: str, order: dict[str, Any], address: Address) -> bool:
        if address == order.get("shipping_address"):
            return True
        answer = await self.link.call(
            "PATCH",
            f"{ORDERS}/{quote(key, safe='')}/customer-details",
            json={"shipping_address": address},
            headers={"klarna-idempotency-key": _key(instruction.id, key)},
        )
        if answer.status_code in {403, 404}:
            return False
        if not answer.is_success:
            raise Unreachable(refused(answer))
        again = await self._order(key)
        return again is not None and again.get("shipping_address") == address

    async def _cancel_token(self, instruction: Instruction) -> dict[str, int]:
        token = instruction.subject.references.get(self.config.token_system or "")
        if token is None:
            return {}
        answer = await self.link.call(
            "PATCH", f"/customer-token/v1/tokens/{quote(token, safe='')}/status", json={"status": "CANCELLED"}
        )
        if not answer.is_success and answer.status_code != 404:
            raise Unreachable(refused(answer))
        return {"tokens_cancelled": 1 if answer.is_success else 0}

    async def _order(self, key: str) -> dict[str, Any] | None:
        answer = await self.link.call("GET", f"{ORDERS}/{quote(key, safe='')}")
        if answer.status_code == 404:
            return None
        if not answer.is_success:
            raise Unreachable(refused(answer))
        return document(answer)


def corrected_address(held: Mapping[str, Any], changes: tuple[Change, ...]) -> Address | None:
    """The shipping address with the changes; None if they are no matter of this order, or of no address at all.

    An order that went elsewhere, to a present's receiver or a pick-up point, keeps where it went.
    """
    address = dict(held)
    for change in changes:
        was, now = _parts(change.about, change.was), _parts(change.about, change.now)
        if not now or not (_bears(held, was) or _bears(held, now)):
            return None
        if change.about == "address" and not _bears(held, now):
            address.pop("street_address2", None)
        address.update(now)
    return address if changes else None


def _parts(about: str, value: Any) -> dict[str, str]:
    """A value of the register as members of Klarna's address; empty for what has no place there."""
    if about in {"email", "phone"} and isinstance(value, str):
        return {about: value}
    if about == "address" and isinstance(value, Mapping):
        return {theirs: str(value[ours]) for ours, theirs in _ADDRESS.items() if value.get(ours)}
    return {}


def _bears(held: Mapping[str, Any], parts: Mapping[str, str]) -> bool:
    """Whether an address has these values, however they are capitalised and spaced."""
    return bool(parts) and all(_plain(held.get(name)) == _plain(value) for name, value in parts.items())


def _plain(value: Any) -> str:
    return "".join(str(value or "").split()).casefold()


def _key(notification: UUID, order: str) -> str:
    """`Klarna-Idempotency-Key`: of version 4 as recommended, the same for every attempt at this order."""
    return str(UUID(bytes=sha256(f"klarna/{notification}/{order}".encode()).digest()[:16], version=4))


class KlarnaConfig(Configured):
    """`kind: klarna`. `token_system` names the references that hold tokens of recurring payments, if there are any."""

    kind: Literal["klarna"]
    username: Annotated[str, StringConstraints(min_length=1)]
    password: Secret
    base_url: str = "https://api.klarna.com"
    token_system: str | None = None
    notice: EmailTaskConfig | None = None
    at_once: Annotated[int, Field(ge=1, le=32)] = 2
    per_second: Annotated[float, Field(gt=0)] | None = 5

    def connect(self, recipient: str, outside: Outside) -> Klarna:
        """Its rate limits are not published: few calls, slowly."""
        must_be_https(recipient, self.base_url, outside)
        auth = (self.username, self.password.get_secret_value())
        link = Link(outside, self.base_url, Limits(self.at_once, self.per_second), auth)
        return Klarna(self, recipient, link, notice_by(self.notice, recipient, outside))
