"""A stateful fake of the Mailchimp Marketing API 3.0, as reference/vendors.md §1 records it.

Audiences with members of every status, archive (405 when it cannot), delete-permanent that is remembered, compliance
states, an e-commerce store, webhooks with a GET probe, and refusals in the vendor's words, which repeat the address.
"""

import asyncio
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from tests.vendors.mailchimp_state import Account, Member, hash_of
from tests.vendors.serving import Troubled, Troubles

DOCS = "https://mailchimp.com/developer/marketing/docs/errors/"
NOT_FOUND = "The requested resource could not be found."
ARCHIVE_REFUSED = "This list member cannot be removed. Can not archive a contact that is bounced, pending or archived"
RESUBSCRIBE = "The contact must re-subscribe to get back on the list."
COMPLIANCE = "is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."
STATUSES = {"subscribed", "unsubscribed", "cleaned", "pending", "transactional"}
CONNECTIONS = 10
"""At once, of all programs together; beyond them 429 without a body."""


@dataclass(frozen=True)
class Call:
    """What a method of the API is called with."""

    path: Mapping[str, Any]
    query: Mapping[str, str]
    body: Any


class Refusal(Exception):
    """An answer of the vendor's that refuses."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(title)
        self.status, self.title, self.detail = status, title, detail

    def response(self) -> Response:
        """As application/problem+json, with the headers that were recorded."""
        told = {"type": DOCS, "title": self.title, "status": self.status, "detail": self.detail}
        headers = {"X-Request-Id": str(uuid4()), "Link": f'<{DOCS}>; rel="describedBy"'}
        if self.status == 405:
            headers["Allow"] = "GET, PUT"
        body = {**told, "instance": str(uuid4())}
        return JSONResponse(body, self.status, headers, media_type="application/problem+json")


def missing() -> Refusal:
    """404 as recorded."""
    return Refusal(404, "Resource Not Found", NOT_FOUND)


class Mailchimp:
    """The API over one account."""

    def __init__(self, account: Account, seconds: float = 0.0) -> None:
        self.account = account
        self.seconds = seconds
        self.open = 0

    def routes(self) -> list[BaseRoute]:
        """The paths that the fake knows."""
        member = "/3.0/lists/{list}/members/{member}"
        return [
            self._route("/3.0/ping", GET=self.ping),
            self._route("/3.0/lists", GET=self.lists),
            self._route("/3.0/lists/{list}/members", GET=self.members),
            self._route(member, GET=self.read, PUT=self.put, PATCH=self.patch, DELETE=self.archive),
            self._route(member + "/actions/delete-permanent", POST=self.delete_permanent),
            self._route("/3.0/lists/{list}/webhooks", GET=self.webhooks, POST=self.add_webhook),
            self._route("/3.0/ecommerce/stores/{store}/customers", GET=self.customers),
            self._route("/3.0/ecommerce/stores/{store}/customers/{customer}", GET=self.customer, DELETE=self.forget),
            Route("/control/{event}", self.control, methods=["POST"]),
        ]

    def _route(self, path: str, **methods: Any) -> Route:
        async def answer(request: Request) -> Response:
            self.open += 1
            self.account.most_open = max(self.open, self.account.most_open)
            try:
                if self.open > CONNECTIONS:
                    return Response(status_code=429)
                return await self._answer(request, methods[request.method])
            finally:
                self.open -= 1

        return Route(path, answer, methods=list(methods))

    async def _answer(self, request: Request, method: Any) -> Response:
        body = await request.json() if await request.body() else None
        self.account.asked.append((request.method, request.url.path, dict(request.query_params), body))
        if self.seconds:
            await asyncio.sleep(self.seconds)
        try:
            self._authenticate(request)
            answer: Response = method(Call(request.path_params, request.query_params, body))
        except Refusal as refusal:
            return refusal.response()
        return answer

    def _authenticate(self, request: Request) -> None:
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        key = b64decode(given).decode().partition(":")[2] if kind == "Basic" else given
        if key != self.account.api_key:
            raise Refusal(
                401, "API Key Invalid", "Your API key may be invalid, or you've attempted the wrong datacenter."
            )

    def _audience(self, call: Call) -> str:
        name: str = call.path["list"]
        if name not in self.account.audiences:
            raise missing()
        return name

    def _member(self, call: Call) -> Member:
        found = self.account.member(self._audience(call), call.path["member"])
        if found is None:
            raise missing()
        return found

    def ping(self, _: Call) -> Response:
        """The health check."""
        return JSONResponse({"health_status": "Everything's Chimpy!"})

    def lists(self, call: Call) -> Response:
        """Audiences, a page at a time."""
        names = [{"id": one, "name": one} for one in self.account.audiences]
        return JSONResponse({"lists": _page(call, names), "total_items": len(names)})

    def members(self, call: Call) -> Response:
        """Members of one audience; archived ones only when asked for, as the vendor does."""
        asked = call.query
        found = list(self.account.audiences[self._audience(call)].values())
        wanted = asked.get("status")
        found = [m for m in found if (m.status == wanted if wanted else m.status != "archived")]
        if since := asked.get("since_last_changed"):
            found = [m for m in found if m.last_changed >= datetime.fromisoformat(since)]
        if asked.get("sort_field") == "last_changed":
            found.sort(key=lambda m: m.last_changed, reverse=asked.get("sort_dir") == "DESC")
        shown = [_picked(call, m.shown(), "members.") for m in _page(call, found)]
        return JSONResponse({"members": shown, "list_id": call.path["list"], "total_items": len(found)})

    def read(self, call: Call) -> Response:
        """One member, whatever the status."""
        return JSONResponse(_picked(call, self._member(call).shown()))

    def put(self, call: Call) -> Response:
        """Add or update."""
        audience, body = self._audience(call), call.body
        if not isinstance(body, dict) or not {"email_address", "status_if_new"} <= body.keys():
            raise Refusal(400, "Invalid Resource", "The resource submitted could not be validated.")
        member = self.account.member(audience, call.path["member"])
        if member is not None:
            return self._change(audience, member, body)
        email = body["email_address"]
        if hash_of(email) in self.account.forgotten[audience]:
            detail = f"{email} was permanently deleted and cannot be re-imported. {RESUBSCRIBE}"
            raise Refusal(400, "Forgotten Email Not Subscribed", detail)
        made = self.account.add(audience, email, str(body.get("status") or body["status_if_new"]))
        made.merge_fields |= body.get("merge_fields", {})
        made.language = body.get("language", "")
        return JSONResponse(made.shown())

    def patch(self, call: Call) -> Response:
        """Update."""
        return self._change(self._audience(call), self._member(call), call.body)

    def _change(self, audience: str, member: Member, body: dict[str, Any]) -> Response:
        status = body.get("status", member.status)
        if "status" in body and status not in STATUSES:
            raise Refusal(400, "Invalid Resource", "The resource submitted could not be validated.")
        self._check_required(audience, body)
        if status == "subscribed" and member.status in {"unsubscribed", "cleaned"}:
            detail = f"{member.email} {COMPLIANCE}"
            raise Refusal(400, "Member In Compliance State", detail)
        email = body.get("email_address", member.email)
        if hash_of(email) != member.hash and self.account.member(audience, hash_of(email)) is not None:
            detail = f"{email} is already a list member. Use PUT to insert or update list members."
            raise Refusal(400, "Member Exists", detail)
        self.account.move(audience, member, email)
        member.status = status
        member.merge_fields |= body.get("merge_fields", {})
        for one in body.get("marketing_permissions", []):
            member.permissions[one["marketing_permission_id"]] = one["enabled"]
        member.last_changed = self.account.now()
        return JSONResponse(member.shown())

    def _check_required(self, audience: str, body: dict[str, Any]) -> None:
        known = self.account.merge_tags[audience]
        if set(body.get("merge_fields", {})) - known:
            raise Refusal(400, "Invalid Resource", "Your merge fields were invalid.")

    def archive(self, call: Call) -> Response:
        """Archive: kept, and out of sight."""
        member = self._member(call)
        if member.status in {"archived", "pending", "cleaned"}:
            raise Refusal(405, "Method Not Allowed", ARCHIVE_REFUSED)
        member.status, member.last_changed = "archived", self.account.now()
        return Response(status_code=204)

    def delete_permanent(self, call: Call) -> Response:
        """Forget, and remember that the address was forgotten."""
        audience, member = self._audience(call), self._member(call)
        del self.account.audiences[audience][member.hash]
        self.account.forgotten[audience].add(member.hash)
        return Response(status_code=204)

    def webhooks(self, call: Call) -> Response:
        """The webhooks of an audience; their secrets are never shown again."""
        found = [hook.shown() for hook in self.account.webhooks if hook.audience == self._audience(call)]
        return JSONResponse({"webhooks": found, "list_id": self._audience(call), "total_items": len(found)})

    def add_webhook(self, call: Call) -> Response:
        """A new webhook; its signing secret is shown this once."""
        hook = self.account.add_webhook(self._audience(call), call.body["url"], signed=True)
        return JSONResponse({**hook.shown(), "signing_secret": hook.secret})

    def _store(self, call: Call) -> dict[str, str]:
        if call.path["store"] not in self.account.stores:
            raise missing()
        return self.account.stores[call.path["store"]]

    def customers(self, call: Call) -> Response:
        """Customers of a connected store, by address."""
        wanted = call.query.get("email_address")
        found = [{"id": i, "email_address": e} for i, e in self._store(call).items() if wanted in {None, e}]
        return JSONResponse({"customers": _page(call, found), "total_items": len(found)})

    def customer(self, call: Call) -> Response:
        """One of them."""
        email = self._store(call).get(call.path["customer"])
        if email is None:
            raise missing()
        return JSONResponse({"id": call.path["customer"], "email_address": email})

    def forget(self, call: Call) -> Response:
        """Delete one of them."""
        if self._store(call).pop(call.path["customer"], None) is None:
            raise missing()
        return Response(status_code=204)

    async def control(self, request: Request) -> Response:
        """For a trial: the person does something at Mailchimp, and the webhooks tell of it."""
        sent = await request.json()
        act = getattr(self.account, f"person_{request.path_params['event']}s", None)
        if act is None:
            return JSONResponse({"events": ["subscribe", "unsubscribe", "upemail", "clean"]}, 404)
        act(**sent)
        return JSONResponse({"delivered": await self.account.deliver()})


def _page(call: Call, items: list[Any]) -> list[Any]:
    begin = int(call.query.get("offset", 0))
    return items[begin : begin + min(int(call.query.get("count", 10)), 1000)]


def _picked(call: Call, whole: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """The members that `fields` asks for, or all."""
    if "fields" not in call.query:
        return whole
    wanted = {name.removeprefix(prefix) for name in call.query["fields"].split(",")}
    return {name: value for name, value in whole.items() if name in wanted}


def create_app(account: Account | None = None, troubles: Troubles | None = None, seconds: float = 0.0) -> ASGIApp:
    """The fake over an account; without one, an account for trials with two audiences."""
    return Troubled(Starlette(routes=Mailchimp(account or trial(), seconds).routes()), troubles or Troubles())


def trial() -> Account:
    """Two audiences and a store of generated people; the key is `trial-us1`."""
    account = Account(api_key="trial-us1", audiences={"a6b5da1054": {}, "b7c6eb2165": {}})
    for n in range(20):
        account.add("a6b5da1054" if n % 2 else "b7c6eb2165", f"henkilo{n}@example.fi", "subscribed")
    account.stores["shop"] = {"4711": "henkilo1@example.fi"}
    return account
