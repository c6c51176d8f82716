"""Lists of a recipient, page by page: an answer that cannot be read is a failure that passes, and so is a 500 now and
then; nothing is ever skipped on account of one."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from app.connectors.outcome import Failed, Later
from app.connectors.outside import Link, Unreachable

TRIES = 4
"""Attempts at one page before the whole reading is given up until later."""
LONGEST_WAIT = timedelta(seconds=30)
"""What a recipient may ask us to wait inside one reading; for longer, the reading ends and goes on later."""


class Refusal(Exception):
    """The recipient refuses what is asked, and will again; `code` is that of `outside.refused`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list."""

    records: list[Mapping[str, Any]]
    is_last: bool
    count: int | None = None
    """How many records there are in all, where the recipient says."""


def read_json(answer: httpx.Response) -> Any:
    """The body of an answer; raises `Unreachable` for one that broke off or is no JSON."""
    try:
        return answer.json()
    except ValueError:  # UnicodeDecodeError is one
        raise Unreachable(Later("answer_unreadable")) from None


async def get_page(link: Link, path: str, query: Mapping[str, str], pause: float = 1.0) -> Any:
    """The body of one page, tried again where that helps; raises `Unreachable` and `Refusal`."""
    for attempt in range(1, TRIES + 1):
        try:
            answer = await link.call("GET", path, params=dict(query))
            if answer.status_code == httpx.codes.OK:
                return read_json(answer)
            raise Refusal(f"http_{answer.status_code}")
        except Unreachable as failure:
            asked = failure.outcome.after if isinstance(failure.outcome, Later) else None
            wait = asked or timedelta()
            if attempt == TRIES or wait > LONGEST_WAIT or isinstance(failure.outcome, Failed):
                raise
            await asyncio.sleep(max(wait.total_seconds(), pause * 2 ** (attempt - 1)))
    raise AssertionError  # the loop returns or raises


def records_in(found: Any) -> list[Mapping[str, Any]]:
    """The records of a list; raises `Unreachable` when it is none."""
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise Unreachable(Later("answer_unreadable"))
    return found
