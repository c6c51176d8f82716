"""Verification of the chain and of each batch; needs neither a database nor, for all but the signatures, a key."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.audit.canonical import id_of
from app.audit.merkle import leaves_of, root
from app.audit.sealing import LOOK_BACK
from app.audit.seals import NOTHING, PublicKeys, Seal, marks_of, members_of

KEPT_AT_LEAST = timedelta(days=366)
"""No batch may expire before its newest row is a year old, whatever a definition says; triggers agree."""


class Kind(StrEnum):
    """What was found."""

    CHANGED = "changed row"
    DELETED = "deleted row"
    INSERTED = "inserted row"
    REORDERED = "reordered rows"
    BATCH = "changed batch"
    MEMBERS = "changed list of members"
    SEAL = "changed seal"
    CHAIN = "broken chain"
    SIGNATURE = "wrong signature"
    EXPIRY = "wrong expiry"
    TRUNCATED = "truncated"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was sealed."""

    kind: Kind
    batch: int
    row: str | None
    text: str

    def line(self) -> str:
        """The finding in one line."""
        return f"batch {self.batch}{f', row {self.row}' if self.row else ''}: {self.kind}: {self.text}"


@dataclass(slots=True)
class Verifier:
    """Takes the seals in turn, each with its rows; `findings` is what it has against them.

    expect: the hash of a seal that must be in the chain, known from elsewhere. expired: how many batches are gone.
    live: new rows are still coming. waiting: rows that have no seal yet. notices: true but unusual, a batch with rows
    dated before what had been sealed.
    unknown: rows that no batch so far holds; they may belong to a later one, or wait for the next seal.
    """

    keys: PublicKeys = field(default_factory=PublicKeys)
    expect: str | None = None
    expired: int = 0
    live: bool = False
    findings: list[Finding] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    rows: int = 0
    waiting: int = 0
    last: Seal | None = None
    unknown: dict[UUID, Seal] = field(default_factory=dict)
    _newest: list[datetime] = field(default_factory=list)
    _seen: bool = False

    def seal(self, seal: Seal) -> None:
        """Check a seal against itself and the one before it; its rows come next, unless they have expired."""
        before = self.last
        number, previous = (before.number + 1, before.hash) if before else (1, NOTHING)
        if seal.number != number:
            self._found(Kind.CHAIN, number, f"batch {number} should follow here, not {seal.number}")
        elif seal.previous != previous:
            self._found(Kind.CHAIN, number, "the seal does not follow from the one before it")
        if seal.hash != seal.computed_hash():
            self._found(Kind.SEAL, seal.number, "the seal is not what was hashed")
        if objection := self.keys.objection(seal):
            self._found(Kind.SIGNATURE, seal.number, objection)
        if before and before.newest_at - seal.oldest_at > LOOK_BACK:
            told = (
                f"{seal.oldest_at:%Y-%m-%d %H:%M} UTC, though {before.newest_at:%Y-%m-%d %H:%M} had been sealed before"
            )
            self.notices.append(f"batch {seal.number} holds a row dated {told}")
        self._check_expiry(seal, before.expired_through if before else 0)
        self._seen = self._seen or seal.hash == self.expect
        self._newest.append(seal.newest_at)
        self.last = seal

    def _check_expiry(self, seal: Seal, before: int) -> None:
        if not before <= seal.expired_through < seal.number:
            self._found(Kind.EXPIRY, seal.number, f"batches through {seal.expired_through} cannot have expired here")
        elif any(seal.sealed_at - newest < KEPT_AT_LEAST for newest in self._newest[before : seal.expired_through]):
            self._found(Kind.EXPIRY, seal.number, f"batches through {seal.expired_through} were too young to expire")

    def batch(self, seal: Seal, rows: Sequence[bytes], members: bytes) -> None:
        """Check the rows of a batch, given in their order."""
        leaves = leaves_of(rows)
        self.rows += len(rows)
        if len(rows) == seal.row_count and root(leaves).hex() == seal.root:
            if members_of(rows, leaves) != members:
                self._found(Kind.MEMBERS, seal.number, "the rows are as they were sealed; the list of them is not")
        else:
            self._explain(seal, rows, leaves, members)
        if self.live and seal.late_count:
            for one in marks_of(members):
                self.unknown.pop(one, None)

    def _explain(self, seal: Seal, rows: Sequence[bytes], leaves: Sequence[bytes], members: bytes) -> None:
        """Say which rows made the batch another one, as far as the list of its members tells."""
        known, marks, ids = len(self.findings) + len(self.unknown), marks_of(members), [id_of(row) for row in rows]
        for one, mark in zip(ids, leaves, strict=True):
            if one is None:
                self._found(Kind.INSERTED, seal.number, "a row without an identifier")
            elif one not in marks:
                self.unknown[one] = seal
            elif not mark.startswith(marks[one]):
                self._found(Kind.CHANGED, seal.number, "the row is not what was sealed", one)
        for one in marks.keys() - set(ids):
            self._found(Kind.DELETED, seal.number, "the row is missing", one)
        if len(self.findings) + len(self.unknown) > known:
            return
        if ids == list(marks):
            self._found(Kind.BATCH, seal.number, "the batch is not what was sealed; its list does not tell which row")
        else:
            self._found(Kind.REORDERED, seal.number, "rows do not stand where they were sealed, or twice")

    def unreadable(self, batch: int, why: str) -> None:
        """What should be there cannot be read."""
        self._found(Kind.UNREADABLE, batch, why)

    def truncated(self, why: str) -> None:
        """The end is not where it should be."""
        self._found(Kind.TRUNCATED, self.last.number if self.last else 0, why)

    def end(self) -> None:
        """Say what only the end of the chain can tell."""
        last = self.last
        for row, seal in self.unknown.items():
            if self.live and last and last.sealed_at - seal.sealed_at <= LOOK_BACK:
                self.waiting += 1
            else:
                self._found(Kind.INSERTED, seal.number, "the row was not there when its time was sealed", row)
        if (last.expired_through if last else 0) != self.expired:
            self._found(Kind.EXPIRY, self.expired, "more or fewer batches are gone than the last seal says")
        if self.expect and not self._seen:
            self.truncated(f"no batch has the seal {self.expect}")

    def _found(self, kind: Kind, batch: int, text: str, row: UUID | None = None) -> None:
        self.findings.append(Finding(kind, batch, str(row) if row else None, text))
