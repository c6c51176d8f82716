"""Operations of the OpenAPI document: the problems that each may answer, and what several of them share, said once."""

import json
import re
from collections.abc import Callable
from typing import Any

from app.auth.errors import KeyInFlight, KeyInvalid
from app.errors import (
    PROBLEM_JSON,
    BadRequest,
    MethodNotAllowed,
    TryLater,
    Unprocessable,
    UnsupportedMediaType,
    problems,
)

METHODS = frozenset({"get", "put", "post", "patch", "delete"})

HEADERS = {
    "401": ("WWW-Authenticate", "How to sign in"),
    "405": ("Allow", "The methods of this path"),
    "429": ("Retry-After", "Seconds to wait"),
    "503": ("Retry-After", "Seconds to wait"),
}


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation by method and path, each with its own parameters and answers, wherever they are written."""
    shared = document["components"]

    def whole(part: dict[str, Any]) -> dict[str, Any]:
        _, kind, name = part["$ref"].rsplit("/", 2) if "$ref" in part else ("", "", "")
        found: dict[str, Any] = shared[kind][name] if name else part
        return found

    return {
        key: {
            **operation,
            "parameters": [whole(one) for one in operation.get("parameters", ())],
            "responses": {status: whole(answer) for status, answer in operation["responses"].items()},
        }
        for key, operation in written(document).items()
    }


def written(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation by method and path, as it stands in the document."""
    return {
        (method.upper(), path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def mend_answers(operation: dict[str, Any]) -> None:
    """Say what can happen to this operation: problems of bodies and of keys only where there are any."""
    responses: dict[str, Any] = operation["responses"]
    keyed = any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))
    has_body = "requestBody" in operation
    if not keyed:
        _drop(responses, KeyInvalid, KeyInFlight)
    if has_body:
        _declare(responses, BadRequest, UnsupportedMediaType)
    elif not keyed:
        responses.pop("413", None)
    if "422" in responses:
        if responses["422"]["description"] == "Validation Error":  # FastAPI's own, which this service never answers
            del responses["422"]
        _declare(responses, Unprocessable)
    if operation["tags"] == ["people's pages"]:
        _declare(responses, TryLater)
    _declare(responses, MethodNotAllowed)
    for status, (name, text) in HEADERS.items():
        if status in responses:
            responses[status]["headers"] = {name: {"description": text, "schema": {"type": "string"}}}
    operation["responses"] = dict(sorted(responses.items()))


def _drop(responses: dict[str, Any], *kinds: Any) -> None:
    """Take back problems that the route does not declare for itself."""
    for status, response in problems(*kinds).items():
        if responses.get(str(status), {}).get("description") == response["description"]:
            del responses[str(status)]


def _declare(responses: dict[str, Any], *kinds: Any) -> None:
    """Add problems to what the route declares of the same status."""
    for status, response in problems(*kinds).items():
        known = responses.setdefault(str(status), response)
        if f"`{response['description'].split('`')[1]}`" not in known["description"]:
            known["description"] = f"{response['description']} · {known['description']}"
        known.setdefault("content", {}).setdefault(PROBLEM_JSON, response["content"][PROBLEM_JSON])


def share(document: dict[str, Any]) -> None:
    """Say once what several operations take or answer in the same words: parameters, and problems."""
    every = written(document).values()
    parameters = [(one["parameters"], at) for one in every for at in range(len(one.get("parameters", ())))]
    problem = [
        (one["responses"], status)
        for one in every
        for status, answer in one["responses"].items()
        if PROBLEM_JSON in answer.get("content", {})
    ]
    document["components"]["parameters"] = _shared("parameters", parameters, lambda _, one: _words(one["name"]))
    document["components"]["responses"] = _shared("responses", problem, _name)


def _shared(kind: str, places: list[tuple[Any, Any]], name_of: Callable[[Any, Any], str]) -> dict[str, Any]:
    """Leave a reference wherever one thing stands several times; of two of one name the commoner has it."""
    found: dict[str, Any] = {}
    stands: dict[str, list[tuple[Any, Any]]] = {}
    for holder, at in places:
        stands.setdefault(json.dumps(holder[at], sort_keys=True), []).append((holder, at))
    for same in sorted(stands.values(), key=len, reverse=True):
        holder, at = same[0]
        name = name_of(at, holder[at])
        if len(same) > 1 and name not in found:
            found[name] = holder[at]
            for where, key in same:
                where[key] = {"$ref": f"#/components/{kind}/{name}"}
    return dict(sorted(found.items()))


def _name(status: str, answer: dict[str, Any]) -> str:
    """`Problem404CustomerNotFound`; of several codes `Problem409BreachClosedOrNoCommunication`."""
    codes = re.findall(r"`([a-z0-9-]+)`: ", answer["description"])
    return f"Problem{status}{'Or'.join(map(_words, codes))}"


def _words(code: str) -> str:
    return re.sub(r"[-_]", "", code.title())
