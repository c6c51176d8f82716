"""What vendors say of the requests that they take."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from openapi_schema_validator import OAS30Validator


def problems(vendor: str, schema: str, sent: Any) -> list[str]:
    """How what was sent breaks the vendor's schema; nothing when it fits."""
    return [error.message for error in OAS30Validator(_schemas(vendor)[schema]).iter_errors(sent)]


@cache
def _schemas(vendor: str) -> Any:
    return yaml.safe_load((files("tests.vendors.schemas") / f"{vendor}.yaml").read_text("utf-8"))
