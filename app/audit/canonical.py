"""The canonical form of an audit row: one line of JSON, the same bytes on both databases and in an export.

The database writes whole batches of lines at once, which is four times as fast as making them here. Identifiers are
32 hexadecimal digits; `details` is written as PostgreSQL writes JSONB, so that only SQLite's has to be rewritten here.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select
from sqlalchemy.types import String

from app.audit.raw_rows import lines_of
from app.audit.tables import audit_events

_ID = slice(7, 7 + 32)
_AT = slice(47, 47 + 26)
"""Where a line has its identifier and its instant."""
_DETAILS = "\x1f"
"""Stands before the details behind a line from SQLite; JSON text never contains it as such."""


def lines(connection: Connection, *which: ColumnElement[bool], limit: int | None = None) -> list[bytes]:
    """The canonical lines, by identifier, of the rows for which all of `which` holds; with `limit` the first ones."""
    dialect = connection.dialect.name
    line = literal_column(_LINE[dialect], String).label("line")
    query = select(line).select_from(audit_events).where(*which).order_by(audit_events.c.id).limit(limit)
    return _read(connection, query)


def lines_between(connection: Connection, above: UUID, up_to: UUID) -> list[bytes]:
    """The canonical lines of a range; from PostgreSQL's raw columns where they are ordinary, in half the time."""
    made = lines_of(connection, above, up_to) if connection.dialect.name == "postgresql" else None
    c = audit_events.c
    return lines(connection, c.id > above, c.id <= up_to) if made is None else made


def _read(connection: Connection, query: Select[str]) -> list[bytes]:
    one = query.subquery()
    joined = func.string_agg if connection.dialect.name == "postgresql" else func.group_concat
    whole: str | None = connection.execute(select(joined(one.c.line, "\n"))).scalar_one()
    if whole is None:
        return []
    if _DETAILS in whole:
        whole = "\n".join(_with_details(row) if _DETAILS in row else row for row in whole.split("\n"))
    return sorted(whole.encode().split(b"\n"))


def id_of(line: bytes) -> UUID | None:
    """The identifier that a line begins with; None when it is no line of ours."""
    try:
        return UUID(hex=line[_ID].decode())
    except ValueError:
        return None


def raw_ids_of(lines: Sequence[bytes]) -> bytes:
    """The sixteen bytes of each identifier, one after the other; zeros for a line that is none of ours."""
    try:
        ids = bytes.fromhex(b"".join([line[_ID] for line in lines]).decode())
    except ValueError:
        ids = b""
    return ids if len(ids) == 16 * len(lines) else b"".join(map(_raw_id_of, lines))


def _raw_id_of(line: bytes) -> bytes:
    one = id_of(line)
    return bytes(16) if one is None else one.bytes


def at_of(line: bytes) -> datetime | None:
    """The instant at which a row says that it was written."""
    try:
        return datetime.fromisoformat(line[_AT].decode()).replace(tzinfo=UTC)
    except ValueError:
        return None


def _with_details(line: str) -> str:
    head, _, details = line.partition(_DETAILS)
    return f"{head.removesuffix('null}')}{_as_jsonb(details)}}}"


@lru_cache(maxsize=1024)
def _as_jsonb(details: str) -> str:
    """As PostgreSQL writes JSONB: shorter keys first, then by their bytes."""
    return json.dumps(_sorted(json.loads(details)), ensure_ascii=False)


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: (len(key.encode()), key.encode()))}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


_TEXTS = ("role", "purpose", "action", "outcome", "entity", "entity_id")
_KEYS = "(SELECT audit_key FROM audit_subjects WHERE event_id = audit_events.id ORDER BY audit_key)"


_LISTED = """string_agg('"' || encode(uuid_send(audit_key), 'hex') || '"', ',' ORDER BY audit_key)"""


def _postgresql() -> str:
    def hexadecimal(column: str) -> str:
        return f"encode(uuid_send({column}), 'hex')"

    values = (
        hexadecimal("id"),
        "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
        hexadecimal("client_id"),
        *(f"coalesce(to_json({name})::text, 'null')" for name in _TEXTS),
        f"""coalesce('"' || {hexadecimal("subject_key")} || '"', 'null')""",
        "register_version",
        f"CASE WHEN EXISTS {_KEYS} THEN (SELECT {_LISTED} FROM {_KEYS} AS k) ELSE '' END",
        "coalesce(details::text, 'null')",
    )
    texts = ",".join(f'"{name}":%s' for name in _TEXTS)
    line = f'{{"id":"%s","at":"%sZ","client_id":"%s",{texts},"subject_key":%s,"register_version":%s,"subjects":[%s]'
    return f"""format('{line},"details":%s}}', {", ".join(values)})"""


def _sqlite() -> str:
    texts = ", ".join(f"'{name}', {name}" for name in _TEXTS)
    subjects = (
        f"CASE WHEN EXISTS {_KEYS} THEN json((SELECT json_group_array(audit_key) FROM {_KEYS})) ELSE json('[]') END"
    )
    return (
        f"json_object('id', id, 'at', at || 'Z', 'client_id', client_id, {texts}, 'subject_key', subject_key, "
        f"'register_version', register_version, 'subjects', {subjects}, 'details', NULL) "
        "|| coalesce(char(31) || details, '')"
    )


_LINE = {"postgresql": _postgresql(), "sqlite": _sqlite()}
