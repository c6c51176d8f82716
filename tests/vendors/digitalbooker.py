"""A stateful DigitalBooker account: lists as `object`, `has_more`, `data`, HTTP Basic, errors by status.

The address below the account and the members of a booking are the fake's own: the Admin API's are documented for
those who have a key.
"""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.vendors.serving import Troubled, Troubles

KEY_ID, KEY_PASSWORD = "key-17", "digitalbooker-password"


class Account:
    """One account; `app` serves it."""

    def __init__(self, page_size: int = 3) -> None:
        self.bookings: dict[int, dict[str, Any]] = {}
        self.troubles = Troubles()
        self.page_size = page_size
        self.calls = 0
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        path = "/lumicos/fi/api/admin/bookings"
        self.app = Troubled(Starlette(routes=[Route(path, self._list, methods=["GET"])]), self.troubles)

    def book(self, customer: dict[str, Any] | None = None, ahead: timedelta = timedelta(days=3), **members: Any) -> int:
        """A booking made now."""
        its_id = 70 + len(self.bookings)
        who = customer or {"id": None, "name": "Veikko Vieras", "email": "veikko@example.fi", "phone": None}
        starts = self.now + ahead
        self.bookings[its_id] = {
            "object": "booking", "id": its_id, "customer": who, "service": {"name": "Hieronta"}, "status": "confirmed",
            "from": starts.isoformat(), "to": (starts + timedelta(hours=1)).isoformat(),
            "created": self.now.isoformat(), "updated": self.now.isoformat(), **members,
        }  # fmt: skip
        return its_id

    def change(self, its_id: int, **members: Any) -> None:
        """Somebody changes a booking now."""
        self.bookings[its_id].update(members, updated=self.now.isoformat())

    async def _list(self, request: Request) -> Response:
        self.calls += 1
        scheme, _, told = request.headers.get("authorization", "").partition(" ")
        if scheme != "Basic" or b64decode(told).decode() != f"{KEY_ID}:{KEY_PASSWORD}":
            return JSONResponse({"error": "Unauthorized"}, 401)
        since = request.query_params.get("updated_since", "0001-01-01T00:00:00+00:00")
        found = [
            one
            for one in self.bookings.values()
            if datetime.fromisoformat(one["updated"]) >= datetime.fromisoformat(since)
        ]
        found.sort(key=lambda one: (one["updated"], one["id"]))
        first = (int(request.query_params.get("page", "1")) - 1) * self.page_size
        page = found[first : first + self.page_size]
        return JSONResponse({"object": "list", "has_more": first + self.page_size < len(found), "data": page})


def create_app() -> Troubled:
    """An account with one booking, for a trial."""
    made = Account()
    made.book()
    return made.app
