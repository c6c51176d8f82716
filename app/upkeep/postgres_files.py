"""PostgreSQL: tables that hold dead row versions are written anew, small ones in place, large ones beside traffic.

A plain VACUUM leaves the bytes in the free space of pages and the keys in inner index pages. VACUUM FULL leaves none,
under a lock that lasts as long as the rewrite; from `AT_ONCE` bytes a table is therefore copied in the background and
exchanged (`postgres_exchange`). Planner statistics keep values of their own: they are gathered anew, and their catalog
is written anew too.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from app.migrating import MIGRATION_LOCK
from app.upkeep.errors import Blocked
from app.upkeep.postgres_exchange import exchange, tidy
from app.upkeep.postgres_locks import TooLong, patiently, wait_until_dead

AT_ONCE = 32 * 1024 * 1024
"""Bytes of a table with its indexes up to which it is written anew in place, in a second or so."""
STATISTICS = "pg_catalog.pg_statistic"


def clear(connection: Connection, names: Sequence[str]) -> float:
    """Clear the files of these tables; the longest lock in seconds. Raises `Blocked`."""
    _be_alone(connection)
    _must_own(connection, names)
    tidy(connection)
    wait_until_dead(connection)
    locks = [_rewrite(connection, name) for name in names]
    for name in names:
        connection.execute(text(f'ANALYZE "{name}"'))
        _forget_statistics(connection, name)
    wait_until_dead(connection)
    try:
        return max([_in_place(connection, STATISTICS), *locks])
    except TooLong:
        raise Blocked("the planner statistics are too large to be written anew in time") from None


def _forget_statistics(connection: Connection, name: str) -> None:
    """Of a table that is empty now ANALYZE keeps what it gathered before; PostgreSQL 18 can be told to forget it."""
    filled = text(f'SELECT EXISTS (SELECT FROM "{name}")')  # noqa: S608 (a table of ours)
    if not connection.execute(filled).scalar_one() and connection.execute(_CAN_FORGET).scalar_one():
        connection.execute(_FORGET, {"name": name})


_CAN_FORGET = text("SELECT to_regproc('pg_catalog.pg_clear_attribute_stats') IS NOT NULL")
_FORGET = text(
    "SELECT pg_clear_attribute_stats(schemaname, tablename, attname, inherited) FROM pg_stats "
    "WHERE schemaname = current_schema() AND tablename = :name"
)


def _be_alone(connection: Connection) -> None:
    """No migration and no other step may change tables meanwhile; the lock ends with the connection."""
    query = text("SELECT pg_try_advisory_lock(:key)")
    if not connection.execute(query, {"key": MIGRATION_LOCK}).scalar_one():
        raise Blocked("a migration, a backup or another maintenance step is running")


def _must_own(connection: Connection, names: Sequence[str]) -> None:
    """VACUUM only warns about what it may not touch, so ask first. Raises `Blocked`."""
    foreign = list(connection.execute(_FOREIGN, {"names": list(names)}).scalars())
    if foreign:
        raise Blocked(f"the role of DATABASE_URL does not own {', '.join(foreign)}")
    if not connection.execute(_OWNS_DATABASE).scalar_one():
        raise Blocked("the role of DATABASE_URL does not own the database, and may not clear its planner statistics")


_FOREIGN = text(
    "SELECT relname FROM pg_class WHERE relname = ANY(CAST(:names AS text[])) "
    "AND relnamespace = current_schema()::regnamespace AND NOT pg_has_role(relowner, 'USAGE')"
)
_OWNS_DATABASE = text("SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()")


def _rewrite(connection: Connection, name: str) -> float:
    query = text("SELECT pg_total_relation_size(to_regclass(:name))")
    if connection.execute(query, {"name": name}).scalar_one() <= AT_ONCE:
        try:
            return _in_place(connection, name)
        except TooLong:
            pass
    return exchange(connection, name)


def _in_place(connection: Connection, name: str) -> float:
    return patiently(connection, name, lambda: connection.execute(text(f"VACUUM (FULL) {name}")))
