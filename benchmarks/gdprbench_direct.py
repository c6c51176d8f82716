"""The floor: the same operations as hand-written SQL on one table with its indexes, and a log row for each."""

from collections.abc import Sequence

import asyncpg

from benchmarks.gdprbench_ops import Op, purpose_of, user_of

SCHEMA = """
CREATE TABLE records (key int PRIMARY KEY, usr int NOT NULL, pur int NOT NULL, data text NOT NULL, meta text NOT NULL);
CREATE INDEX records_usr ON records (usr);
CREATE INDEX records_pur ON records (pur);
CREATE TABLE log (
  id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), kind text NOT NULL, key int NOT NULL
);
"""
_LOG = "logged AS (INSERT INTO log (kind, key) VALUES ($1, $2)) "
_CHANGED = "SELECT count(*) FROM changed"
_META = "UPDATE records SET meta = 'm' || random()"
_IN_ORDER = "held AS (SELECT key FROM records WHERE pur = $3 ORDER BY key FOR NO KEY UPDATE)"
"""Without an order two operations on one purpose wait for each other, and PostgreSQL ends one after a second."""
STATEMENTS = {
    "create": f"WITH {_LOG}, changed AS (INSERT INTO records VALUES ($2, $3, $4, $5, 'm') RETURNING key) {_CHANGED}",
    "read-key": f"WITH {_LOG} SELECT data FROM records WHERE key = $2",
    "read-meta-by-key": f"WITH {_LOG} SELECT meta FROM records WHERE key = $2",
    "read-by-user": f"WITH {_LOG} SELECT data FROM records WHERE usr = $3",
    "read-meta-by-user": f"WITH {_LOG} SELECT meta FROM records WHERE usr = $3",
    "read-by-purpose": f"WITH {_LOG} SELECT data FROM records WHERE pur = $3",
    "update-key": f"WITH {_LOG}, changed AS (UPDATE records SET data = $3 WHERE key = $2 RETURNING key) {_CHANGED}",
    "update-meta-key": f"WITH {_LOG}, changed AS ({_META} WHERE key = $2 RETURNING key) {_CHANGED}",
    "update-meta-by-user": f"WITH {_LOG}, changed AS ({_META} WHERE usr = $3 RETURNING key) {_CHANGED}",
    "update-meta-by-purpose": f"WITH {_LOG}, {_IN_ORDER}, changed AS ({_META} FROM held WHERE held.key = records.key"
    f" RETURNING records.key) {_CHANGED}",
    "delete-key": f"WITH {_LOG}, changed AS (DELETE FROM records WHERE key = $2 RETURNING key) {_CHANGED}",
    "get-system-logs": f"WITH {_LOG} SELECT * FROM log ORDER BY id LIMIT 100",
    "verify-deletion": f"WITH {_LOG} SELECT 1 FROM records WHERE key = $2",
}
"""Each takes kind and key first, and then what else it needs."""


class Direct:
    """A pool of connections to the hand-written table."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def load(self, records: int) -> None:
        """Make the table and its records."""
        async with self._pool.acquire() as connection:
            await connection.execute(SCHEMA)
            rows = [(n, user_of(n), purpose_of(n), "d" * 100, "m") for n in range(records)]
            await connection.copy_records_to_table("records", records=rows)
            await connection.execute("ANALYZE")

    async def do(self, op: Op) -> int:
        """Do one; the rows it touched."""
        more: Sequence[object] = ()
        if op.kind == "create":
            more = user_of(op.key), purpose_of(op.key), "d" * 100
        elif op.kind.endswith("by-user"):
            more = (user_of(op.key),)
        elif op.kind.endswith("by-purpose"):
            more = (op.purpose,)
        elif op.kind == "update-key":
            more = ("e" * 100,)
        rows = await self._pool.fetch(STATEMENTS[op.kind], op.kind, op.key, *more)
        counted = op.kind.startswith(("create", "update", "delete"))
        return int(rows[0][0]) if counted else len(rows)

    async def left(self) -> dict[str, int]:
        """Records and log rows at the end."""
        query = "SELECT (SELECT count(*) FROM records) AS records, (SELECT count(*) FROM log) AS logged"
        return dict(await self._pool.fetchrow(query))
