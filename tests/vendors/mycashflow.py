"""A stateful MyCashflow shop: lists in its envelope, errors with `code`, `error` and `message`, and its moods.

What clients of the real interface have recorded is as they recorded it. Members of a customer and of an order's
products are the fake's own, because the shop's are documented for its customers only.
"""

import time
from base64 import b64decode
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.vendors.serving import Troubled, Troubles

EMAIL, KEY = "register@example.fi", "mcf-key-0123456789"
HELSINKI = ZoneInfo("Europe/Helsinki")
MOST = 500
Handler = Callable[[Request], Awaitable[Response]]
COPIED = ("first_name", "last_name", "street_address", "postal_code", "city", "phone", "email")
"""What an order keeps of who placed it."""
WRITABLE = frozenset(
    {
        "first_name",
        "last_name",
        "email",
        "phone",
        "street_address",
        "postal_code",
        "city",
        "country",
        "newsletter",
        "locked",
    }
)


class Shop:
    """One shop; `app` serves it. Its admin panel is Python: `delete_customer`."""

    def __init__(self) -> None:
        self.customers: dict[int, dict[str, Any]] = {}
        self.orders: dict[int, dict[str, Any]] = {}
        self.webhooks: list[dict[str, Any]] = []
        self.troubles = Troubles()
        self.most: int | None = None
        self.window = 1.0
        self.list_500_every: int | None = None
        self.calls: list[tuple[str, str]] = []
        self.refused = 0
        self._lists = 0
        self._recent: deque[float] = deque()
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self.app = Troubled(Starlette(routes=self._routes()), self.troubles)

    def _routes(self) -> list[Route]:
        def route(path: str, handler: Handler, *methods: str) -> Route:
            return Route(f"/api/v1{path}", self._guarded(handler), methods=list(methods))

        return [
            route("/customers", self._list_customers, "GET"),
            route("/customers/{id:int}", self._customer, "GET", "PATCH"),
            route("/orders", self._list_orders, "GET"),
            route("/orders/{id:int}", self._order, "GET"),
            route("/webhooks", self._webhook, "POST"),
            Route("/{rest:path}", _nothing, methods=["GET", "POST", "PATCH", "PUT", "DELETE"]),
        ]

    def add_customer(self, **members: Any) -> int:
        """A customer who opened an account now."""
        its_id = 4710 + len(self.customers) + 1
        self.customers[its_id] = {
            "id": its_id, "first_name": "", "last_name": "", "email": "", "phone": "", "street_address": "",
            "postal_code": "", "city": "", "country": "FI", "newsletter": True, "locked": False, "customer_groups": [],
            "created_at": self._stamp(), "updated_at": self._stamp(), **members,
        }  # fmt: skip
        return its_id

    def add_order(self, customer_id: int | None = None, total: str = "49.90", **members: Any) -> int:
        """An order placed now; numbers are texts, as they may be."""
        its_id = 1000 + len(self.orders) + 1
        who = self.customers.get(customer_id or 0, {})
        copied = {name: who.get(name, "") for name in COPIED}
        information = {"company": "", "vat_code": "", "country": "FI", **copied}
        payment = {"name": "Paytrail", "paid_at": None}
        product = {"name": "Hieroja", "quantity": "1", "price": f"{total}00", "tax_rate": "25.50"}
        self.orders[its_id] = {
            "id": str(its_id), "customer_id": str(customer_id) if customer_id else None, "customer_external_id": None,
            "status": "open", "created_at": self._stamp(), "updated_at": self._stamp(), "total": total,
            "customer_information": information, "shipping_address": {}, "payments": [payment], "products": [product],
            **members,
        }  # fmt: skip
        return its_id

    def change(self, records: dict[int, dict[str, Any]], its_id: int, **members: Any) -> None:
        """Somebody changes a record now."""
        records[its_id].update(members, updated_at=self._stamp())

    def delete_customer(self, its_id: int) -> None:
        """The admin panel's button; orders keep their own copy."""
        del self.customers[its_id]

    def later(self, **delta: float) -> None:
        """Time passes in the shop."""
        self.now += timedelta(**delta)

    def _stamp(self) -> str:
        return self.now.astimezone(HELSINKI).isoformat(timespec="seconds")

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            self.calls.append((request.method, request.url.path))
            if self._is_too_fast():
                self.refused += 1
                return _error(429, "Too Many Requests", "Rate limit exceeded")
            if not _is_known(request):
                return _error(401, "Unauthorized", "Invalid credentials")
            return await handler(request)

        return guarded

    def _is_too_fast(self) -> bool:
        now = time.monotonic()
        while self._recent and now - self._recent[0] > self.window:
            self._recent.popleft()
        self._recent.append(now)
        return self.most is not None and len(self._recent) > self.most

    async def _list_customers(self, request: Request) -> Response:
        return self._page(request, [self.customers[i] for i in sorted(self.customers)])

    async def _list_orders(self, request: Request) -> Response:
        found = list(self.orders.values())
        for bound in ("updated_at", "created_at"):
            since = request.query_params.get(f"{bound}-from")
            if since:
                found = [one for one in found if _instant(one[bound]) >= _instant(since)]
        found.sort(key=lambda one: (_instant(one["updated_at"]), int(one["id"])))
        return self._page(request, found)

    def _page(self, request: Request, found: list[dict[str, Any]]) -> Response:
        self._lists += 1
        if self.list_500_every and self._lists % self.list_500_every == 0:
            return _error(500, "Internal Server Error", "An unexpected error occurred")
        number = int(request.query_params.get("page", "1"))
        size = min(int(request.query_params.get("page_size", "100")), MOST)
        pages = max(1, -(-len(found) // size))
        meta = {"page": number, "page_size": size, "page_count": pages, "item_count": len(found)}
        if number < pages:
            meta["next"] = str(request.url.include_query_params(page=number + 1))  # type: ignore[assignment] # a link among numbers
        return JSONResponse({"data": found[(number - 1) * size : number * size], "meta": meta})

    async def _customer(self, request: Request) -> Response:
        record = self.customers.get(request.path_params["id"])
        if record is None:
            return _error(404, "Not Found", "Customer not found")
        if request.method == "PATCH":
            sent = await request.json()
            self.change(self.customers, record["id"], **{k: v for k, v in sent.items() if k in WRITABLE})
        return JSONResponse({"data": record})

    async def _order(self, request: Request) -> Response:
        record = self.orders.get(request.path_params["id"])
        return JSONResponse({"data": record}) if record else _error(404, "Not Found", "Order not found")

    async def _webhook(self, request: Request) -> Response:
        made = {"uuid": "083c584d-ae65-11ec-aef4-0242ac130002", "user_id": 2, **await request.json()}
        self.webhooks.append(made)
        return JSONResponse({"data": made}, 201)


def create_app() -> Troubled:
    """A shop with three customers and an order each, for a trial."""
    shop = Shop()
    for first, last in (("Aino", "Esimerkki"), ("Veikko", "Virtanen"), ("Maija", "Malli")):
        email = f"{first.lower()}@example.fi"
        its_id = shop.add_customer(first_name=first, last_name=last, email=email, city="Tampere")
        shop.later(minutes=5)
        shop.add_order(its_id)
    return shop.app


def _error(status: int, error: str, message: str) -> Response:
    return JSONResponse({"code": status, "error": error, "message": message}, status)


async def _nothing(request: Request) -> Response:
    """Nothing is there, least of all where an address ends with a slash."""
    return _error(404, "Not Found", "The requested resource was not found")


def _is_known(request: Request) -> bool:
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    return scheme == "Basic" and b64decode(told).decode() == f"{EMAIL}:{KEY}"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
