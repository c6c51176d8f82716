"""From the YAML text of a register definition to a `Definition`, and to its canonical form.

`load` says of every error where it stands. No message repeats a long value.
"""

import difflib
import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

from pydantic import ValidationError

from app.register.definition import Definition
from app.register.definition_base import Part, brief
from app.register.definition_yaml import Node, Refused, Spot, read

LARGEST = 1 << 20
"""A definition is at most one mebibyte of UTF-8."""
LONGEST_MESSAGE = 300
MOST_PROBLEMS = 100
_SPELLING = {
    "^[a-z][a-z0-9_]*$": "lower-case letters, digits and underscores, such as order_service",
    "^F[1-9][0-9]?$": "a fact, such as F21",
    "^N[1-9][0-9]?$": "a defect, such as N31",
    "^[a-z]{2}$": "a language in two lower-case letters, such as fi",
    "^[A-Z]{2}$": "a country in two capital letters, such as FI",
    "^([A-Z]{2}|unknown)$": "a country in two capital letters, such as FI, or 'unknown'",
    r"^\+[1-9][0-9]{5,14}$": "a number in international form, such as +358401234567",
    "^[0-9]{2}-[0-9]{2}$": "a day of the year as month-day, such as 12-31",
}
_STRING_TYPES = frozenset({"string_type", "enum", "literal_error"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a definition. `place` is a path such as `purposes[2].basis`; lines, columns from 1."""

    place: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.line}:{self.column}: {self.place or 'document'}"
        return f"{where}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class DefinitionInvalid(ValueError):
    """The text is no valid definition; `problems` says why, in the order of the text."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def load(text: str | bytes) -> Definition:
    """The definition that `text` describes; raises `DefinitionInvalid` with every fault and its place."""
    document = _decoded(text)
    try:
        root = read(document)
    except Refused as refused:
        spot = refused.spot
        raise DefinitionInvalid((Problem("", spot.line, spot.column, refused.message, refused.hint),)) from None
    try:
        return Definition.model_validate(root.value)
    except ValidationError as error:
        faults = _causes(error.errors(include_url=False, include_input=False))
        problems = [_problem(root, fault) for fault in faults[:MOST_PROBLEMS]]
    raise DefinitionInvalid(tuple(sorted(problems, key=lambda problem: (problem.line, problem.column))))


def canonical(definition: Definition) -> bytes:
    """The definition as JSON that is the same for the same content, whatever the text looked like.

    What equals its default is left out, so that a release with further optional parts gives the same bytes.
    """
    content = definition.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(definition: Definition) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(definition)).hexdigest()


def bundled(name: str = "lumicos") -> str:
    """The text of a definition that comes with the service; raises `FileNotFoundError` if there is none."""
    if not (name.isascii() and name.isidentifier()):
        raise FileNotFoundError(f"no definition named {brief(name)} is bundled")
    return resources.files("app.register").joinpath("registers", f"{name}.yaml").read_text("utf-8")


def _decoded(text: str | bytes) -> str:
    try:
        raw = text if isinstance(text, bytes) else text.encode()
        document = raw.decode()
    except UnicodeError:
        raise DefinitionInvalid((Problem("", 1, 1, "the document is not UTF-8"),)) from None
    if len(raw) > LARGEST:
        raise DefinitionInvalid((Problem("", 1, 1, "the document is larger than 1 MiB"),))
    before, tab, _ = document.partition("\t")
    if tab:
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise DefinitionInvalid((Problem("", line, column, "holds a tab", "indent with spaces"),))
    return document


def _causes(faults: list[Any]) -> list[Any]:
    """Without the complaint that a list is too short when only its items were faulty."""
    places = {fault["loc"] for fault in faults}
    parents = {loc[:length] for loc in places for length in range(len(loc))}
    return [fault for fault in faults if fault["type"] != "too_short" or fault["loc"] not in parents]


def _problem(root: Node, fault: Any) -> Problem:
    place, node, spot = _locate(root, fault["loc"], at_key=fault["type"] == "extra_forbidden")
    message, hint = _explain(fault, node)
    return Problem(place, spot.line, spot.column, message[:LONGEST_MESSAGE], hint[:LONGEST_MESSAGE])


def _locate(root: Node, loc: tuple[str | int, ...], *, at_key: bool) -> tuple[str, Node, Spot]:
    """Path, node and spot of a Pydantic location; what is missing is shown where its parent stands."""
    place, node, spot = "", root, root.spot
    for position, segment in enumerate(loc):
        last = position == len(loc) - 1
        if segment in node.members:
            spot = node.keys[str(segment)] if at_key and last else node.members[segment].spot
            node = node.members[segment]
        elif segment == "[key]" or not last or isinstance(segment, int):
            # Pydantic's own segments, such as the tag of a union, stand nowhere in the text.
            continue
        place += f"[{segment}]" if isinstance(segment, int) else f".{segment[:60]}"
    return place.removeprefix("."), node, spot


def _explain(fault: Any, node: Node) -> tuple[str, str]:
    context = fault.get("ctx", {})
    match fault["type"]:
        case "missing":
            return "is missing", ""
        case "extra_forbidden":
            near = difflib.get_close_matches(str(fault["loc"][-1]), _known_keys(Part), n=1)
            return "is not a known key", f"did you mean '{near[0]}'?" if near else ""
        case "string_pattern_mismatch" if context["pattern"] in _SPELLING:
            return "is misspelt", f"write {_SPELLING[context['pattern']]}"
        case "contradiction":
            return str(context["message"]), str(context["hint"])
        case kind if kind in _STRING_TYPES and isinstance(node.value, bool):
            return str(fault["msg"]), "put the value in quotes"
    return str(fault["msg"]), ""


def _known_keys(part: type[Part]) -> set[str]:
    keys = set(part.model_fields)
    return keys.union(*(_known_keys(child) for child in part.__subclasses__()))
