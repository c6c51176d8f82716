"""A route that reads an ordinary request itself instead of by FastAPI's general machinery.

What it takes and answers is declared as ever, so the OpenAPI document is FastAPI's. So is every refusal: a request
that is in any way unusual (no token, another media type, a body that the model does not take) goes FastAPI's way.
An ordinary one is spared the solving of its dependencies, which costs more than the database does.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, get_args, get_type_hints

from fastapi import Request, Response, params
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect

from app.register.deps import LONGEST_PURPOSE, operation_for, operation_of

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StraightRoute(APIRoute):
    """For endpoints that take an `Operation` and no more than path members, headers, a JSON body and the response."""

    def get_route_handler(self) -> Handler:
        """The handler of ordinary requests, or FastAPI's where the endpoint takes anything else."""
        general, takes = super().get_route_handler(), _takes(self)
        if takes is None or self.response_model is None:
            return general
        answer_of: TypeAdapter[Any] = TypeAdapter(self.response_model)

        async def handle(request: Request) -> Response:
            try:
                values = await takes.read(request)
                token, purpose = _signed_in(request)
            except (_Unusual, ValidationError, ClientDisconnect):
                return await general(request)
            values[takes.operation] = await operation_for(request, takes.scopes, token, purpose)
            answer = _Answer(self.status_code or 200)
            if takes.response:
                values[takes.response] = answer
            answer.fill(answer_of.dump_json(await self.endpoint(**values)))
            return answer

        return handle


class _Unusual(Exception):
    """The request must go the general way."""


class _Answer(Response):
    """An answer in JSON; its endpoint sets headers and status before there is a body."""

    def __init__(self, status: int) -> None:
        self.status_code = status
        self.background = None
        self.raw_headers = [(b"content-type", b"application/json")]

    def fill(self, content: bytes) -> None:
        self.body = content
        self.raw_headers.append((b"content-length", b"%d" % len(content)))


@dataclass(slots=True)
class _Takes:
    """What an endpoint takes, by where it comes from."""

    operation: str = ""
    scopes: list[str] = field(default_factory=list)
    response: str | None = None
    body: tuple[str, TypeAdapter[Any]] | None = None
    path: dict[str, TypeAdapter[Any]] = field(default_factory=dict)
    headers: dict[str, tuple[str, TypeAdapter[Any]]] = field(default_factory=dict)

    async def read(self, request: Request) -> dict[str, Any]:
        """The values of the parameters; raises `_Unusual` or `ValidationError`."""
        values = {name: adapter.validate_python(request.path_params[name]) for name, adapter in self.path.items()}
        for name, (alias, adapter) in self.headers.items():
            values[name] = adapter.validate_python(request.headers.get(alias))
        if self.body is not None:
            if request.headers.get("content-type") != "application/json":
                raise _Unusual
            name, adapter = self.body
            values[name] = adapter.validate_json(await request.body())
        return values


def _signed_in(request: Request) -> tuple[str, str | None]:
    """The bearer token and the purpose named; raises `_Unusual`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    purpose = request.headers.get("purpose")
    if scheme != "Bearer" or not token or token != token.strip() or len(purpose or "") > LONGEST_PURPOSE:
        raise _Unusual
    return token, purpose


def _takes(route: APIRoute) -> _Takes | None:
    """What the endpoint of the route takes; None when that is more than this module reads."""
    takes = _Takes()
    hints = get_type_hints(route.endpoint, include_extras=True)
    hints.pop("return", None)
    for name, hint in hints.items():
        plain, *notes = get_args(hint) if hasattr(hint, "__metadata__") else (hint,)
        security = next((note for note in notes if isinstance(note, params.Security)), None)
        header = next((note for note in notes if isinstance(note, params.Header)), None)
        if security is not None and security.dependency is operation_of:
            takes.operation, takes.scopes = name, list(security.scopes or ())
        elif plain is Response:
            takes.response = name
        elif name in route.param_convertors:
            takes.path[name] = TypeAdapter(hint)
        elif header is not None and header.alias:
            takes.headers[name] = header.alias, TypeAdapter(hint)
        elif isinstance(plain, type) and issubclass(plain, BaseModel) and takes.body is None:
            takes.body = name, TypeAdapter(hint)
        else:
            return None
    return takes if takes.operation else None
