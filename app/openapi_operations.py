"""Operations of the OpenAPI document: the problems that each may answer, and what several of them share, said once."""

import json
import re
from collections.abc import Callable
from typing import Any

from app.auth.errors import KeyInFlight, KeyInvalid, KeyReused, ScopeMissing
from app.errors import (
    PROBLEM_JSON,
    BadRequest,
    MethodNotAllowed,
    Problem,
    TooLarge,
    TryLater,
    Unprocessable,
    UnsupportedMediaType,
    merged,
    problems,
    told,
)
from app.register.errors import PurposeNotForRole, PurposeUnknown

ANYWHERE = {kind.code for kind in (BadRequest, KeyInvalid, KeyInFlight, KeyReused, Unprocessable)} | {
    kind.code for kind in (ScopeMissing, PurposeNotForRole, PurposeUnknown)
}
"""Codes that tell one operation from another least."""
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
    if responses.get("422", {}).get("description") == "Validation Error":  # FastAPI's own, which is never answered
        del responses["422"]
        _declare(responses, Unprocessable)
    keyed = any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))
    if not keyed:
        _take_back(responses, KeyInvalid, KeyInFlight, KeyReused)
    if "requestBody" in operation:
        _declare(responses, BadRequest, UnsupportedMediaType)
    elif not keyed:
        _take_back(responses, TooLarge)
    if operation["tags"] == ["people's pages"]:
        _declare(responses, TryLater)
    _declare(responses, MethodNotAllowed)
    for status, (name, text) in HEADERS.items():
        if status in responses:
            responses[status]["headers"] = {name: {"description": text, "schema": {"type": "string"}}}
    operation["responses"] = dict(sorted(responses.items()))


def _take_back(responses: dict[str, Any], *kinds: type[Problem]) -> None:
    """Remove problems that cannot happen here."""
    for status, response in problems(*kinds).items():
        answer = responses.get(str(status), {"description": ""})
        left = [text for text in told(answer) if text not in told(response)]
        if left:
            answer["description"] = " · ".join(left)
        elif told(answer):
            del responses[str(status)]


def _declare(responses: dict[str, Any], *kinds: type[Problem]) -> None:
    """Add problems to what the route declares of the same status."""
    for status, response in problems(*kinds).items():
        responses[str(status)] = merged({status: responses.get(str(status), response)}, {status: response})[status]


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
    document["components"]["parameters"] = _shared("parameters", parameters, lambda _, one: [_words(one["name"])])
    document["components"]["responses"] = _shared("responses", problem, _names)


def _shared(kind: str, places: list[tuple[Any, Any]], names_of: Callable[[Any, Any], list[str]]) -> dict[str, Any]:
    """Leave a reference wherever one thing stands several times; of two of one name the commoner has it."""
    found: dict[str, Any] = {}
    stands: dict[str, list[tuple[Any, Any]]] = {}
    for holder, at in places:
        stands.setdefault(json.dumps(holder[at], sort_keys=True), []).append((holder, at))
    for same in sorted(stands.values(), key=len, reverse=True):
        holder, at = same[0]
        name = next((one for one in names_of(at, holder[at]) if one not in found), None)
        if len(same) > 1 and name is not None:
            found[name] = holder[at]
            for where, key in same:
                where[key] = {"$ref": f"#/components/{kind}/{name}"}
    return dict(sorted(found.items()))


def _names(status: str, answer: dict[str, Any]) -> list[str]:
    """`Problem404CustomerNotFound`, `Problem409BreachClosedOrNoCommunication`; what may happen anywhere is left out if
    there is more to say, and if that is a name of its own."""
    codes = [text.split("`")[1] for text in told(answer)]
    own = [code for code in codes if code not in ANYWHERE]
    return [f"Problem{status}{'Or'.join(map(_words, some))}" for some in (own or codes, codes)]


def _words(code: str) -> str:
    return re.sub(r"[-_]", "", code.title())
