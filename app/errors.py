"""The error tree and its RFC 9457 rendering.

    Problem
    ├── BadRequest 400            a header or cursor that cannot be read
    ├── Unauthorized 401          no token, an unknown or a withdrawn one
    ├── Forbidden 403             the role lacks the scope, or only a person may do this
    ├── NotFound 404
    ├── TooSlow 408               the request did not arrive in time
    ├── Conflict 409              the state of the resource does not allow it
    ├── Gone 410                  erased (Art. 17)
    ├── PreconditionFailed 412    If-Match names an older version
    ├── TooLarge 413
    ├── AddressTooLong 414
    ├── UnsupportedMediaType 415
    ├── Unprocessable 422         the payload's shape or content
    ├── PreconditionRequired 428  If-Match is needed
    ├── TooManyRequests 429
    ├── HeadersTooLarge 431
    └── TryLater 503              the database is away: try again with the same key

Each folder's `errors.py` subclasses these. Details never repeat what the caller sent, because that may be
personal data.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

PROBLEM_JSON = "application/problem+json"

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
"""What every answer carries unless it says otherwise."""


class Problem(Exception):
    """A refusal that the caller can act on; the class fixes status, code and title."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Internal error"
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, detail: str | None = None, **extensions: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.extensions = extensions

    def body(self) -> dict[str, Any]:
        """The problem document."""
        return {
            "type": f"urn:seloste:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            **({"detail": self.detail} if self.detail else {}),
            **self.extensions,
        }


class BadRequest(Problem):
    status, code, title = 400, "bad-request", "The request cannot be read"


class Unauthorized(Problem):
    status, code, title = 401, "unauthorized", "A valid bearer token is needed"
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer realm="seloste"'})


class Forbidden(Problem):
    status, code, title = 403, "forbidden", "This client may not do that"


class NotFound(Problem):
    status, code, title = 404, "not-found", "There is no such resource"


class MethodNotAllowed(Problem):
    status, code, title = 405, "method-not-allowed", "The method is not allowed here"


class TooSlow(Problem):
    status, code, title = 408, "too-slow", "The request did not arrive in time"


class Conflict(Problem):
    status, code, title = 409, "conflict", "The state of the resource does not allow this"


class Gone(Problem):
    status, code, title = 410, "erased", "The data has been erased"


class PreconditionFailed(Problem):
    status, code, title = 412, "stale", "The resource has changed since you read it"


class TooLarge(Problem):
    status, code, title = 413, "too-large", "The body is too large"


class AddressTooLong(Problem):
    status, code, title = 414, "address-too-long", "Path and query are too long"


class UnsupportedMediaType(Problem):
    status, code, title = 415, "unsupported-media-type", "The body must be JSON"


class Unprocessable(Problem):
    status, code, title = 422, "invalid", "The request is not valid"


class PreconditionRequired(Problem):
    status, code, title = 428, "if-match-required", "Read the resource first and send its ETag as If-Match"


class TooManyRequests(Problem):
    status, code, title = 429, "too-many-requests", "Too many requests; try again later"


class HeadersTooLarge(Problem):
    status, code, title = 431, "headers-too-large", "The headers are too many or too large"


class TryLater(Problem):
    status, code, title = 503, "try-later", "The service cannot answer now; send the same request again in a moment"
    headers = MappingProxyType({"Retry-After": "1"})


class ProblemError(BaseModel):
    """One fault of a payload."""

    model_config = ConfigDict(extra="allow")
    detail: str
    pointer: str = Field(description="JSON pointer to the member, or the name of the parameter")


class ProblemDocument(BaseModel):
    """RFC 9457 problem details. `code` is stable; `title` and `detail` are for people."""

    model_config = ConfigDict(extra="allow", title="Problem")
    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    errors: list[ProblemError] | None = None


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI `responses` of a route that may answer with these problems."""
    by_status: dict[int, list[str]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(f"`{kind.code}`: {kind.title}")
    return {status: problem_response(" · ".join(sorted(texts))) for status, texts in sorted(by_status.items())}


def merged(*declared: Mapping[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """Several `responses` as one: of problems with one status every code is told."""
    found: dict[int | str, dict[str, Any]] = {}
    for responses in declared:
        for status, response in responses.items():
            known = found.get(status, response)
            if PROBLEM_JSON in known.get("content", {}) and PROBLEM_JSON in response.get("content", {}):
                texts = {*told(known), *told(response)}
                found[status] = {**known, **problem_response(" · ".join(sorted(texts)))}
            else:
                found[status] = response
    return found


def told(response: Mapping[str, Any]) -> list[str]:
    """The problems of a response, each as `code` and title."""
    return [text for text in str(response["description"]).split(" · ") if text.startswith("`")]


def problem_response(description: str) -> dict[str, Any]:
    """One OpenAPI response with a problem document."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {PROBLEM_JSON: {"schema": schema}}}
