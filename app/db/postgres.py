"""PostgreSQL through asyncpg: functions run on the event loop by way of SQLAlchemy's greenlets."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, MissingGreenlet
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import greenlet_spawn

from app.db.database import (
    ATTEMPTS,
    PATIENCE,
    SNAPSHOT_SECONDS,
    TRANSACTION_SECONDS,
    TRANSIENT,
    InDoubt,
    P,
    T,
    TransactionLost,
    Unavailable,
    Work,
    is_lost,
    is_outage,
    is_transient,
)
from app.db.loading import RowsByTable, names_of, records
from app.db.postgres_session import KNOWS_TRANSACTION_TIMEOUT, OTHERS, SESSION
from app.db.prepared import Prepared
from app.migrating import MIGRATION_LOCK

R = TypeVar("R")

_GONE = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What asyncpg raises when the server goes away, the second when it does so between the steps of one statement."""

POOL_TIMEOUT = PATIENCE
"""Seconds to wait for a connection of the pool before the caller is told to come back."""


class PostgresDatabase:
    """See `Database`."""

    dialect = "postgresql"

    def __init__(self, url: str, pool_size: int, transaction_seconds: int | None = TRANSACTION_SECONDS) -> None:
        def connect(*args: Any, **kwargs: Any) -> _Later:
            return _Later(partial(_connect, transaction_seconds, *args, **kwargs))

        target = make_url(url).set(drivername="postgresql+asyncpg")
        if mode := target.query.get("sslmode"):  # libpq's name for it; asyncpg says ssl
            target = target.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
        self._answer_within = None if transaction_seconds is None else transaction_seconds + 2 * PATIENCE
        self._engine: AsyncEngine = create_async_engine(
            target,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT,
            pool_use_lifo=True,
            connect_args={"async_creator_fn": connect},
        )
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self.calls = 0

    async def others(self) -> bool:
        async with self._lent() as connection:
            return bool(await connection.fetchval(OTHERS, SESSION["application_name"]))

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async def attempt() -> T:
            async with self._engine.connect() as connection:
                result = await connection.run_sync(work, *args, **kwargs)
                with _in_doubt():
                    await connection.commit()
                return result

        return await self._persist(attempt)

    async def once(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async def attempt() -> T:
            async with self._autocommit.connect() as connection:
                await connection.get_raw_connection()
                with _in_doubt():
                    return await connection.run_sync(work, *args, **kwargs)

        return await self._persist(attempt)

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async def attempt() -> T:
            async with self._autocommit.connect() as connection:
                return await connection.run_sync(work, *args, **kwargs)

        return await self._persist(attempt)

    async def snapshot(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        engine = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        try:
            async with engine.connect() as connection:
                try:
                    await self._keep_tables(connection)
                    return await connection.run_sync(work, *args, **kwargs)
                finally:
                    await connection.invalidate()
        except (asyncpg.InterfaceError, OSError, PoolTimeout):
            raise Unavailable("the database is away") from None
        except DBAPIError as error:
            if is_outage(error):
                raise Unavailable("the database is away") from None
            raise

    async def _keep_tables(self, connection: AsyncConnection) -> None:
        """Before the picture is taken: no migration and no maintenance step may exchange tables behind it."""
        raw = (await connection.get_raw_connection()).driver_connection
        await raw.execute("SET lock_timeout = 0")  # type: ignore[union-attr] # asyncpg's own
        limited = self._answer_within is not None
        if limited and raw.get_server_version().major >= KNOWS_TRANSACTION_TIMEOUT:  # type: ignore[union-attr] # asyncpg's own
            await raw.execute(f"SET transaction_timeout = '{SNAPSHOT_SECONDS}s'")  # type: ignore[union-attr] # asyncpg's own
        await raw.execute("SELECT pg_advisory_lock_shared($1)", MIGRATION_LOCK)  # type: ignore[union-attr] # asyncpg's own

    async def fetch(self, statement: Prepared, values: Mapping[str, Any]) -> Sequence[Any]:
        async def attempt() -> Sequence[Any]:
            async with self._lent() as connection:
                try:
                    with _in_doubt():
                        return await statement.fetch(connection, self._engine.dialect, values)
                except asyncpg.DivisionByZeroError:
                    return []

        return await self._persist(attempt)

    async def copy_in(self, rows: RowsByTable) -> None:
        async with self._lent() as connection, connection.transaction():
            for table, of_table in rows.items():
                if of_table:
                    copied = records(table, of_table, self._engine.dialect)
                    await connection.copy_records_to_table(table.name, records=copied, columns=names_of(of_table))

    async def _persist(self, attempt: Callable[[], Awaitable[R]]) -> R:
        """Attempts until one succeeds; a server that does not even end what is too old is taken for lost."""
        self.calls += 1
        try:
            async with asyncio.timeout(self._answer_within):
                return await _attempted(attempt)
        except TimeoutError:
            raise InDoubt("the database does not answer") from None

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
            return await self._connected(take)

    async def _connected(self, take: Callable[[], Any]) -> Any:
        try:
            return await greenlet_spawn(take)
        except self._engine.dialect.loaded_dbapi.Error as error:
            raise error.__cause__ or error from None  # what asyncpg raised

    async def apart(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            async with self._autocommit.connect() as connection:
                try:
                    for limit in await connection.run_sync(_limits):
                        await connection.exec_driver_sql(f"SET {limit} = 0")
                    return await connection.run_sync(work, *args, **kwargs)
                finally:
                    await connection.invalidate()
        except PoolTimeout:
            raise Unavailable("every connection of the pool is busy") from None
        except _GONE:
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


class _Later:
    """Makes its coroutine when it is awaited: SQLAlchemy drops one where `_checked_out` finds none ready."""

    def __init__(self, make: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self._make = make

    def __await__(self) -> Generator[Any, None, Any]:
        return self._make().__await__()


async def _connect(transaction_seconds: int | None, *args: Any, **kwargs: Any) -> Any:
    """A session with our limits."""
    settings = SESSION if transaction_seconds is None else {**SESSION, "statement_timeout": f"{transaction_seconds}s"}
    try:
        connection = await asyncpg.connect(*args, **kwargs, timeout=PATIENCE, server_settings=settings)
        if transaction_seconds is not None and connection.get_server_version().major >= KNOWS_TRANSACTION_TIMEOUT:
            await connection.execute(f"SET transaction_timeout = '{transaction_seconds}s'")
    except (asyncpg.InternalServerError, asyncpg.InternalClientError):  # so it shows when the server is just stopping
        raise ConnectionError from None
    return connection


def _limits(connection: Connection) -> list[str]:
    """The limits of age that this server knows."""
    names = "'statement_timeout', 'transaction_timeout'"
    known = connection.exec_driver_sql(f"SELECT name FROM pg_settings WHERE name IN ({names})")  # noqa: S608 (constants)
    return list(known.scalars())


@contextmanager
def _in_doubt() -> Iterator[None]:
    """While the server is about to commit: if it goes away now, nobody can say whether it has."""
    try:
        yield
    except _GONE:
        raise InDoubt(_DOUBT) from None
    except (DBAPIError, asyncpg.PostgresError) as error:
        if is_lost(error) or _is_broken(error):
            raise InDoubt(_DOUBT) from None
        raise


_DOUBT = "the database went away before it confirmed"


async def _attempted(attempt: Callable[[], Awaitable[R]]) -> R:
    for n in range(1, ATTEMPTS + 1):
        try:
            return await attempt()
        except TransactionLost:
            pass
        except PoolTimeout:
            raise Unavailable("every connection of the pool is busy") from None
        except _GONE:
            raise Unavailable("the database is away") from None
        except (DBAPIError, asyncpg.PostgresError) as error:
            _must_be_transient(error)
        if n < ATTEMPTS:
            await asyncio.sleep(random.uniform(0, 0.01 * 2**n))  # noqa: S311 (jitter, not a secret)
    raise Unavailable("the transaction was lost several times in a row")


def _is_broken(error: Exception) -> bool:
    """Whether asyncpg, below SQLAlchemy's wrapping, lost the thread because the server went away."""
    origin = error.orig if isinstance(error, DBAPIError) else None
    return origin is not None and isinstance(origin.__cause__, asyncpg.InternalClientError)


def _must_be_transient(error: Exception) -> None:
    """Raise what the failure means, unless a new try may mend it."""
    if is_outage(error) or _is_broken(error):
        raise Unavailable("the database is away") from None
    if not (isinstance(error, DBAPIError) and is_transient(error)):
        raise error
