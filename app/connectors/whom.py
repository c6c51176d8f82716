"""Whom a notification concerns and what about them, as labelled lines for a recipient to read."""

from collections.abc import Collection, Mapping
from typing import Any, Literal

from app.connectors.instruction import Instruction
from app.connectors.texts import Say

Identifier = Literal["name", "email", "phone", "address", "references", "orders"]
FIELDS: tuple[Identifier, ...] = ("name", "email", "phone", "address", "references", "orders")
"""What may say who it is; a recipient's configuration names fewer where fewer do (Art. 5(1)(c))."""

Line = tuple[str, str]


def whom(instruction: Instruction, say: Say, fields: Collection[Identifier] = FIELDS) -> list[Line]:
    """Who it is, and each value as it was and as it is."""
    subject = instruction.subject
    contact = {"name": subject.name, "email": subject.email, "phone": subject.phone, "address": subject.address}
    lines = [(say(f"about.{name}"), value) for name, value in contact.items() if value and name in fields]
    if "references" in fields:
        lines += [(say("about.reference", system=system), one) for system, one in sorted(subject.references.items())]
    if "orders" in fields and instruction.orders:
        lines.append((say("about.orders"), ", ".join(instruction.orders)))
    return [*lines, *(_changed(change.about, change.was, change.now, say) for change in instruction.changes)]


def scope(instruction: Instruction, say: Say) -> list[Line]:
    """Which purposes and channels it reaches; says nothing of who it is."""
    reached = (("purposes", instruction.purposes), ("channels", instruction.channels))
    return [(say(f"about.{name}"), ", ".join(codes)) for name, codes in reached if codes]


def in_words(value: Any) -> str:
    """A value of the record on one line; an address is one value of several parts."""
    if isinstance(value, Mapping):
        return ", ".join(str(part) for part in value.values() if part)
    return str(value)


def _changed(about: str, was: Any, now: Any, say: Say) -> Line:
    nothing = say("about.nothing")
    field = say(f"about.{about}") if about in {"name", "email", "phone", "address"} else about
    values = {"was": nothing if was is None else in_words(was), "now": nothing if now is None else in_words(now)}
    return say("about.change", about=field.lower()), say("about.was", **values)
