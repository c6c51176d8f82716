"""The OpenAPI document: what it says beyond what the routes themselves declare."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from app.errors import ProblemDocument
from app.openapi_operations import mend_answers, share, written
from app.openapi_schemas import mend_schemas

PUBLISHED = Path(__file__).resolve().parent.parent / "openapi" / "openapi.json"
EXAMPLES = Path(__file__).with_name("openapi_examples.yaml")

DESCRIPTION = """
The customer register that keeps the promises of its privacy notice.

- **Sign in** with the bearer token of an API client, or at your organisation's provider where this installation has one
  (Authorize, top right). Roles bundle scopes.
- **Purpose**: each read of personal data is for a purpose of the definition: the client's default, or the one that
  the `Purpose` header names. It leaves one audit row.
- **Processing checks**: a caller that gets no answer must treat it as *denied*.
- **Erased** people answer 410, **restricted** ones only to purposes that Art. 18(2) allows.
- **Errors** are RFC 9457 problems with a stable `code`; a refused request has changed nothing.
- **Texts** are taken without the white space around them, which counts for their length all the same.
- **Limits**: 8 MiB a body, 1000 items a batch, 200 a page; 408, 414, 431 and 503 can come before any route.
- **Retries** are safe: PUT by your own key, `event_id` for consents, `Idempotency-Key` on other POSTs.
- **Changes** of what others may change too need `If-Match` with the ETag you read: 428 without, 412 when stale.
- **Lists** answer `{items, next}`; send `next` as `cursor`.
"""

CONTACT = {"name": "The controller of the register, whom its privacy notice names (at /notice)"}

TAGS = {
    "customers": "People: register, upsert by your own key, search, correct.",
    "purchases and bookings": "What a person has dealt with us about, and the vouchers that must be kept.",
    "consents": "Given and withdrawn, with the wording that the person saw.",
    "processing checks": "May I use this person's data for this?",
    "subject requests": "Rights of Arts. 15 to 21: clocks, assessments, decisions; disputes and legal holds.",
    "access replies": "Everything held of a person, redacted, released and fetched once (Arts. 15, 20).",
    "notifications": "What recipients are told of erasures, rectifications, restrictions, withdrawals, bans (Art. 19).",
    "letters": "What people are told: acknowledgement, questions, outcome; as JSON, page and PDF.",
    "breaches": "Breaches of personal data: record, clock of 72 hours, notices, people told (Arts. 33, 34).",
    "processors": "Recipients and the agreements with them (Art. 28).",
    "transfers": "Transfers outside the EEA (Chapter V).",
    "disclosures": "Who got whose data, or why not.",
    "notice": "The privacy notice: versions, changes, and where it drifts from practice (Arts. 13, 14).",
    "reports": "For the owner and the supervisory authority: the quarter in numbers, everything in one file (Art. 31).",
    "transparency": "The audit trail.",
    "register and clients": "The definition of the register, and who may use this API.",
    "people's pages": "Pages that a person opens from a link; no token.",
    "from recipients": "Where recipients' own machines call; the address is a secret, no token.",
    "operation": "Health and metrics; no token.",
}

MAKERS = {
    "register_customer": "customer_id",
    "upsert_customer": "customer_id",
    "receive_request": "request",
    "report_breach": "breach",
    "register_processor": "processor",
    "record_transfer": "transfer_id",
    "record_lapse": "lapse_id",
    "register_sub_processor": "sub_processor_id",
    "make_api_client": "client_id",
}
"""Operations whose answer has the `id` that others take as a parameter of their path."""


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
        contact=CONTACT,
        routes=app.routes,
        tags=[{"name": name, "description": description} for name, description in TAGS.items()],
        servers=[{"url": "/", "description": "this service"}],
    )
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _add(schemas, "Problem", ProblemDocument)
    for operation in written(document).values():
        mend_answers(operation)
        _add_examples(operation)
        operation.setdefault("security", [])  # no token needed, said outright, so that no linter takes it for forgotten
    mend_schemas(document)
    _add_links(document)
    share(document)
    return document


def _add(schemas: dict[str, Any], name: str, model: type[BaseModel]) -> None:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas[name] = schema


@cache
def examples() -> dict[str, Any]:
    """Example parameters by name, and example bodies by operation."""
    found: dict[str, Any] = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    return found


def bodies_of(operation_id: str) -> dict[str, Any]:
    """The example bodies of an operation by name."""
    body = examples()["bodies"].get(operation_id)
    if body is None:
        return {}
    several: dict[str, Any] = body.get("several", {"example": body})
    return several


def _add_examples(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"] in examples()["parameters"]:
            parameter["example"] = examples()["parameters"][parameter["name"]]
    bodies = bodies_of(operation["operationId"])
    if bodies:
        content = operation["requestBody"]["content"]["application/json"]
        content["examples"] = {name: {"value": body} for name, body in bodies.items()}


def _add_links(document: dict[str, Any]) -> None:
    """What can be done next with what an operation made; contract tests follow the links too."""
    links = document["components"]["links"] = {}
    for (_, path), operation in written(document).items():
        for parameter in set(MAKERS.values()):
            if f"{{{parameter}}}" in path:
                name = operation["operationId"]
                links[name] = {"operationId": name, "parameters": {parameter: "$response.body#/id"}}
    for operation in written(document).values():
        made = MAKERS.get(operation["operationId"])
        answers = [operation["responses"][status] for status in ("200", "201") if status in operation["responses"]]
        for answer in answers if made else ():
            names = sorted(name for name, link in links.items() if made in link["parameters"])
            answer["links"] = {name: {"$ref": f"#/components/links/{name}"} for name in names}


def rendered(app: FastAPI) -> str:
    """The document as the text that is published."""
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
