"""Renders every failure as application/problem+json, without a word of what the caller sent."""

import re
import traceback
from collections.abc import Iterable
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.db import InDoubt, Unavailable
from app.errors import (
    PROBLEM_JSON,
    BadRequest,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooLarge,
    TryLater,
    Unprocessable,
    UnsupportedMediaType,
)
from app.register.loading import DefinitionInvalid

log = structlog.get_logger("seloste")

_TOLD = {
    "json_invalid": "the body is not valid JSON",
    "uuid_parsing": "must be a UUID",
    "union_tag_invalid": "is none of the kinds known here",
}
"""Kinds of faults whose own text may quote what the caller sent."""
_IN_DOUBT = (
    "It is unknown whether the change was made. A retry with the same Idempotency-Key, event_id or reference makes it "
    "once at most; without one of these, look first."
)
_EMAIL = "value is not a valid email address"
_MEMBER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_KNOWN: dict[int, type[Problem]] = {404: NotFound, 413: TooLarge, 415: UnsupportedMediaType}


def respond(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """The response of a problem."""
    return JSONResponse(
        problem.body(),
        status_code=problem.status,
        media_type=PROBLEM_JSON,
        headers={"Cache-Control": "no-store", **problem.headers, **(headers or {})},
    )


def unexpected(error: Exception) -> JSONResponse:
    """Log a fault of ours and answer 500 without saying what it was."""
    log.error("unexpected", error=type(error).__name__, where=places(error))
    return respond(Problem())


def validation_errors(errors: Iterable[Any]) -> list[dict[str, str]]:
    """Pydantic's errors as detail and JSON pointer; never the input."""
    return [{"detail": _told(error), "pointer": _pointer(error["loc"])} for error in list(errors)[:50]]


def _told(error: dict[str, Any]) -> str:
    message = str(error["msg"])
    if message.startswith(_EMAIL):
        return _EMAIL
    return _TOLD.get(error["type"], message)


def _pointer(loc: tuple[Any, ...]) -> str:
    """Where the fault is; a member that no schema could name is left out, because callers choose those."""
    steps = [step if isinstance(step, int) or _MEMBER.fullmatch(step) else "…" for step in loc[1:]]
    if loc and loc[0] == "body":
        return "#/" + "/".join(str(step) for step in steps)
    return ".".join([str(part) for part in loc[:1]] + [str(step) for step in loc[1:]])


def install(app: FastAPI) -> None:
    """Register the handlers."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, error: Problem) -> JSONResponse:
        return respond(error)

    @app.exception_handler(RequestValidationError)
    async def _payload(request: Request, error: RequestValidationError) -> JSONResponse:
        if isinstance(error.body, bytes):
            return respond(UnsupportedMediaType())
        return respond(Unprocessable(errors=validation_errors(error.errors())))

    @app.exception_handler(ValidationError)
    async def _model(request: Request, error: ValidationError) -> JSONResponse:
        return unexpected(error)

    @app.exception_handler(DefinitionInvalid)
    async def _definition(request: Request, error: DefinitionInvalid) -> JSONResponse:
        places = [{"detail": str(problem), "pointer": problem.place} for problem in error.problems]
        return respond(Unprocessable("the register definition is not valid", errors=places))

    @app.exception_handler(Unavailable)
    async def _unavailable(request: Request, error: Unavailable) -> JSONResponse:
        log.warning("unavailable", reason=str(error))
        return respond(TryLater(_IN_DOUBT if isinstance(error, InDoubt) else "Nothing was changed."))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        return _of_status(request, error.status_code)


def places(error: BaseException) -> list[str]:
    """Where an exception passed, innermost last; without its message, which may repeat personal data."""
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]


def _of_status(request: Request, status: int) -> Response:
    if status == 405:
        allow = {"Allow": ", ".join(allowed_methods(request))}
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=allow)
        return respond(MethodNotAllowed(), allow)
    return respond(_KNOWN.get(status, BadRequest)())


def allowed_methods(request: Request) -> list[str]:
    """All methods of all routes on this path; Starlette by itself names only the first route's."""
    methods: set[str] = {"OPTIONS"}
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        asked = {**request.scope, "method": "GET" if method == "HEAD" else method}
        if any(route.matches(asked)[0] is Match.FULL for route in request.app.routes):
            methods.add(method)
    return sorted(methods)
