"""The OpenAPI document keeps the house rules, and what Swagger UI starts from works at once."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.auth.roles import Scope
from app.errors import PROBLEM_JSON
from app.openapi import TAGS, bodies_of, examples
from app.openapi_operations import operations, written

PUBLIC = {"open_invitation", "open_link", "fetch_data", "read_calendar", "confirm_invitation"} | {
    *("health", "readiness", "metrics", "hear_mycashflow", "take_opendsr_callback"),
    *("read_notice", "read_notice_document"),
    *("probe_mailchimp_hook", "take_mailchimp_event", "open_answer_page", "answer_on_page"),
    *("open_unsubscribe", "unsubscribe", "open_request_forms", "open_request_form", "send_request_form", "open_case"),
}
"""Operations that need no token."""
FOREIGN = {
    *(
        "read_consent_receipt",
        "read_signed_receipt",
        "read_processing_record_linked_data",
        "metrics",
        "open_invitation",
        "read_calendar",
    ),
    *("confirm_invitation", "probe_mailchimp_hook", "take_mailchimp_event"),
}
"""Operations whose answers have a format of somebody else's: JSON-LD, Prometheus, HTML."""
ALWAYS = {"401", "403", "422", "503"}
"""What every operation with a token may answer."""


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    """The document as served."""
    return app.openapi()


