"""Cursor pages: signed, bound to the list and its filter, never carrying a personal value."""

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, Protocol, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from app.errors import BadRequest
from app.keys import Keys


class _Identified(Protocol):
    @property
    def id(self) -> UUID: ...


T = TypeVar("T")
R = TypeVar("R", bound=_Identified)

MAX_LIMIT = 200
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="items on a page")]
Cursor = Annotated[str | None, Query(max_length=600, description="`next` of the page before")]


class CursorInvalid(BadRequest):
    code, title = "cursor-invalid", "The cursor does not belong to this list and filter"


class Page(BaseModel, Generic[T]):
    """One page; `next` is null on the last."""

    items: list[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class Window:
    """Where a page starts and how long it is; `after` is the sort key of the last row seen."""

    keys: Keys
    scope: str
    limit: int
    after: tuple[str, ...] | None

    def rest(self, rows: Sequence[R]) -> list[R]:
        """Of rows in the order of their ids, read whole because they are few: those of this page and one more."""
        after = self.after[0] if self.after else ""
        return [row for row in rows if str(row.id) > after][: self.limit + 1]

    def page(self, rows: Sequence[T], position: Sequence[Sequence[str]]) -> Page[T]:
        """Make the page from up to `limit + 1` rows; `position[n]` is the sort key of row n."""
        if len(rows) <= self.limit:
            return Page(items=list(rows), next=None)
        return Page(items=list(rows[: self.limit]), next=self._encode(position[self.limit - 1]))

    def feed(self, rows: Sequence[T], position: Sequence[Sequence[str]]) -> Page[T]:
        """As `page`, but `next` always says where to go on later; null only before anything was seen."""
        if len(rows) > self.limit:
            return self.page(rows, position)
        last = position[-1] if rows else self.after
        return Page(items=list(rows), next=None if last is None else self._encode(last))

    def _encode(self, position: Sequence[str]) -> str:
        payload = json.dumps(list(position), separators=(",", ":")).encode()
        mark = self.keys.mac("cursor", self.scope, payload.decode())[:12]
        return base64.urlsafe_b64encode(mark + payload).decode().rstrip("=")


def window(keys: Keys, scope: str, limit: int, cursor: str | None) -> Window:
    """Check the caller's cursor against `scope` (list name and filter); raises `CursorInvalid`."""
    if cursor is None:
        return Window(keys, scope, limit, None)
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        payload = raw[12:].decode()
        if not hmac.compare_digest(raw[:12], keys.mac("cursor", scope, payload)[:12]):
            raise CursorInvalid
        position = json.loads(payload)
    except ValueError:
        raise CursorInvalid from None
    return Window(keys, scope, limit, tuple(position))
