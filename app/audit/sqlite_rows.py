"""The canonical lines of SQLite's rows: written there, but for the details and the people, which are put in here.

The people of all rows are asked for at once: few rows name more than one, and to look for each row's takes a quarter of
the time that the line takes.
"""

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

_NOBODY = b'"subjects":[]'
"""As it stands in no text: a quotation mark in one has a backslash before it."""
_BEFORE_DETAILS = b"\x1f"
"""Stands between a line and its details; JSON text never contains it as such."""
_PEOPLE = """
    SELECT event_id, json_group_array(audit_key) FROM (
        SELECT event_id, audit_key FROM audit_subjects WHERE event_id BETWEEN ? AND ? ORDER BY event_id, audit_key
    ) GROUP BY event_id
"""


def line(texts: Sequence[str]) -> str:
    """The expression for the line of a row, with nobody in its list of subjects, and its details behind it."""
    named = ", ".join(f"'{name}', {name}" for name in texts)
    return (
        f"json_object('id', id, 'at', at || 'Z', 'client_id', client_id, {named}, 'subject_key', subject_key, "
        "'register_version', register_version, 'subjects', json('[]'), 'details', NULL) "
        "|| coalesce(char(31) || details, '')"
    )


def finished(connection: Connection, written: bytes, where_ids_are: slice) -> list[bytes]:
    """The canonical lines, by identifier, of lines as SQLite writes them."""
    rows = sorted(_with_details(written).split(b"\n"))
    first, last = (row[where_ids_are].decode("utf-8", "replace") for row in (rows[0], rows[-1]))
    for event, subjects in connection.exec_driver_sql(_PEOPLE, (first, last)):
        _name(rows, event, subjects)
    return rows


def _name(rows: list[bytes], event: str, subjects: str) -> None:
    """Put the subjects of an event into its line, if there is one."""
    begins = f'{{"id":"{event}"'.encode()
    at = bisect_left(rows, begins)
    if at < len(rows) and rows[at].startswith(begins):
        rows[at] = rows[at].replace(_NOBODY, f'"subjects":{subjects}'.encode(), 1)


def _with_details(lines: bytes) -> bytes:
    """The lines, with their details where they belong."""
    first, *others = lines.split(_BEFORE_DETAILS)
    made = [first]
    for other in others:
        details, newline, rest = other.partition(b"\n")
        made[-1] = made[-1].removesuffix(b"null}")
        made.append(_as_jsonb(details) + b"}" + newline + rest)
    return b"".join(made)


@lru_cache(maxsize=1024)
def _as_jsonb(details: bytes) -> bytes:
    """As PostgreSQL writes JSONB: shorter keys first, then by their bytes."""
    return json.dumps(_sorted(json.loads(details)), ensure_ascii=False).encode()


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: (len(key.encode()), key.encode()))}
    return [_sorted(one) for one in value] if isinstance(value, list) else value
