"""One file per notification in a folder that the recipient empties: whole or not there, and never twice.

A file appears under its name only when it is complete (a rename within the folder), readable by its owner alone. It
names the person, so whoever has read it removes it; what is left is removed when it is old, at the next file or look.
"""

import asyncio
import csv
import io
import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.connectors.connector import Configured, Connector, ConnectorsInvalid
from app.connectors.email_task import ByEmail, EmailTaskConfig
from app.connectors.instruction import Instruction, Subject
from app.connectors.outcome import Later, Outcome, Sent
from app.connectors.outside import Outside
from app.connectors.whom import FIELDS, Identifier, in_words
from app.policy.notifications import Act

COLUMNS = (
    *("notification_id", "case_number", "act", "answer_by", "purposes", "channels"),
    *("name", "email", "phone", "address", "references", "orders", "changes", "answer_at"),
)
_OURS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.(csv|json)|\.seloste-.*\.part")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class ByFile(Connector):
    """Drops files; `notice` tells a human that there is one."""

    config: "FileDropConfig"
    outside: Outside
    notice: ByEmail | None

    @property
    def capabilities(self) -> frozenset[Act]:
        """Everything can be told this way."""
        return frozenset(Act)

    async def find(self, subject: Subject) -> tuple[str, ...]:
        """Nobody looks but whoever reads the file."""
        return ()

    async def apply(self, instruction: Instruction) -> Outcome:
        """Put the file there unless an attempt before this one has, then tell the recipient of it."""
        if instruction.reference is None:
            try:
                await asyncio.to_thread(self._drop, instruction)
            except OSError:
                return Later("folder_not_writable")
        if self.notice is not None:
            told = await self.notice.apply(instruction)
            if not isinstance(told, Sent):
                return told
        return self._waiting(instruction)

    async def verify(self, instruction: Instruction) -> Outcome:
        """That the file is gone shows only that somebody took it; the recipient answers."""
        with suppress(OSError):
            await asyncio.to_thread(self._tidy)
        return self._waiting(instruction)

    def name_of(self, notification: UUID) -> str:
        """The file's name: the notification's id and nothing else."""
        return f"{notification}.{self.config.format}"

    def _waiting(self, instruction: Instruction) -> Sent:
        return Sent(reference=self.name_of(instruction.id), task="await_answer", look_after=timedelta(days=1))

    def _tidy(self) -> None:
        """Remove our own files, whole or broken off, that nobody has taken in time; nothing else in the folder."""
        oldest = self.outside.clock().timestamp() - self.config.keep_days * 86400
        for file in self.config.folder.iterdir():
            if _OURS.fullmatch(file.name) and file.lstat().st_mtime < oldest:
                file.unlink(missing_ok=True)

    def _drop(self, instruction: Instruction) -> None:
        """The temporary file is private from its first byte; the folder is synchronised so that the name survives."""
        self._tidy()
        folder, content = self.config.folder, self._content(instruction)
        with NamedTemporaryFile(dir=folder, prefix=".seloste-", suffix=".part", delete=False) as part:
            try:
                part.write(content)
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).replace(folder / self.name_of(instruction.id))
            except OSError:
                Path(part.name).unlink(missing_ok=True)
                raise
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)

    def _content(self, instruction: Instruction) -> bytes:
        row = row_of(instruction, self.config.fields)
        if self.config.format == "json":
            return json.dumps(row, ensure_ascii=False, indent=2).encode() + b"\n"
        text = io.StringIO()
        table = csv.writer(text, delimiter=self.config.delimiter, lineterminator="\r\n")
        table.writerows([COLUMNS, [_cell(row[name]) for name in COLUMNS]])
        return text.getvalue().encode("utf-8-sig")


def row_of(instruction: Instruction, fields: tuple[str, ...]) -> dict[str, Any]:
    """What the file says; members that the recipient does not need are empty."""
    subject = instruction.subject
    known: dict[str, Any] = {name: getattr(subject, name) for name in ("name", "email", "phone", "address")}
    known |= {"references": dict(subject.references), "orders": list(instruction.orders)}
    return {
        "notification_id": str(instruction.id),
        "case_number": instruction.case_number,
        "act": instruction.act.value,
        "answer_by": instruction.due_on.isoformat(),
        "purposes": list(instruction.purposes),
        "channels": list(instruction.channels),
        **{name: value if name in fields else None for name, value in known.items()},
        "changes": [{"about": one.about, "was": one.was, "now": one.now} for one in instruction.changes],
        "answer_at": instruction.acknowledge_url,
    }


def _cell(value: Any) -> str:
    """Text; what a spreadsheet would take for a formula gets a quote mark in front."""
    if value is None:
        return ""
    if isinstance(value, dict):
        value = "; ".join(f"{name} {one}" for name, one in value.items())
    elif isinstance(value, list):
        value = "; ".join(_change(one) if isinstance(one, dict) else str(one) for one in value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _change(one: dict[str, Any]) -> str:
    return f"{one['about']}: {in_words(one['was'])} -> {in_words(one['now'])}"


class FileDropConfig(Configured):
    """`kind: file_drop`. The folder must exist and be ours to write; `notice` tells a human that a file is there."""

    kind: Literal["file_drop"]
    folder: Path
    format: Literal["csv", "json"] = "csv"
    delimiter: Literal[";", ","] = ";"
    fields: tuple[Identifier, ...] = FIELDS
    notice: EmailTaskConfig | None = None
    keep_days: Annotated[int, Field(ge=1, le=366)] = 35

    def connect(self, recipient: str, outside: Outside) -> ByFile:
        """The folder is looked at now, not when the first person asks."""
        if not os.access(self.folder, os.W_OK | os.X_OK) or not self.folder.is_dir():
            raise ConnectorsInvalid(f"{recipient}: folder is no directory that can be written to")
        return ByFile(self, outside, self.notice.connect(recipient, outside) if self.notice else None)
