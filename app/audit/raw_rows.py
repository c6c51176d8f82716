"""The canonical lines of a range on PostgreSQL, made here from its raw columns.

For the server to write a line costs it 4 microseconds; to hand over the columns 1.5, and the line made of them here 1.
What could make another line than the server would, is not made here: `lines_of` then answers None.
"""

import json
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Connection

_BETWEEN = "\x1f"
"""Stands between two columns. PostgreSQL escapes it in JSON; in a plain text it makes a column too many."""
_KIND = ("role", "purpose", "action", "outcome", "entity")
"""Texts of which there are few combinations; with the client and the version they end a row."""


def lines_of(connection: Connection, above: UUID, up_to: UUID) -> list[bytes] | None:
    """The lines of a range, by identifier; None when a row is not of the ordinary form."""
    count, style, whole = connection.exec_driver_sql(_ROWS, (above, up_to)).one()
    if not count:
        return []
    rows = whole.split("\n")
    if len(rows) != count or not style.startswith("ISO"):
        return None
    try:
        return sorted(map(_line, rows))
    except ValueError:
        return None


def _line(row: str) -> bytes:
    one, at, entity_id, subject, subjects, details, rest = row.split(_BETWEEN, 6)
    before, after = _around(rest)
    if len(at) != len("2026-01-31 12:00:00.000000"):  # PostgreSQL leaves out zeros at the end
        at = at.ljust(26, "0") if "." in at else f"{at}.000000"
    key = f'"{subject.replace("-", "")}"' if subject else "null"
    return (
        f'{{"id":"{one.replace("-", "")}","at":"{at}{before}{entity_id},"subject_key":{key}{after}{subjects}],'
        f'"details":{details}}}'
    ).encode()


@lru_cache(maxsize=4096)
def _around(rest: str) -> tuple[str, str]:
    """What stands between the instant and the entity's identifier, and between the subject's key and the subjects."""
    client, version, *texts = rest.split(_BETWEEN)
    named = zip(_KIND, texts, strict=True)  # a ValueError if one is missing or there are too many
    kind = ",".join(f'"{name}":{json.dumps(text, ensure_ascii=False)}' for name, text in named)
    return (
        f'Z","client_id":"{client.replace("-", "")}",{kind},"entity_id":',
        f',"register_version":{version},"subjects":[',
    )


def _never_null(column: str) -> str:
    """A column that NULL would leave out, so that one behind it could take its place: it adds one instead."""
    return f"coalesce({column}::text, E'\\x1f')"


_COLUMNS = (
    "id",
    _never_null("(at AT TIME ZONE 'UTC')"),
    "coalesce(to_json(entity_id)::text, 'null')",
    "coalesce(subject_key::text, '')",
    "coalesce(listed, '')",
    "coalesce(details::text, 'null')",
    *map(_never_null, ("client_id", "register_version", *_KIND)),
)
_PEOPLE = """
    SELECT event_id, string_agg('"' || encode(uuid_send(audit_key), 'hex') || '"', ',' ORDER BY audit_key) AS listed
    FROM audit_subjects WHERE event_id > $1::uuid AND event_id <= $2::uuid GROUP BY event_id
"""
_ROWS = f"""
    SELECT count(*), current_setting('DateStyle'), string_agg(line, E'\\n') FROM (
        SELECT concat_ws(E'\\x1f', {", ".join(_COLUMNS)}) AS line
        FROM audit_events LEFT JOIN ({_PEOPLE}) named ON named.event_id = id
        WHERE id > $1::uuid AND id <= $2::uuid ORDER BY id
    ) rows
"""  # noqa: S608 (our own names)
