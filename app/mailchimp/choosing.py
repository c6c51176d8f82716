"""Who may go into an audience, who may stay: asked of the processing check, logged as disclosed before anything leaves.

Functions over a connection; what is carried to Mailchimp afterwards is in `exporting`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.connectors.instruction import Change
from app.connectors.mailchimp_acts import merge_values
from app.connectors.mailchimp_config import MailchimpAccount
from app.consents.schemas import Who
from app.mailchimp import repository, repository_members
from app.policy.processing import ReasonCode
from app.policy.vocabulary import Channel
from app.processing_checks.schemas import AnswerOut, CheckIn
from app.processing_checks.service import run as check
from app.processors.disclosures import disclose_batch
from app.processors.schemas_disclosures import ById, DisclosureBatch
from app.register.definition_purposes import Purpose
from app.register.operation import Operation

AT_ONCE = 200
PASSING = frozenset({ReasonCode.RESTRICTED, ReasonCode.TRANSFER_REFUSED})
"""Against new mail, but not against membership: a restriction archives by a notification of its own (Art. 18), and a
transfer without a basis is mended or ended by a human. Either may be lifted, and an unsubscription could not. Whoever
is restricted is left to the archive, whatever else there is: what the restriction remembers must stay true."""
OWN_ACTS = frozenset(
    {ReasonCode.MARKETING_BAN, ReasonCode.SUPPRESSED, ReasonCode.OBJECTION, ReasonCode.CONSENT_WITHDRAWN}
    | {ReasonCode.DECEASED, ReasonCode.ERASED}
)
"""What ends it for good; for anything else the member is archived, and may come back."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One audience, the purpose that it is filled for, and what the recipient may get."""

    recipient: str
    audience: str
    purpose: Purpose
    account: MailchimpAccount
    fields: tuple[str, ...]
    categories: tuple[str, ...]

    def key(self, customer_id: UUID) -> tuple[UUID, str, str]:
        """Where a member is noted."""
        return customer_id, self.recipient, self.audience


def planned(op: Operation, recipient: str, account: MailchimpAccount, audience: str, purpose: Purpose) -> Plan:
    """The fields are the address and what the configuration maps, as far as the definition allows (F70)."""
    listed = op.definition.recipient(recipient)
    may = frozenset() if listed is None else frozenset(listed.fields) or op.definition.contact_fields
    fields = tuple(sorted({"email", *account.merge_fields} & may))
    categories = () if listed is None else listed.categories
    having = [c.code for c in op.definition.categories if c.code in categories and c.contact_fields & set(fields)]
    return Plan(recipient, audience, purpose, account, fields or ("email",), tuple(having) or ("contact_details",))


@dataclass(frozen=True, slots=True)
class Leaving:
    """One person's data on their way: logged, and not yet there."""

    customer_id: UUID
    email: str = field(repr=False)
    merge: Mapping[str, Any] = field(repr=False)
    contact_id: str | None = None
    comes_back: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """A batch: who leaves, where to go on, and what became of the others."""

    leaving: list[Leaving]
    last: UUID
    counts: Counter[str]


def choose(connection: Connection, op: Operation, plan: Plan, after: UUID | None) -> Chosen | None:
    """The next people whom check and gate allow, logged; None when there are no more."""
    consented = plan.purpose.code if plan.purpose.needs_consent else None
    rows = repository_members.due(connection, plan.recipient, plan.audience, consented, after, AT_ONCE)
    if not rows:
        op.audited = True  # nobody was looked at
        return None
    counts: Counter[str] = Counter()
    allowed = [row for row, answer in zip(rows, _asked(connection, op, plan, [r.id for r in rows]), strict=True)
               if _counted(counts, answer)]  # fmt: skip
    passed = _disclosed(connection, op, plan, allowed, counts)
    noted = [_noted(plan, row, op.at) for row in passed]
    changed = ("email_hash", "state", "purpose", "customer_version", "changed_at")
    repository.put_members(connection, noted, changed)
    return Chosen([_leaving(plan, row) for row in passed], rows[-1].id, counts)


