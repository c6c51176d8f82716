"""PostgreSQL through asyncpg: functions run on the event loop by way of SQLAlchemy's greenlets."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.db.database import ATTEMPTS, P, T, TransactionLost, Unavailable, Work, is_outage, is_transient

R = TypeVar("R")


class PostgresDatabase:
    """See `Database`."""

    dialect = "postgresql"

    def __init__(self, url: str, pool_size: int) -> None:
        target = make_url(url).set(drivername="postgresql+asyncpg")
        self._engine: AsyncEngine = create_async_engine(
            target, pool_size=pool_size, max_overflow=0, pool_timeout=10, pool_use_lifo=True
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

    async def close(self) -> None:
        await self._engine.dispose()


async def _persist(attempt: Callable[[], Awaitable[R]]) -> R:
    for n in range(1, ATTEMPTS + 1):
        try:
            return await attempt()
        except TransactionLost:
            if n == ATTEMPTS:
                raise Unavailable("the transaction was lost several times in a row") from None
        except DBAPIError as error:
            if is_outage(error):
                raise Unavailable("the database is away") from None
            if not is_transient(error):
                raise
            if n == ATTEMPTS:
                raise Unavailable("the transaction met a conflict several times in a row") from None
        except (PoolTimeout, InterfaceError, OperationalError, OSError):
            raise Unavailable("the database is away") from None
        await asyncio.sleep(random.uniform(0, 0.01 * 2**n))  # noqa: S311 (jitter, not a secret)
    raise AssertionError("unreachable: the last attempt returns or raises")
