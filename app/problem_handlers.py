"""Renders every failure as application/problem+json, without a word of what the caller sent."""

import traceback
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.db import Unavailable
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

_TOLD = {"missing", "extra_forbidden", "json_invalid"}


def respond(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """The response of a problem."""
    return JSONResponse(
        problem.body(),
        status_code=problem.status,
        media_type=PROBLEM_JSON,
        headers={"Cache-Control": "no-store", **problem.headers, **(headers or {})},
    )


def validation_errors(errors: Any) -> list[dict[str, str]]:
    """Pydantic's errors as detail and JSON pointer; never the input."""
    return [{"detail": _told(error), "pointer": _pointer(error["loc"])} for error in list(errors)[:50]]


def _told(error: dict[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return "the body is not valid JSON"
    return str(error["msg"])


def _pointer(loc: tuple[Any, ...]) -> str:
    if not loc or loc[0] != "body":
        return ".".join(str(part) for part in loc)
    return "#/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in loc[1:])


def install(app: FastAPI) -> None:
    """Register the handlers."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, error: Problem) -> JSONResponse:
        return respond(error)

    @app.exception_handler(RequestValidationError)
    async def _payload(request: Request, error: RequestValidationError) -> JSONResponse:
        return respond(Unprocessable(errors=validation_errors(error.errors())))

    @app.exception_handler(ValidationError)
    async def _model(request: Request, error: ValidationError) -> JSONResponse:
        return await _unexpected(request, error)

    @app.exception_handler(DefinitionInvalid)
    async def _definition(request: Request, error: DefinitionInvalid) -> JSONResponse:
        places = [{"detail": str(problem), "pointer": problem.place} for problem in error.problems]
        return respond(Unprocessable("the register definition is not valid", errors=places))

    @app.exception_handler(Unavailable)
    async def _unavailable(request: Request, error: Unavailable) -> JSONResponse:
        log.warning("unavailable", reason=str(error))
        return respond(TryLater())

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        return respond(*_of_status(request, error.status_code))

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("unexpected", error=type(error).__name__, where=places(error))
        return respond(Problem())


def places(error: BaseException) -> list[str]:
    """Where an exception passed, innermost last; without its message, which may repeat personal data."""
    return [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]


def _of_status(request: Request, status: int) -> tuple[Problem, dict[str, str]]:
    if status == 405:
        return MethodNotAllowed(), {"Allow": ", ".join(allowed_methods(request))}
    known: dict[int, type[Problem]] = {400: BadRequest, 404: NotFound, 413: TooLarge, 415: UnsupportedMediaType}
    return known.get(status, Problem)(), {}


def allowed_methods(request: Request) -> list[str]:
    """All methods of all routes on this path; Starlette by itself names only the first route's."""
    methods: set[str] = set()
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            methods |= set(getattr(route, "methods", None) or ())
    return sorted(methods)
