"""The OpenAPI document: what it says beyond what the routes themselves declare."""

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from app.errors import PROBLEM_JSON, ProblemDocument

PUBLISHED = Path(__file__).resolve().parent.parent / "openapi" / "openapi.json"

DESCRIPTION = """
The customer register that keeps the promises of its privacy notice.

- **Sign in** with the bearer token of an API client (Authorize, top right). Roles bundle scopes.
- **Purpose**: each read of personal data is for a purpose of the definition: the client's default, or the one that
  the `Purpose` header names. It leaves one audit row.
- **Processing checks**: a caller that gets no answer must treat it as *denied*.
- **Erased** people answer 410, **restricted** ones only to purposes that Art. 18(2) allows.
- **Errors** are RFC 9457 problems with a stable `code`; a refused request has changed nothing.
- **Retries** are safe: PUT by your own key, `event_id` for consents, `Idempotency-Key` on other POSTs.
- **Lists** answer `{items, next}`; send `next` as `cursor`.
"""


def install_openapi(app: FastAPI) -> None:
    """Make the app describe itself with problem documents instead of FastAPI's default errors."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign] # FastAPI's documented way to replace the document


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        servers=[{"url": "/", "description": "this service"}],
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
    )
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _add(schemas, "Problem", ProblemDocument)
    for operation in operations(document).values():
        _mend(operation)
    return document


def _add(schemas: dict[str, Any], name: str, model: type[BaseModel]) -> None:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas[name] = schema


def _mend(operation: dict[str, Any]) -> None:
    """FastAPI describes 422 by its own model; ours is a problem document like the others."""
    answer = operation["responses"].get("422")
    if answer is not None and PROBLEM_JSON not in answer.get("content", {}):
        answer["content"] = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation by method and path."""
    return {
        (method.upper(), path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in {"get", "put", "post", "patch", "delete"}
    }


def rendered(app: FastAPI) -> str:
    """The document as the text that is published."""
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