def _asked(connection: Connection, op: Operation, plan: Plan, ids: Sequence[UUID]) -> list[AnswerOut]:
    subjects = [Who(id=str(one)) for one in ids]
    return check(connection, op, CheckIn(purpose=plan.purpose.code, channel=Channel.EMAIL, subjects=subjects)).results


def _counted(counts: Counter[str], answer: AnswerOut) -> bool:
    if not answer.allowed:
        counts.update(f"denied:{reason.code}" for reason in answer.reasons[:1])
    return answer.allowed


def _disclosed(
    connection: Connection, op: Operation, plan: Plan, rows: Sequence[Row[Any]], counts: Counter[str]
) -> list[Row[Any]]:
    """Those whose data may go, by the gate, which logs each (Art. 15(1)(c))."""
    if not rows:
        return []
    asked = DisclosureBatch(
        recipient=plan.recipient,
        purpose=plan.purpose.code,
        categories=list(plan.categories),
        fields=list(plan.fields),
        channel="api",
        customers=[ById(id=row.id) for row in rows],
    )
    results = disclose_batch(connection, op, asked).results
    refused = [result for result in results if result.outcome != "disclosed"]
    counts.update(f"refused:{result.reasons[0].code}" for result in refused if result.reasons)
    return [row for row, result in zip(rows, results, strict=True) if result.outcome == "disclosed"]


def _noted(plan: Plan, row: Row[Any], at: datetime) -> dict[str, Any]:
    key = dict(zip(("customer_id", "recipient", "audience"), plan.key(row.id), strict=True))
    state = {"state": "archived" if row.state == "archived" else "leaving", "purpose": plan.purpose.code}
    return {**key, **state, "email_hash": row.email_hash, "customer_version": row.version, "changed_at": at}


def _leaving(plan: Plan, row: Row[Any]) -> Leaving:
    address = {name: getattr(row, name) for name in ("street", "postal_code", "city", "country")}
    held = {"name": row.name, "phone": row.phone, "address": address if row.street else None}
    given = [Change(name, now=value) for name, value in held.items() if value is not None and name in plan.fields]
    merge = merge_values(tuple(given), plan.account.merge_fields)
    return Leaving(row.id, row.email, merge, row.contact_id, comes_back=row.state == "archived")


@dataclass(frozen=True, slots=True)
class Stop:
    """One member who may not stay: for good, until it is allowed again, or because they are erased."""

    customer_id: UUID
    key: str | None
    email: str | None = field(default=None, repr=False)
    how: str = "unsubscribe"


def no_longer(
    connection: Connection, op: Operation, plan: Plan, members: Sequence[tuple[UUID, str | None, str | None]]
) -> list[Stop]:
    """Which of these members (id, contact id, address) the check denies by now, and how each ends."""
    if not members:
        op.audited = True  # nobody was looked at
        return []
    answers = _asked(connection, op, plan, [one for one, _, _ in members])
    denied = [
        (m, {ReasonCode(r.code) for r in a.reasons}) for m, a in zip(members, answers, strict=True) if not a.allowed
    ]
    return [
        Stop(one, contact, email, _how(reasons))
        for (one, contact, email), reasons in denied
        if ReasonCode.RESTRICTED not in reasons and not reasons <= PASSING
    ]


def _how(reasons: set[ReasonCode]) -> str:
    if ReasonCode.ERASED in reasons:
        return "erase"
    return "unsubscribe" if reasons & OWN_ACTS else "archive"


def note_stopped(connection: Connection, plan: Plan, stopped: Sequence[Stop], at: datetime) -> None:
    """Remember how each ended."""
    for one in stopped:
        state = "archived" if one.how == "archive" else "stopped"
        repository_members.change(connection, plan.key(one.customer_id), {"state": state, "changed_at": at})
