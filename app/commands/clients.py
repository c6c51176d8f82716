"""`seloste clients …`: API clients, made and withdrawn by whoever may run commands on the server."""

from typing import Annotated, Any, Literal
from uuid import UUID

import typer
from pydantic import ValidationError
from sqlalchemy import Connection, Row

from app.auth import repository
from app.auth.actor import new_token
from app.auth.errors import LastOwner
from app.auth.roles import Role
from app.auth.schemas import ClientNew, Employment
from app.commands import console
from app.commands.console import Refused, Session
from app.register.clients import values_of
from app.register.errors import PurposeUnknown
from app.register.operation import Operation

app = typer.Typer(help="Make, list and withdraw API clients.")

PAGE = 200


ClientRole = Literal["webshop", "booking", "mailer", "admin", "accountant", "dpo", "owner"]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="A name of its own, such as webshop or aino.esimerkki.")],
    role: Annotated[ClientRole, typer.Option(help="What the client may do (README, Roles).")],
    system: Annotated[
        list[str] | None, typer.Option(help="Reference system that an integration owns; repeat for several.")
    ] = None,
    employment: Annotated[Employment | None, typer.Option(help="Of a person; integrations have none.")] = None,
    purpose: Annotated[str | None, typer.Option(help="Purpose of what it reads when it names none.")] = None,
) -> None:
    """Make a client. Its token is printed on stdout, this once: only a hash of it is stored."""
    try:
        new = ClientNew(name=name, role=role, employment=employment, systems=system or [], default_purpose=purpose)
    except ValidationError as error:
        raise Refused(*(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())) from None

    async def made(session: Session) -> str:
        op = session.operation(await session.registers.current())
        return await op.write(make, new)

    token = console.in_register(made)
    console.tell(f"made {new.role} client {new.name}; its token is shown this once:")
    console.say(token)


@app.command("list")
def list_clients() -> None:
    """List all clients, withdrawn ones too."""

    async def all_of_them(session: Session) -> list[Row[Any]]:
        return await session.db.read(everyone)

    rows = [row for row in console.in_register(all_of_them) if row.role != Role.BUILTIN]
    table = [("NAME", "ROLE", "SYSTEMS", "EMPLOYMENT", "MADE", "WITHDRAWN"), *map(_shown, rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        console.say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _shown(row: Row[Any]) -> tuple[str, ...]:
    days = [day and f"{day:%Y-%m-%d}" for day in (row.created_at, row.withdrawn_at)]
    return tuple(cell or "-" for cell in (row.name, row.role, ",".join(row.systems), row.employment, *days))


@app.command()
def withdraw(name: Annotated[str, typer.Argument(help="The client's name.")]) -> None:
    """Withdraw a client's token, at once and for good. The last owner cannot go."""

    async def gone(session: Session) -> None:
        op = session.operation(await session.registers.current())
        await op.write(take_away, name)

    console.in_register(gone)
    console.tell(f"withdrew {name}")


app.command("revoke", hidden=True)(withdraw)


def make(connection: Connection, op: Operation, new: ClientNew) -> str:
    """Store a client and answer its token; raises the problem that stands against it."""
    if new.default_purpose is not None and op.definition.purpose(new.default_purpose) is None:
        raise PurposeUnknown(", ".join(purpose.code for purpose in op.definition.purposes))
    token = new_token()
    values = values_of(new, token, op.at)
    repository.add_client(connection, values)
    op.audit(connection, "make", "api_client", values["id"], details={"role": new.role})
    return token


def take_away(connection: Connection, op: Operation, name: str) -> None:
    """Withdraw the active client of that name; raises `Refused` when there is none."""
    row = repository.client_by_name(connection, name)
    if row is None or row.role == Role.BUILTIN:
        raise Refused(f"there is no active client named {name!r}: see seloste clients list")
    op.audit(connection, "withdraw", "api_client", row.id)
    if row.role == Role.OWNER and repository.active_owners(connection) == 1:
        raise LastOwner
    repository.withdraw_client(connection, row.id, op.at)


def everyone(connection: Connection) -> list[Row[Any]]:
    """All clients in the order they were made."""
    rows: list[Row[Any]] = []
    after: UUID | None = None
    while page := repository.clients(connection, after, PAGE):
        rows += page
        after = page[-1].id
    return rows
