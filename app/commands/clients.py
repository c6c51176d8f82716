"""`seloste clients …`: API clients, made, rotated and withdrawn by whoever may run commands on the server."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import typer
from pydantic import ValidationError
from sqlalchemy import Connection, Row

from app.auth import repository
from app.auth.actor import new_token
from app.auth.errors import LastOwner
from app.auth.roles import Role
from app.auth.schemas import ClientNew, Employment, TokenNew
from app.auth.upkeep import SOON
from app.commands import console
from app.commands.console import Refused, Session
from app.deps import utc_now
from app.register.clients import new_token_of, values_of
from app.register.errors import PurposeUnknown
from app.register.operation import Operation

app = typer.Typer(help="Make, list, rotate and withdraw API clients.")

PAGE = 200
EXPIRES = "When its token runs out: 90d, 2027-01-31, or never."


ClientRole = Literal["webshop", "booking", "mailer", "admin", "accountant", "dpo", "owner"]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="A name of its own, such as webshop or aino.esimerkki.")],
    role: Annotated[ClientRole, typer.Option(help="What the client may do (README, Roles).")],
    system: Annotated[
        list[str] | None, typer.Option(help="Reference system that an integration owns; repeat for several.")
    ] = None,
    employment: Annotated[Employment | None, typer.Option(help="Of a person; integrations have none.")] = None,
    email: Annotated[str | None, typer.Option(help="Of a person: where digests of requests go.")] = None,
    purpose: Annotated[str | None, typer.Option(help="Purpose of what it reads when it names none.")] = None,
    expires: Annotated[str | None, typer.Option(help=EXPIRES)] = None,
) -> None:
    """Make a client. Its token is printed on stdout, this once: only a hash of it is stored."""
    end = None if expires is None else end_of(expires, utc_now())
    try:
        new = ClientNew(
            name=name,
            role=role,
            employment=employment,
            email=email,
            systems=system or [],
            default_purpose=purpose,
            expires_at=end,
        )
    except ValidationError as error:
        raise _refused(error) from None

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
    now = utc_now()
    titles = ("NAME", "ROLE", "SYSTEMS", "EMPLOYMENT", "MADE", "LAST USED", "EXPIRES", "FORMER TOKEN", "WITHDRAWN")
    table = [titles, *(_shown(row, now) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        console.say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _shown(row: Row[Any], now: datetime) -> tuple[str, ...]:
    cells = (
        *(row.name, row.role, ",".join(row.systems), row.employment),
        *(_day(row.created_at), _minute(row.last_used_at), _end(row, now), _former(row, now), _day(row.withdrawn_at)),
    )
    return tuple(cell or "-" for cell in cells)


def _day(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d}"


def _minute(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d %H:%MZ}"


def _end(row: Row[Any], now: datetime) -> str | None:
    """When the token runs out; said twice when that is near."""
    if row.expires_at is None or row.withdrawn_at is not None:
        return _day(row.expires_at)
    if row.expires_at <= now:
        return f"{_day(row.expires_at)} (over)"
    near = row.expires_at - now < SOON
    return f"{_day(row.expires_at)} (in {(row.expires_at - now).days} days)" if near else _day(row.expires_at)


def _former(row: Row[Any], now: datetime) -> str | None:
    """Until when the token before the last rotation works, and whether somebody still uses it."""
    if row.withdrawn_at is not None or row.former_until is None or row.former_until <= now:
        return None
    return f"until {_minute(row.former_until)}, used {_minute(row.former_used_at) or 'never'}"


@app.command()
def rotate(
    name: Annotated[str, typer.Argument(help="The client's name.")],
    overlap: Annotated[str, typer.Option(help="How long the present token works on: 24h, 7d, or 0 to end it.")] = "24h",
    expires: Annotated[str | None, typer.Option(help=EXPIRES)] = None,
) -> None:
    """Give a client a new token, printed on stdout, this once. The present one works on for the overlap."""
    said = {} if expires is None else {"expires_at": end_of(expires, utc_now())}
    try:
        asked = TokenNew.model_validate({"overlap_hours": length_of(overlap) // timedelta(hours=1), **said})
    except ValidationError as error:
        raise _refused(error) from None

    async def rotated(session: Session) -> str:
        op = session.operation(await session.registers.current())
        return await op.write(replace, name, asked)

    token = console.in_register(rotated)
    console.tell(f"rotated {name}: the former token works for {overlap}; the new one is shown this once:")
    console.say(token)


@app.command()
def withdraw(name: Annotated[str, typer.Argument(help="The client's name.")]) -> None:
    """Withdraw a client's tokens, at once and for good. The last owner cannot go."""

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
    row = _active(connection, name)
    op.audit(connection, "withdraw", "api_client", row.id)
    if repository.active_owners(connection, op.at) == {row.id}:
        raise LastOwner
    repository.withdraw_client(connection, row.id, op.at)


def replace(connection: Connection, op: Operation, name: str, asked: TokenNew) -> str:
    """A new token for the active client of that name; raises `Refused` when there is none."""
    return new_token_of(connection, op, _active(connection, name).id, asked)


def _active(connection: Connection, name: str) -> Row[Any]:
    row = repository.client_by_name(connection, name)
    if row is None or row.role == Role.BUILTIN:
        raise Refused(f"there is no active client named {name!r}: see seloste clients list")
    return row


def _refused(error: ValidationError) -> Refused:
    return Refused(*(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()))


def length_of(text: str) -> timedelta:
    """A length of time as people write it: 24h, 7d, 0; raises the usage error."""
    found = re.fullmatch(r"([0-9]{1,4})(h|d)|0", text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a length of time such as 24h or 7d")
    amount = int(found[1] or 0)
    return timedelta(days=amount) if found[2] == "d" else timedelta(hours=amount)


def end_of(text: str, now: datetime) -> datetime | None:
    """The end of a token: a length of time from now, a day (its first instant in UTC), or never."""
    if text == "never":
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time.min, tzinfo=UTC)
    except ValueError:
        return now + length_of(text)


def everyone(connection: Connection) -> list[Row[Any]]:
    """All clients in the order they were made."""
    rows: list[Row[Any]] = []
    after: UUID | None = None
    while page := repository.clients(connection, after, PAGE):
        rows += page
        after = page[-1].id
    return rows
