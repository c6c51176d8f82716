"""The register definition and the API clients."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Request, Response
from sqlalchemy import Connection

from app.auth.errors import (
    ClientInvalid,
    ClientNameTaken,
    ClientNotFound,
    ClientWithdrawn,
    LastOwner,
    PersonNeeded,
)
from app.auth.roles import Scope
from app.auth.schemas import ClientEmail, ClientMade, ClientNew, ClientOut, TokenNew
from app.errors import PreconditionFailed, PreconditionRequired, problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window
from app.register import clients, repository, versions
from app.register.deps import allowed, creating, registers
from app.register.errors import DefinitionRefused, PurposeUnknown, VersionNotFound
from app.register.loading import canonical
from app.register.operation import Operation
from app.register.schemas import AppliedOut, DefinitionIn, RegisterOut, VersionOut

router = APIRouter(prefix="/v1", tags=["register and clients"])

Reading = Annotated[Operation, allowed(Scope.REGISTER_READ)]
Applying = Annotated[Operation, allowed(Scope.REGISTER_WRITE)]
Managing = Annotated[Operation, allowed(Scope.CLIENTS_WRITE)]
Making = Annotated[Operation, creating(Scope.CLIENTS_WRITE)]


@router.get("/register", operation_id="read_register", summary="The definition in force")
async def read_register(op: Reading, response: Response) -> RegisterOut:
    """The document, its version and hash; the ETag is for `apply_register`."""
    register = await op.registers.refresh()
    row = await op.read(repository.version, register.version)
    assert row is not None  # noqa: S101 (the version in force exists)
    response.headers["ETag"] = f'"{register.version}"'
    return _out(register, row.document)


@router.get(
    "/register/versions",
    operation_id="list_register_versions",
    summary="All versions, newest first",
    responses=problems(CursorInvalid),
)
async def list_register_versions(op: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[VersionOut]:
    """Number, hash, when and by whom each was applied; without the documents."""
    page = window(op.keys, "register-versions", limit, cursor)
    below = int(page.after[0]) if page.after else None
    rows = await op.read(repository.versions, below, page.limit + 1)
    return page.page([VersionOut(**row._mapping) for row in rows], [(str(row.version),) for row in rows])


@router.get(
    "/register/versions/{version}",
    operation_id="read_register_version",
    summary="One version",
    responses=problems(VersionNotFound),
)
async def read_register_version(
    version: Annotated[int, Path(ge=1, le=2**31 - 1)], op: Reading, request: Request
) -> RegisterOut:
    """With its document, as it was applied. Decisions, consents and letters name the version they used."""
    row = await op.read(repository.version, version)
    if row is None:
        raise VersionNotFound
    return _out(await registers(request).version(version), row.document)


@router.put(
    "/register",
    operation_id="apply_register",
    summary="Apply a new version of the definition",
    responses=problems(DefinitionRefused, PreconditionFailed, PreconditionRequired, PersonNeeded),
)
async def apply_register(
    sent: DefinitionIn, op: Applying, if_match: Annotated[str | None, Header(alias="If-Match", max_length=200)] = None
) -> AppliedOut:
    """The whole document, under If-Match. What contradicts itself or the law is refused with each finding; the same
    again changes nothing. Only a person may, and the notice follows by itself."""
    version, changed = await op.write(_apply, sent.document, if_match)
    return AppliedOut(version=version, changed=changed)


def _apply(connection: Connection, op: Operation, document: str, if_match: str | None) -> tuple[int, bool]:
    op.actor.must_be_person()
    op.audit(connection, "apply", "register", op.register.version)
    if if_match is None:
        raise PreconditionRequired
    if if_match.strip() not in {"*", f'"{op.register.version}"'}:
        raise PreconditionFailed
    return op.registers.apply(connection, document, op.at, op.actor.id)


def _out(register: versions.Register, document: str) -> RegisterOut:
    parsed = canonical(register.definition)
    return RegisterOut.model_validate_json(
        b'{"version":%d,"digest":"%s","definition":%s,"document":""}'
        % (register.version, register.digest.encode(), parsed)
    ).model_copy(update={"document": document})


@router.post(
    "/api-clients",
    status_code=201,
    operation_id="make_api_client",
    summary="Make an API client",
    responses=problems(ClientInvalid, ClientNameTaken, PersonNeeded, PurposeUnknown),
)
async def make_api_client(new: ClientNew, op: Making) -> ClientMade:
    """The token is in this answer and nowhere else. A person's client is for one named human (F85); an integration owns
    its reference systems."""
    return await op.create(clients.make, clients.reread, new)


@router.get(
    "/api-clients", operation_id="list_api_clients", summary="All API clients", responses=problems(CursorInvalid)
)
async def list_api_clients(op: Managing, limit: Limit = 50, cursor: Cursor = None) -> Page[ClientOut]:
    """Withdrawn ones too, with when each token runs out and was last used; never a token."""
    return await op.read(clients.listed, window(op.keys, "api-clients", limit, cursor), op.at)


@router.post(
    "/api-clients/{client_id}/tokens",
    status_code=201,
    operation_id="rotate_token",
    summary="Give a client a new token; the present one works on for the overlap",
    responses=problems(ClientNotFound, ClientInvalid, ClientWithdrawn, PersonNeeded),
)
async def rotate_token(client_id: UUID, asked: TokenNew, op: Making) -> ClientMade:
    """The new token is in this answer and nowhere else. A withdrawn client answers 409."""
    return await op.create(clients.rotate, clients.reread, client_id, asked)


@router.put(
    "/api-clients/{client_id}/email",
    operation_id="set_client_email",
    summary="Say where a person is written to about requests they are in charge of",
    responses=problems(ClientNotFound, ClientInvalid, PersonNeeded),
)
async def set_client_email(client_id: UUID, sent: ClientEmail, op: Managing) -> ClientOut:
    """Null for nowhere. At a provider's sign-in the address also says who somebody is; integrations have none."""
    return await op.write(clients.set_email, client_id, sent)


@router.delete(
    "/api-clients/{client_id}",
    status_code=204,
    operation_id="withdraw_api_client",
    summary="Withdraw a client's tokens at once and for good",
    responses=problems(ClientNotFound, LastOwner, PersonNeeded),
)
async def withdraw_api_client(client_id: UUID, op: Managing) -> None:
    """Every session and statement of the client ends in that instant. The last owner cannot go: 409."""
    await op.write(clients.withdraw, client_id)
