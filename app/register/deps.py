"""The operation of a request, as a FastAPI dependency that names the scopes it needs."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from app.auth.actor import Clients
from app.auth.errors import ScopeMissing
from app.auth.idempotency import parse_key
from app.auth.roles import Scope
from app.deps import services
from app.errors import Unauthorized
from app.register.operation import Operation, purpose_of
from app.register.versions import Registers

_bearer = HTTPBearer(
    scheme_name="bearer", bearerFormat="opaque", auto_error=False, description="The token of an API client."
)
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
LONGEST_PURPOSE = 60
_Purpose = Annotated[
    str | None,
    Header(
        alias="Purpose",
        max_length=LONGEST_PURPOSE,
        description="Code of a purpose in the register definition; the client's default when absent (F18).",
    ),
]
_Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=260,
        description="Makes a retry safe: the same key and body answer what the first call made, for 24 hours.",
    ),
]


def registers(request: Request) -> Registers:
    """The definitions that this process knows."""
    found: Registers = request.app.state.registers
    return found


async def operation_of(
    request: Request, needed: SecurityScopes, credentials: _Credentials = None, for_purpose: _Purpose = None
) -> Operation:
    """The dependency behind `allowed`."""
    if credentials is None:
        raise Unauthorized
    return await operation_for(request, needed.scopes, credentials.credentials, for_purpose)


async def operation_for(request: Request, scopes: Sequence[str], token: str, for_purpose: str | None) -> Operation:
    """The operation of a request that needs these scopes."""
    served = services(request)
    clients: Clients = request.app.state.clients
    if not token.isascii():
        raise Unauthorized
    at = served.clock()
    actor = await clients.actor(token, at, request.client and request.client.host)
    missing = [scope for scope in scopes if scope not in actor.scopes]
    if missing:
        raise ScopeMissing(f"the operation needs the scope {missing[0]}; the role {actor.role} has it not")
    register = await registers(request).current()
    purpose = purpose_of(actor, register.definition, for_purpose)
    return Operation(
        served.db,
        served.keys,
        registers(request),
        actor,
        register,
        purpose,
        at,
        named_purpose=for_purpose,
    )


async def _creation(
    request: Request,
    needed: SecurityScopes,
    credentials: _Credentials = None,
    for_purpose: _Purpose = None,
    key: _Key = None,
) -> Operation:
    op = await operation_of(request, needed, credentials, for_purpose)
    if key is not None:
        route = f"{request.method} {request.scope['route'].path_format} {request.scope['path']}"[:120]
        op.key = parse_key(op.keys, key, op.actor.id, route, await request.body())
    return op


def allowed(*scopes: Scope) -> Any:
    """The dependency of a route that needs these scopes."""
    return Security(operation_of, scopes=[str(scope) for scope in scopes])


def creating(*scopes: Scope) -> Any:
    """The same for a POST that honours `Idempotency-Key`."""
    return Security(_creation, scopes=[str(scope) for scope in scopes])
