"""Field maps: where a recipient's records hold what the register calls by its own names.

The vendors' field names are configuration, not code: a controller copies them from the vendor's documentation, and
what is not mapped stays a task for a human.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

from app.connectors.instruction import Change, Instruction
from app.policy.notifications import Act

FieldPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}(\.[A-Za-z0-9_-]{1,60}){0,5}$")]
"""Member names from the outside in, `customer_information.email`; a number counts the items of a list from 0."""

ADDRESS = ("street", "postal_code", "city", "country")
ATTRIBUTE = "attributes."


class Mapped(BaseModel):
    """Configuration of a map; unknown members are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class PersonFields(Mapped):
    """Where a record about a person holds their data; `first` and `last` where it has no whole name."""

    name: FieldPath | None = None
    first: FieldPath | None = None
    last: FieldPath | None = None
    email: FieldPath | None = None
    phone: FieldPath | None = None
    street: FieldPath | None = None
    postal_code: FieldPath | None = None
    city: FieldPath | None = None
    country: FieldPath | None = None
    language: FieldPath | None = None
    attributes: Mapping[str, FieldPath] = {}

    def of_changes(self, changes: Iterable[Change]) -> tuple[dict[str, Any], bool]:
        """What to write at which path, and whether that is all of the changes."""
        values: dict[str, Any] = {}
        whole = True
        for change in changes:
            found = self._of_change(change)
            whole = whole and found is not None
            values |= found or {}
        return values, whole

    def _of_change(self, change: Change) -> dict[str, Any] | None:
        if change.about == "name":
            return self._of_name(change.now)
        if change.about == "address":
            parts: Mapping[str, Any] = change.now or {}
            places = {part: getattr(self, part) for part in ADDRESS}
            return {p: parts.get(part) for part, p in places.items() if p} if all(places.values()) else None
        if change.about.startswith(ATTRIBUTE):
            place = self.attributes.get(change.about.removeprefix(ATTRIBUTE))
        else:
            place = getattr(self, change.about) if change.about in {"email", "phone", "language"} else None
        return None if place is None else {place: change.now}

    def _of_name(self, name: str | None) -> dict[str, Any] | None:
        """A whole name, or its two words; where the given names of three end, only a human knows."""
        if self.name is not None:
            return {self.name: name}
        words = (name or "").split()
        if self.first is None or self.last is None or len(words) != 2:
            return None
        return {self.first: words[0], self.last: words[1]}

    def name_in(self, record: Mapping[str, Any]) -> str | None:
        """The whole name that a record holds."""
        parts = [at(record, place) for place in (self.name, self.first, self.last) if place]
        return " ".join(str(part).strip() for part in parts if part) or None

    def is_about(self, record: Mapping[str, Any], email: str, name: str | None) -> bool:
        """Whether the record's address is this one, and its name the same wherever both are known.

        People share addresses: who merely shares one is not meant.
        """
        if self.email is None or not is_same(at(record, self.email), email):
            return False
        held = self.name_in(record)
        return held is None or name is None or is_same(held, name)


class Switch(Mapped):
    """A field that stands for a state: its value in that state, and otherwise (`on` and `off` are no names in YAML)."""

    field: FieldPath
    value: str | bool | int | None = True
    otherwise: str | bool | int | None = False


class Stop(Mapped):
    """A field whose value stops marketing for some purposes and channels; none named: for all of them."""

    field: FieldPath
    value: str | bool | int | None = False
    purposes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


def values_of(
    instruction: Instruction, fields: PersonFields, restriction: Switch | None, stops: Iterable[Stop]
) -> tuple[dict[str, Any], bool]:
    """What an instruction writes at which path, and whether that is all of it; nothing where only a human can do it."""
    match instruction.act:
        case Act.RECTIFICATION:
            return fields.of_changes(instruction.changes)
        case Act.RESTRICTION if restriction is not None:
            return {restriction.field: restriction.value}, True
        case Act.RESTRICTION_LIFTED if restriction is not None:
            return {restriction.field: restriction.otherwise}, True
        case Act.CONSENT_WITHDRAWAL | Act.MARKETING_BAN:
            return stopping(stops, instruction.purposes, instruction.channels) or {}, True
        case _:
            return {}, False


def stopping(stops: Iterable[Stop], purposes: Iterable[str], channels: Iterable[str]) -> dict[str, Any] | None:
    """What to write so that these purposes on these channels stop; None where the fields cannot say so exactly.

    No purpose: all marketing; no channel: every one. A field that would stop more than was asked is not written.
    """
    asked_purposes, asked_channels = frozenset(purposes), frozenset(channels)
    fitting = [
        stop for stop in stops if _within(stop.purposes, asked_purposes) and _within(stop.channels, asked_channels)
    ]
    covered = {(p, c) for stop in fitting for p in _all_or(stop.purposes) for c in _all_or(stop.channels)}
    wanted = {(p, c) for p in _all_or(asked_purposes) for c in _all_or(asked_channels)}
    if not fitting or not all(_is_covered(pair, covered) for pair in wanted):
        return None
    return {stop.field: stop.value for stop in fitting}


_ALL = "*"


def _within(ours: tuple[str, ...], asked: frozenset[str]) -> bool:
    return not asked or (bool(ours) and asked.issuperset(ours))


def _all_or(named: Iterable[str]) -> frozenset[str]:
    return frozenset(named) or frozenset({_ALL})


def _is_covered(wanted: tuple[str, str], covered: set[tuple[str, str]]) -> bool:
    """A ban of everything is covered by whatever the recipient can switch off at all."""
    return any(all(_ALL in pair or len(set(pair)) == 1 for pair in zip(wanted, one, strict=True)) for one in covered)


def at(record: Any, path: str) -> Any:
    """The value at a path; None when anything on the way is missing."""
    for member in path.split("."):
        if isinstance(record, Mapping):
            record = record.get(member)
        elif isinstance(record, list) and member.isdigit() and int(member) < len(record):
            record = record[int(member)]
        else:
            return None
    return record


def body_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The nested object that holds each value at its path."""
    body: dict[str, Any] = {}
    for path, value in values.items():
        *outer, last = path.split(".")
        inner = body
        for member in outer:
            inner = inner.setdefault(member, {})
        inner[last] = value
    return body


def holds(record: Any, values: Mapping[str, Any]) -> bool:
    """Whether the record has taken every value on."""
    return all(is_same(at(record, path), value) for path, value in values.items())


def is_same(held: Any, told: Any) -> bool:
    """Whether two values say the same: systems write numbers as texts, tidy spaces away and keep "" for nothing."""
    return _plain(held) == _plain(told)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return "" if value is None else "".join(str(value).split()).casefold()
