"""A YAML document as plain data that remembers where each value stands.

Only the plain core of YAML is read. Anchors, aliases and tags are refused, so that a small document cannot
grow large, and a plain scalar is the text that was typed: `NO` stays Norway and `00100` keeps its zeros.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from app.register.definition_base import brief

DEEPEST = 20
MOST_VALUES = 20_000
"""Keys and values of a document; a definition such as that of Lumicos has some two thousand."""
Value = Any
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the text, both counted from 1."""

    line: int
    column: int


class Refused(Exception):
    """The text is not one plain YAML document."""

    def __init__(self, spot: Spot, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.spot = spot
        self.message = message
        self.hint = hint


@dataclass(slots=True)
class Node:
    """A value, where it stands, and its members with the places of their keys."""

    value: Value
    spot: Spot
    members: dict[str | int, "Node"] = field(default_factory=dict)
    keys: dict[str, Spot] = field(default_factory=dict)
    pending: tuple[str, Spot] | None = None

    def put(self, child: "Node") -> None:
        """Take the next item, key or value; raises `Refused` for a key that is no text or occurs twice."""
        if isinstance(self.value, list):
            self.members[len(self.value)] = child
            self.value.append(child.value)
        elif self.pending is None:
            self.pending = (self._key(child), child.spot)
        else:
            key, spot = self.pending
            self.members[key], self.keys[key], self.value[key] = child, spot, child.value
            self.pending = None

    def _key(self, child: "Node") -> str:
        if isinstance(child.value, dict | list) or child.value is None:
            raise Refused(child.spot, "a key must be a word")
        key = str(child.value)
        if key in self.members:
            raise Refused(child.spot, f"the key {brief(key)} occurs twice", "keep one of the two")
        return key


def read(text: str) -> Node:
    """The root of the document; raises `Refused` at the first thing that is not plain YAML."""
    try:
        return _build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        spot = Spot(mark.line + 1, mark.column + 1) if mark is not None else Spot(1, 1)
        raise Refused(spot, f"is not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError:
        raise Refused(Spot(1, 1), "is not YAML: it holds a character that YAML does not allow") from None


def _build(events: Iterator[yaml.Event]) -> Node:
    root: Node | None = None
    open_nodes: list[Node] = []
    for number, event in enumerate(events):
        if number > MOST_VALUES:
            raise Refused(_spot(event), f"there are more than {MOST_VALUES} keys and values")
        if isinstance(event, yaml.CollectionEndEvent):
            open_nodes.pop()
            continue
        if not isinstance(event, yaml.NodeEvent | yaml.DocumentStartEvent):
            continue
        _refuse_unsafe(event, root, len(open_nodes))
        if isinstance(event, yaml.DocumentStartEvent):
            continue
        node = _node(event)
        if open_nodes:
            # A collection is put when it opens, and filled in place until it closes.
            open_nodes[-1].put(node)
        else:
            root = node
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append(node)
    if root is None:
        raise Refused(Spot(1, 1), "the document is empty")
    return root


def _refuse_unsafe(event: yaml.Event, root: Node | None, depth: int) -> None:
    if isinstance(event, yaml.DocumentStartEvent):
        if root is not None:
            raise Refused(_spot(event), "there is more than one document", "remove the line '---' and what follows")
    elif isinstance(event, yaml.AliasEvent):
        raise Refused(_spot(event), "aliases are not allowed", "write the value out")
    elif getattr(event, "anchor", None) is not None:
        raise Refused(_spot(event), "anchors are not allowed", "remove the word that starts with '&'")
    elif getattr(event, "tag", None) is not None:
        raise Refused(_spot(event), "tags are not allowed", "remove the word that starts with '!'")
    elif depth > DEEPEST:
        raise Refused(_spot(event), f"is nested more than {DEEPEST} levels deep")


def _node(event: yaml.Event) -> Node:
    if isinstance(event, yaml.SequenceStartEvent):
        return Node([], _spot(event))
    if isinstance(event, yaml.MappingStartEvent):
        return Node({}, _spot(event))
    text = str(getattr(event, "value", ""))
    # The first of `implicit` says that the scalar is plain, that is, without quotes.
    plain = bool(getattr(event, "implicit", (False,))[0])
    return Node(_WORDS.get(text.lower(), text) if plain else text, _spot(event))


def _spot(event: yaml.Event) -> Spot:
    mark = event.start_mark
    return Spot(mark.line + 1, mark.column + 1) if mark is not None else Spot(1, 1)
