"""`seloste verify-erasure`: look for an erased person's values in everything that is stored."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, Row

from app.commands import console
from app.commands.console import Refused, Session
from app.remainders.service import Remainder, files_of, in_files, search
from app.remainders.values import Sought, sought
from app.subject_requests import repository
from app.upkeep import repository as upkeep

app = typer.Typer()


@app.command()
def verify_erasure(
    case: Annotated[str, typer.Argument(help="The case number of the erasure, such as 2026-00001.")],
    values_from: Annotated[
        str, typer.Option("--values-from", metavar="FILE", help="One value a line; - reads standard input.")
    ],
) -> None:
    """Search every table, and the bytes of a SQLite file, for values of an erased person.

    Values come from a file or standard input, never from the command line, where others could read them; what is
    printed names lines, tables and columns only. Ends with code 1 when anything is left but vouchers as printed.
    """
    wanted = _read(values_from)

    async def verified(session: Session) -> tuple[Remainder, dict[str, set[int]], bool]:
        request = await session.db.read(_request, case)
        definition = (await session.registers.current()).definition
        today = datetime.now(UTC).astimezone(definition.zone).date()
        found = await session.db.snapshot(search, request.customer_id, wanted, today)
        waits = await session.db.read(upkeep.oldest) is not None
        return found, in_files(files_of(session.served.settings.database_url), wanted), waits

    found, in_bytes, waits = console.in_register(verified, transaction_seconds=None)
    fine = _tell_rows(found)
    printed = {line for line in _lines(wanted) if found.permitted or line in found.known}
    if not (_tell_files(in_bytes, printed, waits=waits) and fine):
        raise Refused("something is left of the person")


def _read(place: str) -> Sought:
    try:
        text = sys.stdin.read() if place == "-" else Path(place).read_text(encoding="utf-8")
        return sought(text.splitlines())
    except OSError as error:
        raise Refused(f"{place}: {error.strerror}") from None
    except ValueError as error:
        raise Refused(f"{'standard input' if place == '-' else place}: {error}") from None


def _lines(wanted: Sought) -> set[int]:
    return {number for number, _ in wanted.forms}


def _request(connection: Connection, case: str) -> Row[Any]:
    row = repository.request(connection, case)
    if row is None or row.right != "erasure" or row.customer_id is None:
        raise Refused(f"{case} is no erasure of anybody in this register")
    if row.executed_at is None:
        raise Refused(f"{case} has not been executed")
    return row


def _tell_rows(found: Remainder) -> bool:
    """Print what stands in tables; True when that is fine."""
    for voucher in found.permitted:
        until = f"until {voucher.until}" if voucher.until else "until the accountant has classified it"
        console.say(f"permitted: voucher {voucher.number}, as printed ({', '.join(voucher.columns)}), {until}")
    for left in found.left:
        whose = "of other people who share it" if left.of_others else "LEFT"
        lines = ", ".join(str(value) for value in left.values)
        console.say(f"{whose}: {left.table}.{left.column}, {left.rows} rows (line {lines})")
    console.say(f"searched {found.rows} rows of {found.tables} tables")
    return found.is_clean


def _tell_files(in_bytes: dict[str, set[int]], explained: set[int], *, waits: bool) -> bool:
    """Print what stands in files and in no row; True when there is nothing."""
    unexplained = {name: values - explained for name, values in in_bytes.items() if values - explained}
    for name, values in unexplained.items():
        why = "; the maintenance step has not run since (seloste maintain --now)" if waits else ""
        console.say(f"LEFT: bytes of {name} (line {', '.join(map(str, sorted(values)))}){why}")
    return not unexplained
