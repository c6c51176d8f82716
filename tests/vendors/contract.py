"""Is a request valid against the vendor's own Swagger 2.0 or OpenAPI 3 document? Where the documents are at hand."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from jsonschema_rs import Draft4Validator

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def spec(name: str) -> Any:
    """The document, from `shared/specs` beside the project or above it; the test is skipped where there is none."""
    for parent in Path(__file__).resolve().parents:
        place = parent / "shared" / "specs" / name
        if place.is_file():
            return _read(place)
    pytest.skip(f"the vendor's {name} is not at hand")


@cache
def _read(place: Path) -> Any:
    return yaml.load(place.read_text("utf-8"), LOADER)


def assert_valid(document: Any, method: str, path: str, query: Mapping[str, str], body: Any) -> None:
    """Method, path, names of the query and body (Swagger 2.0) are the document's; `path` without its base path."""
    operation = _operation(document, method, path)
    parameters = operation.get("parameters", [])
    known = {one["name"] for one in parameters if one["in"] == "query"}
    assert set(query) <= known, f"{method} {path}: {set(query) - known} is no parameter"
    schema = next((one["schema"] for one in parameters if one["in"] == "body"), None)
    if schema is None:
        assert body is None, f"{method} {path} takes no body"
        return
    unknown = set(body) - set(schema["properties"])
    assert not unknown, f"{method} {path}: {unknown} is no member of the body"
    Draft4Validator(schema).validate(body)


def _operation(document: Any, method: str, path: str) -> Any:
    for template, operations in document["paths"].items():
        pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, unquote(path)) and method.lower() in operations:
            return operations[method.lower()]
    raise AssertionError(f"the vendor has no {method} {path}")