def named(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for operation in operations(document).values():
        yield operation["operationId"], operation


def reached(document: dict[str, Any], part: Any, seen: set[str] | None = None) -> set[str]:
    """Names of the schemas that a part of the document leads to."""
    seen = set() if seen is None else seen
    if isinstance(part, dict):
        kind, _, name = str(part.get("$ref", "")).rpartition("/")
        if kind.endswith("/schemas") and name not in seen:
            seen.add(name)
            reached(document, document["components"]["schemas"][name], seen)
        for value in part.values():
            reached(document, value, seen)
    elif isinstance(part, list):
        for value in part:
            reached(document, value, seen)
    return seen


def schemas(document: dict[str, Any], *, sent: bool) -> dict[str, dict[str, Any]]:
    """Object schemas of what callers send, or of what they get."""
    parts = [
        operation.get("requestBody", {}) if sent else operation["responses"]
        for operation in operations(document).values()
    ]
    found = reached(document, parts) - {"Problem", "ProblemError"}
    every = document["components"]["schemas"]
    return {name: every[name] for name in found if every[name].get("type") == "object"}


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    """OpenAPI 3.1, checked by the specification's own schema."""
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_each_operation_says_what_it_is_and_who_may(document: dict[str, Any]) -> None:
    """Summary, one id, one known tag, and security with scopes that exist, unless it is public."""
    ids = [operation_id for operation_id, _ in named(document)]
    assert len(ids) == len(set(ids))
    for operation_id, operation in named(document):
        assert operation["summary"], operation_id
        assert len(operation["tags"]) == 1, operation_id
        assert operation["tags"][0] in TAGS, operation_id
        if operation_id in PUBLIC:
            assert operation["security"] == []
        else:
            assert [list(need) for need in operation["security"]] == [["bearer"]], operation_id
            assert {Scope(scope) for scope in operation["security"][0]["bearer"]}, operation_id


def test_each_problem_is_documented_as_one(document: dict[str, Any]) -> None:
    """Every status from 400 is problem+json; what every operation may answer is declared by every operation."""
    for operation_id, operation in named(document):
        problems = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert operation_id in PUBLIC or set(problems) >= ALWAYS, operation_id
        has_body = "requestBody" in operation
        assert not has_body or {"400", "413", "415"} <= set(problems), operation_id
        for status, answer in problems.items():
            if (operation_id, status) != ("readiness", "503"):
                assert list(answer["content"]) == [PROBLEM_JSON], (operation_id, status)
            assert "Validation Error" not in answer["description"], operation_id


def test_changes_under_if_match_declare_412_and_428(document: dict[str, Any]) -> None:
    """An operation that reads If-Match may find it stale; PATCH also needs it."""
    for (method, path), operation in operations(document).items():
        reads = any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", ()))
        assert reads == ("412" in operation["responses"]), path
        assert reads or method != "PATCH", path
        assert method != "PATCH" or "428" in operation["responses"], path


def test_the_recommended_rules_of_linters_hold(document: dict[str, Any]) -> None:
    """Redocly's, with the exceptions that `openapi/redocly.yaml` gives a reason for; the linter is not at hand here."""
    assert document["info"]["description"]
    assert all(tag["description"] for tag in document["tags"])
    for operation_id, operation in named(document):
        statuses = set(operation["responses"])
        assert any(status[0] in "23" for status in statuses), operation_id
        assert any(status[0] == "4" for status in statuses), operation_id
        for parameter in operation.get("parameters", ()):
            if "example" in parameter:
                Draft202012Validator(parameter["schema"]).validate(parameter["example"])
    used = reached(document, [document["paths"], document["components"].get("responses", {})])
    assert set(document["components"]["schemas"]) == used
    for one, other in combinations(sorted(shapes(document)), 2):  # no customer's id, a UUID, reads `by-reference`
        assert not ambiguous(one, other) or "/by-reference/" in one + other, (one, other)


def shapes(document: dict[str, Any]) -> set[str]:
    """Paths with their parameters unnamed."""
    return {re.sub(r"\{\w+\}", "{}", path) for path in document["paths"]}


def ambiguous(one: str, other: str) -> bool:
    """Whether some path fits both, and neither template is the narrower."""
    if one.count("/") != other.count("/"):
        return False
    apart = [(left, right) for left, right in zip(one.split("/"), other.split("/"), strict=True) if left != right]
    open_in = {(left == "{}", right == "{}") for left, right in apart}
    return open_in == {(True, False), (False, True)}


def test_what_operations_have_in_common_is_said_once(document: dict[str, Any]) -> None:
    """A problem or a parameter that several share is a reference, so that a page which draws the document is quick."""
    inline: Counter[str] = Counter()
    for operation in written(document).values():
        problems = [answer for answer in operation["responses"].values() if PROBLEM_JSON in answer.get("content", {})]
        parts = [*operation.get("parameters", ()), *problems]
        inline.update(json.dumps(part, sort_keys=True) for part in parts if len(json.dumps(part)) > 300)
    assert [text for text, times in inline.items() if times > 1] == []
    assert {"Purpose", "IdempotencyKey", "Cursor", "Limit"} <= set(document["components"]["parameters"])
    assert {"Problem401Unauthorized", "Problem410CustomerErased"} <= set(document["components"]["responses"])
    assert len(json.dumps(document)) < 600_000


def test_paths_are_kebab_case_and_parameters_snake_case(document: dict[str, Any]) -> None:
    """Words of a path are joined by hyphens, names of parameters by underscores; no trailing slash."""
    for (_, path), operation in operations(document).items():
        assert re.fullmatch(r"(/([a-z0-9]+(-[a-z0-9]+)*|\{[a-z][a-z0-9_]*\}))+(\.pdf)?", path), path
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "header":
                assert re.fullmatch(r"[a-z][a-z0-9_]*", parameter["name"]), (path, parameter["name"])


def test_members_are_snake_case(document: dict[str, Any]) -> None:
    """Every member of every payload."""
    for name, schema in document["components"]["schemas"].items():
        for member in schema.get("properties", {}):
            assert re.fullmatch(r"[a-z][a-z0-9_]*", member), (name, member)


def test_no_answer_is_a_bare_list(document: dict[str, Any]) -> None:
    """An object can grow a member; a list cannot."""
    for operation_id, operation in named(document):
        for status, answer in operation["responses"].items():
            for content in answer.get("content", {}).values():
                assert content.get("schema", {}).get("type") != "array", (operation_id, status)


def test_lists_are_pages_that_can_be_turned(document: dict[str, Any]) -> None:
    """Who answers `items` and `next` takes `limit` and the cursor, and says that a cursor may be bad."""
    for operation_id, operation in named(document):
        content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if name.startswith("PageOf"):
            taken = {parameter["name"] for parameter in operation["parameters"]}
            assert "limit" in taken, operation_id
            assert taken & {"cursor", "since"}, operation_id
            assert "400" in operation["responses"], operation_id


def test_inputs_are_closed(document: dict[str, Any]) -> None:
    """Unknown members are refused, whichever object they are put in (F26)."""
    for name, schema in schemas(document, sent=True).items():
        assert schema.get("additionalProperties") is False, name


def test_outputs_are_whole(document: dict[str, Any]) -> None:
    """Every member of an answer is always there."""
    for name, schema in schemas(document, sent=False).items():
        members = schema.get("properties", {})
        assert set(schema.get("required", ())) == set(members), name


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    """Swagger UI starts from it; test_examples.py sends each."""
    without = [
        operation_id for operation_id, op in named(document) if "requestBody" in op and not bodies_of(operation_id)
    ]
    unknown = set(examples()["bodies"]) - {operation_id for operation_id, _ in named(document)}
    assert not without
    assert not unknown


def test_path_parameters_start_from_an_example(document: dict[str, Any]) -> None:
    """Save for ids, which nobody can know beforehand."""
    ids = {"customer_id", "client_id", "transfer_id", "hold_id", "proposal_id", "redaction_id", "token", "secret"}
    ids |= {"feed_id", "calendar_file", "decision_id", "lapse_id", "sub_processor_id", "notification"}
    for operation_id, operation in named(document):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path" and parameter["name"] not in ids:
                shown = "example" in parameter or "examples" in parameter or parameter["schema"].get("examples")
                assert shown, (operation_id, parameter["name"])
