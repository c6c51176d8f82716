"""From the fields of a form to what the API takes, checked by the same schemas."""

from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData

from app.console.errors import FormIncomplete
from app.pages.reading import text

M = TypeVar("M")


def filled(form: FormData, *names: str) -> dict[str, Any]:
    """These fields; what was left empty is absent, as it is in JSON."""
    return {name: value for name in names if (value := text(form, name))}


def moment(form: FormData, name: str, zone: ZoneInfo) -> dict[str, Any]:
    """An instant that was written on the controller's clock; what is none is left for the schema to refuse."""
    written = text(form, name)
    try:
        said = datetime.fromisoformat(written)
    except ValueError:
        return filled(form, name)
    return {name: (said if said.tzinfo else said.replace(tzinfo=zone)).isoformat()}


def checked(kind: type[M] | Any, values: dict[str, Any]) -> M:
    """The payload; raises `FormIncomplete` with each fault, and never with what was written."""
    try:
        made: M = TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        raise FormIncomplete(errors=[_fault(one) for one in error.errors(include_input=False)]) from None
    return made


def _fault(error: Any) -> dict[str, str]:
    where = "/".join(str(step) for step in error["loc"])
    return {"detail": str(error["msg"]).removeprefix("Value error, "), "pointer": f"#/{where}"}


def facts(form: FormData, prefix: str) -> list[dict[str, Any]]:
    """Rows of evidence under Art. 12(5); case numbers stand apart by commas."""
    rows = [row for row in groups(form, prefix, "kind", "on", "what", "cases") if "what" in row]
    return [row | {"cases": [one.strip() for one in row.get("cases", "").split(",") if one.strip()]} for row in rows]


def lines(form: FormData, *names: str) -> dict[str, list[str]]:
    """Fields that hold a list, one thing in each line."""
    return {name: found for name in names if (found := [one for one in text(form, name).splitlines() if one.strip()])}


def groups(form: FormData, prefix: str, *names: str) -> list[dict[str, Any]]:
    """Rows of a table: fields `prefix-0-name`, `prefix-1-name` and so on; rows that say nothing are left out."""
    rows = []
    number = 0
    while f"{prefix}-{number}-{names[0]}" in form:
        row = filled(form, *(f"{prefix}-{number}-{name}" for name in names))
        rows.append({key.rsplit("-", 1)[1]: value for key, value in row.items()})
        number += 1
    return rows
