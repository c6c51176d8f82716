"""Values arriving for customers: gathered in drafts, then written by a few statements however many they are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from app.customers import repository, repository_lists, suppression
from app.customers.identity import person_mark
from app.db import TransactionLost, new_id
from app.policy.restrictions import HOLDS_VALUES
from app.register.operation import Operation

CONTACT = (
    "kind", "name", "name_search", "email", "email_normal", "email_hash", "phone", "phone_e164", "phone_hash",
    "street", "postal_code", "city", "country", "postal_hash", "language", "attributes",
)  # fmt: skip
"""The columns that a correction or a later upsert may change."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a write did to one customer: `register`, `update` or `confirm`."""

    id: UUID
    audit_key: UUID
    version: int
    action: str


class Move(NamedTuple):
    """An address that took another's place: the hashes of both, None where there is none, and which change it was."""

    number: int
    old: str | None
    new: str | None


@dataclass(slots=True)
class Draft:
    """One customer's row and what is to change in it; `held` keeps new contact data out until a human decides."""

    row: Mapping[str, Any]
    new: bool = False
    held: bool = False
    changed: dict[str, Any] = field(default_factory=dict)
    proposed: dict[str, Any] = field(default_factory=dict)
    must_write: bool = False
    """Something shown with the row changed although no column did."""
    moves: list[Move] = field(default_factory=list)

    def take(self, values: Mapping[str, Any], number: int = 0) -> Stored:
        """Note the columns whose value differs, as change number so and so; the last interaction only moves forward."""
        current = {**self.row, **self.changed}
        if "attributes" in values:
            values = {**values, "attributes": merged(current["attributes"], values["attributes"])}
        differing = {name: values[name] for name in CONTACT if name in values and values[name] != current[name]}
        (self.proposed if self.held else self.changed).update(differing)
        if not self.held:
            hashes = differing.keys() & suppression.HASH_COLUMN.values()
            self.moves += [Move(number, current[name], differing[name]) for name in sorted(hashes)]
        seen_at = values.get("last_interaction_at")
        if seen_at is not None and seen_at > current["last_interaction_at"]:
            self.changed["last_interaction_at"] = seen_at
        return self.stored("update" if differing and not self.held else "confirm")

    def stored(self, action: str) -> Stored:
        """The customer as it will be; only a change of contact data makes a new version."""
        return Stored(self.row["id"], self.row["audit_key"], self.version, action)

    @property
    def version(self) -> int:
        """The version after the write."""
        version: int = self.row["version"]
        return version if self.new or not self.contact_changed else version + 1

    @property
    def contact_changed(self) -> bool:
        """Whether anything but the last interaction changes."""
        return self.must_write or not self.changed.keys() <= {"last_interaction_at"}


def merged(held: Mapping[str, Any] | None, sent: Mapping[str, Any] | None) -> dict[str, Any]:
    """Extra fields after a change: what is not sent stays, null empties, and null for all empties all."""
    after = {} if sent is None else {**(held or {}), **sent}
    return {name: value for name, value in after.items() if value is not None}


def begun(op: Operation, customer_id: UUID, values: Mapping[str, Any]) -> Draft:
    """The draft of a new customer."""
    made = {"id": customer_id, "version": 1, "audit_key": new_id(), "created_at": op.at, "updated_at": op.at}
    return Draft({**values, **made}, new=True)


def opened(connection: Connection, customer_ids: Collection[UUID]) -> dict[UUID, Draft]:
    """Drafts of known customers, whose rows stay locked; raises `TransactionLost` when one was erased meanwhile."""
    rows = repository.lock_all(connection, customer_ids) if customer_ids else []
    if len(rows) != len(customer_ids):
        raise TransactionLost
    grounds = repository.grounds(connection, customer_ids) if rows else {}
    return {
        row.id: Draft(dict(row._mapping), held=bool(grounds.get(row.id, frozenset()) & HOLDS_VALUES)) for row in rows
    }


def write(connection: Connection, op: Operation, drafts: Iterable[Draft]) -> None:
    """Write all drafts; suppressions follow a change of address, and the other systems are told of it."""
    drafts = list(drafts)
    repository.add_all(connection, [{**draft.row, **draft.changed} for draft in drafts if draft.new])
    old = sorted((draft for draft in drafts if not draft.new), key=lambda draft: str(draft.row["id"]))
    repository.change_all(connection, [_columns(op, draft) for draft in old if draft.changed or draft.must_write])
    _tell(connection, op, [draft for draft in old if draft.contact_changed])
    suppression.follow(connection, _moves(op, drafts), op.actor.id)
    for draft in old:
        if draft.proposed:
            repository_lists.propose(connection, draft.row["id"], op.actor.id, draft.proposed, op.at)


def _columns(op: Operation, draft: Draft) -> dict[str, Any]:
    """All columns that any draft may change, so that all drafts are one statement."""
    row = {**draft.row, **draft.changed}
    updated_at = op.at if draft.contact_changed else row["updated_at"]
    values = {name: row[name] for name in (*CONTACT, "last_interaction_at")}
    return {**values, "version": draft.version, "updated_at": updated_at, "changed_id": row["id"]}


def _tell(connection: Connection, op: Operation, corrected: Sequence[Draft]) -> None:
    if corrected:
        ids = [draft.row["id"] for draft in corrected]
        repository.tell_systems(connection, ids, "rectified", op.at, but=op.actor.systems)


def _moves(op: Operation, drafts: Iterable[Draft]) -> list[tuple[str, str]]:
    """Old address hash to new, one change after another: many at once leave what they leave one by one.

    While there is no address the person's own mark stands for it; it also carries a ban to the first one.
    """
    moves: list[tuple[int, str, str]] = []
    for draft in drafts:
        mark = person_mark(op.keys, draft.row["id"]).hash if draft.moves else ""
        moves += [(move.number, move.old or mark, move.new or mark) for move in draft.moves]
    return [(old, new) for _, old, new in sorted(moves, key=lambda move: move[0])]
