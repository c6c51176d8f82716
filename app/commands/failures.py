"""What `seloste` prints for a failure: what went wrong and where to look, never a value of a person."""

import os

from sqlalchemy.exc import DBAPIError

from app.commands.console import Faulty, Refused
from app.db import InDoubt, Unavailable
from app.errors import Problem
from app.logs import kind_of, places


def explained(error: Exception) -> tuple[str, ...]:
    """The lines for a failure; a fault of ours is named by its type and place."""
    match error:
        case Faulty():
            return error.lines
        case Refused():
            return tuple(f"seloste: {line}" for line in error.lines)
        case _:
            return (f"seloste: {_explained(error)}",)


def _explained(error: Exception) -> str:
    match error:
        case Problem():
            return f"{error.title}: {error.detail}" if error.detail else error.title
        case InDoubt():
            return f"{error}; it is unknown whether the last step was made: run the command again (DATABASE_URL)"
        case Unavailable():
            return f"{error}; nothing was changed (DATABASE_URL)"
        case OSError(strerror=str(reason)):
            return f"{error.filename}: {reason}" if error.filename else reason
        case DBAPIError():
            return f"the database refuses: {str(error.orig).splitlines()[0]} (DATABASE_URL)"
        case _:
            return _fault(error)


def _fault(error: Exception) -> str:
    """Its type and place; with SELOSTE_LOG_LEVEL=DEBUG the places before it too. What it says may quote a row."""
    passed = places(error) if os.environ.get("SELOSTE_LOG_LEVEL", "").upper() == "DEBUG" else places(error)[-1:]
    return f"internal error: {kind_of(error)} at {', '.join(passed)}"
