"""What export and poll share: an operation for a purpose, a lease that is kept, and why a run ended early."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from app.deps import Services
from app.register.builtin import BACKGROUND
from app.register.errors import PurposeUnknown
from app.register.operation import Operation
from app.register.versions import Registers
from app.subject_requests.leases import give_back, keep_lease, own_name, take_lease


class Busy(Exception):
    """Another process is at it."""

    def __str__(self) -> str:
        """As it is counted."""
        return "busy"


class Interrupted(Exception):
    """Mailchimp does not answer, or refuses everything; the next run goes on from here."""

    def __str__(self) -> str:
        """As it is counted."""
        return f"interrupted:{self.args[0]}"


async def operation(served: Services, registers: Registers, purpose: str) -> Operation:
    """An operation of the service itself for a purpose of the definition in force; raises `PurposeUnknown`."""
    register = await registers.current()
    found = register.definition.purpose(purpose)
    if found is None:
        raise PurposeUnknown(declared=[one.code for one in register.definition.purposes])
    return Operation(served.db, served.keys, registers, BACKGROUND, register, found, served.clock())


@asynccontextmanager
async def leased(served: Services, name: str, length: timedelta) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Hold a lease; what is yielded holds on to it. Raises `Busy` when another process has it, or has got it."""
    me = own_name()
    if not await served.db.write(take_lease, name, me, served.clock(), length):
        raise Busy

    async def keep() -> None:
        if not await served.db.write(keep_lease, name, me, served.clock() + length):
            raise Busy

    try:
        yield keep
    finally:
        await served.db.write(give_back, name, me)
