"""PostgreSQL through asyncpg: functions run on the event loop by way of SQLAlchemy's greenlets."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, MissingGreenlet
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import greenlet_spawn

from app.db.database import ATTEMPTS, TRANSIENT, P, T, TransactionLost, Unavailable, Work, is_outage, is_transient
from app.db.loading import RowsByTable, names_of, records
from app.db.prepared import Prepared

R = TypeVar("R")

POOL_TIMEOUT = 10.0
"""Seconds to wait for a connection of the pool before the caller is told to come back."""


class PostgresDatabase:
    """See `Database`."""

    dialect = "postgresql"

    def __init__(self, url: str, pool_size: int) -> None:
        target = make_url(url).set(drivername="postgresql+asyncpg")
        if mode := target.query.get("sslmode"):  # libpq's name for it; asyncpg says ssl
            target = target.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
        self._engine: AsyncEngine = create_async_engine(
            target, pool_size=pool_size, max_overflow=0, pool_timeout=POOL_TIMEOUT, pool_use_lifo=True
        )
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async def attempt() -> T:
            async with self._engine.begin() as connection:
                return await connection.run_sync(work, *args, **kwargs)

        return await _persist(attempt)

    async def once(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async def attempt() -> T:
            async with self._autocommit.connect() as connection:
                return await connection.run_sync(work, *args, **kwargs)

        return await _persist(attempt)

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.once(work, *args, **kwargs)

    async def fetch(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Any]:
        async def attempt() -> Sequence[Any]:
            async with self._lent() as connection:
                try:
                    return await statement.fetch(connection, self._engine.dialect, values)
                except asyncpg.DivisionByZeroError:
                    return []

        return await _persist(attempt)

    async def copy_in(self, rows: RowsByTable) -> None:
        async with self._lent() as connection, connection.transaction():
            for table, of_table in rows.items():
                if of_table:
                    copied = records(table, of_table, self._engine.dialect)
                    await connection.copy_records_to_table(table.name, records=copied, columns=names_of(of_table))

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[Any]:
        """A connection of the pool as asyncpg knows it, in autocommit; one that is lost or in doubt is not put back."""
        lent = await self._checked_out()
        while lent.driver_connection.is_closed():
            await greenlet_spawn(lent.invalidate)
            lent = await self._checked_out()
        doubtful = True
        try:
            yield lent.driver_connection
            doubtful = False
        except asyncpg.PostgresError as error:
            doubtful = lent.driver_connection.is_closed()
            if error.sqlstate in TRANSIENT:
                raise TransactionLost from None
            raise
        finally:
            await greenlet_spawn(lent.invalidate) if doubtful else lent.close()

    async def _checked_out(self) -> Any:
        take = self._engine.sync_engine.raw_connection
        try:
            return take()  # one that lies ready is had without waiting, and so without SQLAlchemy's greenlet
        except MissingGreenlet:
            return await greenlet_spawn(take)

    async def apart(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            async with self._autocommit.connect() as connection:
                try:
                    return await connection.run_sync(work, *args, **kwargs)
                finally:
                    await connection.invalidate()
        except PoolTimeout:
            raise Unavailable("every connection of the pool is busy") from None
        except (asyncpg.InterfaceError, OSError):
            raise Unavailable("the database is away") from None
        except DBAPIError as error:
            if is_outage(error):
                raise Unavailable("the database is away") from None
            raise

    def load(self) -> Mapping[str, int]:
        pool = self._engine.pool
        assert isinstance(pool, QueuePool)  # noqa: S101 (the asynchronous one is a QueuePool)
        return {"in_use": pool.checkedout(), "idle": pool.checkedin()}

    async def close(self) -> None:
        await self._engine.dispose()


async def _persist(attempt: Callable[[], Awaitable[R]]) -> R:
    for n in range(1, ATTEMPTS + 1):
        try:
            return await attempt()
        except TransactionLost:
            pass
        except PoolTimeout:
            raise Unavailable("every connection of the pool is busy") from None
        except (asyncpg.InterfaceError, OSError):
            raise Unavailable("the database is away") from None
        except (DBAPIError, asyncpg.PostgresError) as error:
            _must_be_transient(error)
        if n < ATTEMPTS:
            await asyncio.sleep(random.uniform(0, 0.01 * 2**n))  # noqa: S311 (jitter, not a secret)
    raise Unavailable("the transaction was lost several times in a row")


def _must_be_transient(error: Exception) -> None:
    """Raise what the failure means, unless a new try may mend it."""
    if is_outage(error):
        raise Unavailable("the database is away") from None
    if not (isinstance(error, DBAPIError) and is_transient(error)):
        raise error
