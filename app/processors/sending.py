"""May a message leave for this recipient at this instant? Chapter V alone (Art. 44; F90-F96).

Whoever delivers asks right before each attempt, in the same transaction as the claim of the message. `Stopped` is no
failure: the message stays queued and goes out once the basis is mended, without having used up an attempt.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, Row

from app.policy.vocabulary import Nature
from app.processors import adequacy, repository, repository_transfers
from app.processors.flows import Blocked, Record, Verdict, judge, to_record
from app.processors.gate import Reason
from app.register.definition import Definition


@dataclass(frozen=True, slots=True)
class MaySend:
    """It may leave. Outside the EEA it rests on that record and article; what carries no data rests on none."""

    transfer_id: UUID | None
    article: str | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """It may not leave now, with everything that is missing; it is asked again at the next attempt."""

    reasons: tuple[Reason, ...]


Sending: TypeAlias = MaySend | Stopped


def may_send(
    connection: Connection,
    definition: Definition,
    recipient: Row[Any] | str,
    purpose: str | None,
    categories: Collection[str],
    at: datetime,
    *,
    carries_personal_data: bool = True,
) -> Sending:
    """Whether a message to this recipient, a row of `processors` or any of its names, has a basis at `at`.

    A disclosure needs a record that speaks of its purpose and categories. An instruction about data that the
    recipient already has (Art. 19, 28(3)(a); `purpose` None or one of the subject's rights) rests on whatever the
    data went under, so each record of the recipient counts. It names the person, so it is a transfer as well and
    stops with its basis; a notice that names nobody, such as the opaque id of a thin webhook, does not
    (`carries_personal_data`). Whether the recipient is listed, in use, or may get these data is the gate's question:
    a former recipient still has to hear of an erasure.
    """
    row = repository.known_as(connection, recipient) if isinstance(recipient, str) else recipient
    if row is None:
        return Stopped((Reason("recipient_unlisted", "The register knows no such recipient (F75)."),))
    if not carries_personal_data:
        return MaySend(None, None)
    asked = None if _about_rights(definition, purpose) else purpose
    verdict = basis(connection, definition, row, asked, categories, at)
    if isinstance(verdict, Blocked):
        code = "country_unknown" if row.country == "unknown" else "transfer_refused"
        return Stopped(tuple(Reason(code, text) for text in verdict.reasons))
    return MaySend(verdict.transfer_id, verdict.article)


def basis(
    connection: Connection,
    definition: Definition,
    row: Row[Any],
    purpose: str | None,
    categories: Collection[str],
    at: datetime,
) -> Verdict:
    """Chapter V for this purpose and these categories: only records that speak of them carry the data."""
    records = [to_record(one) for one in repository_transfers.transfers_to(connection, [row.id])[row.id]]
    covering: list[Record] = [one for one in records if purpose is None or one.covers(purpose, categories)]
    table = adequacy.table()
    verdict = judge(row.country, covering, table, at.astimezone(definition.zone).date())
    if isinstance(verdict, Blocked) and records and not covering:
        return Blocked(("No transfer is recorded for this purpose and these categories.",))
    return verdict


def _about_rights(definition: Definition, purpose: str | None) -> bool:
    found = None if purpose is None else definition.purpose(purpose)
    return purpose is None or (found is not None and found.nature == Nature.SUBJECT_RIGHTS)
