"""Paytrail: transactions are looked up by id; whoever paid can be neither corrected nor erased through its API.

So each act is a notice in both its capacities: an instruction for what it processes for the merchant, Art. 19 for its
own payment register. Only a report tells who paid; it is asked for with the fewest fields and filtered at once.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from pydantic import Field, StringConstraints

from app.connectors.connector import Configured, Connector, must_be_https
from app.connectors.email_task import EmailTaskConfig
from app.connectors.instruction import Instruction, Subject
from app.connectors.notice import give_notice, notice_by
from app.connectors.outcome import Later, Outcome
from app.connectors.outside import Limits, Link, Outside, Unreachable, document, refused
from app.connectors.paytrail_signature import is_signed, signature_of
from app.connectors.secrets import Secret
from app.policy.notifications import Act

REPORT_FIELDS = (
    *("entryDate", "reference", "stamp", "amount", "status", "paymentMethod"),
    *("firstname", "familyname", "payerName", "address", "postcode", "postoffice", "country"),
)
"""What a person's own payments say of the person; fees, commissions and settlements concern the merchant."""


class ReportRefused(Exception):
    """A report that Paytrail did not sign, or that is none."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A payment as Paytrail knows it; it names nobody."""

    id: str
    status: str
    reference: str
    provider: str | None


@dataclass(frozen=True, slots=True)
class Paytrail(Connector):
    """Looks up by machine, gives notice through `notice`."""

    config: "PaytrailConfig"
    recipient: str
    link: Link
    notice: Connector

    @property
    def capabilities(self) -> frozenset[Act]:
        """Its API has neither change nor erasure."""
        return frozenset()

    async def find(self, subject: Subject) -> tuple[str, ...]:
        """The transactions under the person's reference there that exist."""
        known = subject.references.get(self.recipient, "").split()
        return tuple(one.id for one in await self.transactions(known))

    async def apply(self, instruction: Instruction) -> Outcome:
        """Give notice, whether or not the look-up answers; what it found helps whoever handles the answer."""
        known = [*instruction.orders, *instruction.subject.references.get(self.recipient, "").split()]
        try:
            found = {"transactions_found": len(await self.transactions(known))}
        except Unreachable:
            found = {}
        return await give_notice(self.notice, instruction, "tell_paytrail", found)

    async def verify(self, instruction: Instruction) -> Outcome:
        """Only Paytrail's people answer."""
        return await self.notice.verify(instruction)

    async def transactions(self, ids: Collection[str]) -> list[Transaction]:
        """Those of the ids that are transactions; a shop's own order numbers are not. Raises `Unreachable`."""
        looked = [await self._transaction(one) for one in dict.fromkeys(ids) if _is_transaction(one)]
        return [one for one in looked if one is not None]

    async def request_report(
        self, callback_url: str, since: datetime, until: datetime, fields: Collection[str] = REPORT_FIELDS
    ) -> str:
        """Ask for who paid in a span; it comes later, signed, to the address. Raises `Unreachable`."""
        asked = {
            "requestType": "json",
            "callbackUrl": callback_url,
            "paymentStatus": "all",
            "startDate": _local(since),
            "endDate": _local(until),
            "reportFields": [*fields],
        }
        found = await self._ask("POST", "/payments/report", json.dumps(asked, separators=(",", ":")).encode())
        if found is None:
            raise Unreachable(Later("http_404"))
        return str(found.get("requestId", ""))

    def rows_about(self, references: Collection[str], headers: Mapping[str, str], body: bytes) -> list[dict[str, Any]]:
        """The rows of a report that are about the person's own orders; all others are forgotten here.

        Raises `ReportRefused` unless Paytrail signed it.
        """
        if not is_signed(self.config.secret.get_secret_value(), headers, body):
            raise ReportRefused
        try:
            rows = json.loads(body)
        except (ValueError, RecursionError):
            raise ReportRefused from None
        rows = rows if isinstance(rows, list) else [rows]
        return [row for row in rows if isinstance(row, dict) and row.get("reference") in references]

    async def _transaction(self, key: str) -> Transaction | None:
        found = await self._ask("GET", f"/payments/{key}", transaction=key)
        if found is None:
            return None
        told = {name: str(found.get(name, "")) for name in ("status", "reference")}
        return Transaction(key, provider=found.get("provider"), **told)

    async def _ask(
        self, method: str, path: str, body: bytes = b"", transaction: str | None = None
    ) -> dict[str, Any] | None:
        """What Paytrail answers, once it is known to be Paytrail; None for 404."""
        headers = self._headers(method, body, transaction)
        answer = await self.link.call(method, path, content=body or None, headers=headers)
        if answer.status_code == 404:
            return None
        if not answer.is_success:
            raise Unreachable(refused(answer))
        if not is_signed(self.config.secret.get_secret_value(), answer.headers, answer.content):
            raise Unreachable(Later("signature_invalid"))
        return document(answer)

    def _headers(self, method: str, body: bytes, transaction: str | None) -> dict[str, str]:
        at = self.link.outside.clock().astimezone(UTC).isoformat(timespec="milliseconds")
        sent = {
            "checkout-account": self.config.merchant_id,
            "checkout-algorithm": self.config.algorithm,
            "checkout-method": method,
            "checkout-nonce": str(uuid4()),
            "checkout-timestamp": at.replace("+00:00", "Z"),
        }
        if transaction is not None:
            sent["checkout-transaction-id"] = transaction
        signature = signature_of(self.config.secret.get_secret_value(), sent, body)
        return {**sent, "signature": signature, "content-type": "application/json; charset=utf-8"}


def _is_transaction(key: str) -> bool:
    """Transaction ids are UUIDs, written in one way, so none of them is a path of another meaning."""
    try:
        return str(UUID(key)) == key.lower()
    except ValueError:
        return False


def _local(at: datetime) -> str:
    """As Paytrail's filter takes it: without a zone."""
    return at.replace(tzinfo=None).isoformat(timespec="seconds")


class PaytrailConfig(Configured):
    """`kind: paytrail`. `notice` writes to its data-protection contact; without it a human of ours does."""

    kind: Literal["paytrail"]
    merchant_id: Annotated[str, StringConstraints(pattern=r"^\d{3,12}$")]
    secret: Secret
    base_url: str = "https://services.paytrail.com"
    algorithm: Literal["sha256", "sha512"] = "sha256"
    notice: EmailTaskConfig | None = None
    at_once: Annotated[int, Field(ge=1, le=32)] = 2
    per_second: Annotated[float, Field(gt=0)] | None = 5

    def connect(self, recipient: str, outside: Outside) -> Paytrail:
        """Its rate limits are not published: few calls, slowly."""
        must_be_https(recipient, self.base_url, outside)
        link = Link(outside, self.base_url, Limits(self.at_once, self.per_second))
        return Paytrail(self, recipient, link, notice_by(self.notice, recipient, outside))
