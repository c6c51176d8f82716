"""The service's own clients: pages that people use without a token, and work done in the background.

Both stand in `api_clients` (made by the first migration) so that audit rows can name them; `none:` stands where
others have the hash of a token, so that no token is theirs.
"""

from typing import Any
from uuid import UUID

from app.auth.actor import Actor
from app.auth.roles import Role
from app.deps import Services
from app.policy.vocabulary import Nature
from app.register.operation import Operation
from app.register.versions import Registers


def _builtin(number: int, name: str) -> Actor:
    nothing: frozenset[Any] = frozenset()
    return Actor(UUID(int=number), name, "builtin", Role.BUILTIN, nothing, nothing, None, f"none:{name}")


PUBLIC = _builtin(1, "public-pages")
BACKGROUND = _builtin(2, "background")


async def builtin_operation(actor: Actor, served: Services, registers: Registers) -> Operation:
    """An operation of the service itself, for the purpose of serving data subjects' rights."""
    register = await registers.current()
    rights = next(p for p in register.definition.purposes if p.nature == Nature.SUBJECT_RIGHTS)
    return Operation(served.db, served.keys, registers, actor, register, rights, served.clock())
