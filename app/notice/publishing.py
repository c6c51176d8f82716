"""A version of the notice is stored when its words change: with a new definition, and as practice moves.

What people are shown is always a stored version, so that it can be said afterwards what they were told.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from app.deps import Services
from app.notice import repository_versions as versions
from app.notice.composing import compose
from app.notice.document import digest
from app.notice.facts import Practice
from app.notice.practice import practice_of
from app.notice.rules import kept
from app.notice.speech import languages_of
from app.register.builtin import BACKGROUND, builtin_operation
from app.register.definition import Definition
from app.register.operation import Operation
from app.register.repository import newest_version
from app.register.versions import Registers

Content = dict[str, dict[str, Any]]


def written(definition: Definition, practice: Practice) -> Content:
    """The notice as it would have to read under this practice, by language."""
    true = kept(definition, practice)
    return {code: compose(definition, practice, true, code).stored() for code in languages_of(definition)}


def is_current(connection: Connection, definition: Definition, at: datetime) -> bool:
    """Whether the newest version says what would have to be said now."""
    return says(versions.newest(connection), definition, practice_of(connection, definition, at))


def says(last: Row[Any] | None, definition: Definition, practice: Practice) -> bool:
    """Whether a version says what would have to be said under this practice."""
    return last is not None and last.digest == digest(written(definition, practice))


def bring(connection: Connection, definition: Definition, at: datetime) -> int | None:
    """Store the next version if the words have changed; its number. The caller audits."""
    content = written(definition, practice_of(connection, definition, at))
    mark, last = digest(content), versions.newest(connection)
    if last is not None and last.digest == mark:
        return None
    number = 1 if last is None else last.version + 1
    row = {"version": number, "digest": mark, "content": content, "languages": [*content], "published_at": at}
    added = versions.add(connection, {**row, "register_version": newest_version(connection)})
    return number if added else None


def publish(connection: Connection, op: Operation) -> int | None:
    """The same as an operation of its own."""
    number = bring(connection, op.definition, op.at)
    op.audit(connection, "publish", "notice", number)
    return number


async def publish_due(served: Services, registers: Registers) -> int | None:
    """Publish what practice has changed; looking alone leaves no trace."""
    op = await builtin_operation(BACKGROUND, served, registers)
    if await served.db.read(is_current, op.definition, op.at):
        return None
    return await op.write(publish)
