"""The canonical lines of SQLite's rows: written there, but for the details, which are written here.

Whoever asks for a range gets the people of its rows by a question of their own: few rows name more than one, and to
look for each row's costs a quarter of the time.
"""

import json
from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

TEXTS = ("role", "purpose", "action", "outcome", "entity", "entity_id")
KEYS = "(SELECT audit_key FROM audit_subjects WHERE event_id = audit_events.id ORDER BY audit_key)"
SUBJECTS = f"CASE WHEN EXISTS {KEYS} THEN json((SELECT json_group_array(audit_key) FROM {KEYS})) ELSE json('[]') END"  # noqa: S608 (our own names)
_NOBODY = b'"subjects":[]'
"""As it stands in no text: a quotation mark in one has a backslash before it."""
_BEFORE_DETAILS = b"\x1f"
"""Stands between a line and its details; JSON text never contains it as such."""


def line(subjects: str) -> str:
    """The expression for the line of a row, with an expression for the list of its subjects."""
    texts = ", ".join(f"'{name}', {name}" for name in TEXTS)
    return (
        f"json_object('id', id, 'at', at || 'Z', 'client_id', client_id, {texts}, 'subject_key', subject_key, "
        f"'register_version', register_version, 'subjects', {subjects}, 'details', NULL) "
        "|| coalesce(char(31) || details, '')"
    )


def lines_of(connection: Connection, above: UUID, up_to: UUID) -> list[bytes]:
    """The canonical lines of a range, by identifier."""
    between = (above.hex, up_to.hex)
    found = connection.exec_driver_sql(_ROWS, between).scalar_one()
    if found is None:
        return []
    rows = sorted(whole(found).split(b"\n"))
    for event, subjects in connection.exec_driver_sql(_PEOPLE, between):
        _name(rows, event, subjects)
    return rows


def _name(rows: list[bytes], event: str, subjects: str) -> None:
    """Put the subjects of an event into its line, if there is one."""
    begins = f'{{"id":"{event}"'.encode()
    at = bisect_left(rows, begins)
    if at < len(rows) and rows[at].startswith(begins):
        rows[at] = rows[at].replace(_NOBODY, f'"subjects":{subjects}'.encode(), 1)


def whole(lines: bytes) -> bytes:
    """Lines as SQLite writes them, with their details where they belong."""
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


_ROWS = f"""
    SELECT CAST(group_concat(line, char(10)) AS BLOB) FROM (
        SELECT {line("json('[]')")} AS line FROM audit_events WHERE id > ? AND id <= ? ORDER BY id
    )
"""  # noqa: S608 (our own names)
_PEOPLE = """
    SELECT event_id, json_group_array(audit_key) FROM (
        SELECT event_id, audit_key FROM audit_subjects WHERE event_id > ? AND event_id <= ? ORDER BY event_id, audit_key
    ) GROUP BY event_id
"""
