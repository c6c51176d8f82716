"""The reply as JSON and as CSV, written page by page."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from app.access.reply import Reply
from app.access.schemas import DataRecordOut
from app.access.sections import Section

Write = Callable[[bytes], object]

BOM = b"\xef\xbb\xbf"
"""With it spreadsheets read UTF-8."""
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def write_json(reply: Reply, write: Write) -> None:
    """The reply as `DataOut`; nothing of it but a page is in memory."""
    write(reply.head().model_dump_json().encode()[:-1])
    write(b',"sections":[')
    for n, section in enumerate(reply.sections()):
        write(b"," * (n > 0) + reply.section_head(section).model_dump_json().encode()[:-1])
        write(b',"records":[')
        before = b""
        for records in reply.records(section):
            for piece in _joined(records, before):
                write(piece)
            before = b"," if records else before
        write(b"]}")
    write(b"]}")


def _joined(records: list[DataRecordOut], before: bytes) -> Iterator[bytes]:
    if records:
        yield before + b",".join(record.model_dump_json().encode() for record in records)


def write_csv(reply: Reply, section: Section, write: Write) -> None:
    """A section as CSV (RFC 4180), a column for each field; lists and objects are JSON in their cell."""
    write(BOM + _line(list(reply.fields(section))))
    for records in reply.records(section):
        for record in records:
            write(_line([cell(record.values.get(name)) for name in reply.fields(section)]))


def cell(value: Any) -> str:
    """A value that no spreadsheet takes for a formula: text that begins like one gets a quote mark in front."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat().replace("+00:00", "Z")
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return _harmless(str(value))


def _harmless(text: str) -> str:
    if text.startswith(_BEGINS_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _line(cells: list[str]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
