"""What is withheld to protect somebody else (Art. 15(4), 20(4)): the value goes, the reason stays."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from sqlalchemy import Row

from app.access.schemas import WithheldOut

WHOLE = ""
"""The field of a mark on the whole record."""


class Marks:
    """The marks on one reply, by record."""

    def __init__(self, rows: Iterable[Row[Any]]) -> None:
        self._by_record: dict[str, list[Row[Any]]] = {}
        rows = list(rows)
        self.ids = frozenset(row.id for row in rows)
        for row in rows:
            self._by_record.setdefault(row.record, []).append(row)
        self.used = 0

    def applied(self, record: str, values: dict[str, Any]) -> tuple[dict[str, Any], list[WithheldOut]]:
        """The values without what is withheld, and what that is."""
        marks = self._by_record.get(record)
        if not marks:
            return values, []
        self.used += len(marks)
        told = [WithheldOut(field=mark.field or None, reason=mark.reason) for mark in marks]
        if any(mark.field == WHOLE for mark in marks):
            return {}, told
        values = deepcopy(values)
        for mark in marks:
            without(values, mark.field)
        return values, told


def without(values: dict[str, Any], path: str) -> bool:
    """Empty the value at a path such as `lines/0/title`; False when there is none."""
    *way, last = path.split("/")
    place: Any = values
    for step in way:
        place = _inner(place, step)
    if isinstance(place, list) and last.isdecimal() and int(last) < len(place):
        place[int(last)] = None
        return True
    if isinstance(place, dict) and last in place:
        place[last] = None
        return True
    return False


def _inner(place: Any, step: str) -> Any:
    if isinstance(place, Mapping):
        return place.get(step)
    if isinstance(place, list) and step.isdecimal() and int(step) < len(place):
        return place[int(step)]
    return None
