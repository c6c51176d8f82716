"""The longest text that the document allows fits wherever it is kept, and no longer one is taken.

PostgreSQL refuses what does not fit its column, with an answer of 500; SQLite takes anything, so its file is asked.
"""

import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from typing import Annotated, Any

import pytest
import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError, create_model

from app.openapi import bodies_of
from app.register.definition_recipients import Recipient
from app.register.loading import bundled
from app.wire import In
from tests.columns import must_fit
from tests.http.asking import Asking
from tests.worlds import ROLES, TOKENS, Caller, Template, World

pytestmark = pytest.mark.anyio

LONGEST = 2000
"""No column of a limited length is longer; texts without such a column may be."""

NUMBERS = count(1)
"""No two texts are alike, or one would seem to be repeated where another is."""


@pytest.fixture
def template(sqlite_template: Template) -> Template:
    """What a file of the other engine would refuse is found in this one."""
    return sqlite_template


def models(above: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every model below another."""
    for model in above.__subclasses__():
        if model.__module__.startswith("app."):
            yield model
        yield from models(model)


def limits(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas of texts of a limited length that a value may follow."""
    return [one for one in (schema, *schema.get("anyOf", ())) if "maxLength" in one]


def test_no_limit_overrides_another() -> None:
    """Of two limits in one annotation Pydantic keeps the last without a word."""
    for model in set(models(BaseModel)):
        for name, field in model.model_fields.items():
            for limit in ("min_length", "max_length"):
                found = [one for one in field.metadata if getattr(one, limit, None) is not None]
                assert len(found) < 2, f"{model.__module__}.{model.__name__}.{name}: {found}"


def test_white_space_around_a_text_counts_for_its_length() -> None:
    """As a schema counts it, so that a text is taken exactly when the document says so."""
    checked = 0
    for model in set(models(In)):
        for field in model.model_fields.values():
            annotation: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
            alone: Any = create_model("Alone", __base__=In, text=(annotation, ...))
            for schema in limits(TypeAdapter(annotation).json_schema()):
                checked += 1
                for text in ("x", "x@example.fi", "x/y"):
                    with pytest.raises(ValidationError):
                        alone.model_validate({"text": text + " " * schema["maxLength"]})
    assert checked > 100


def longest(value: Any, schema: dict[str, Any]) -> Iterator[str]:
    """A text of the greatest length; where it follows a pattern, the present one with its end repeated."""
    for text in limits(schema):
        if not text.keys() & {"pattern", "format", "enum"} and text["maxLength"] <= LONGEST:
            yield f"{next(NUMBERS)}w".ljust(text["maxLength"], "w")
    for text in (schema, *schema.get("anyOf", ())):
        if "pattern" in text and isinstance(value, str) and re.fullmatch(text["pattern"], value):
            while len(value) < LONGEST and re.fullmatch(text["pattern"], value + value[-1]):
                value += value[-1]
            yield value


def widened(value: Any, schema: dict[str, Any], whole: dict[str, Any]) -> Iterator[Any]:
    """The value with one text after the other as long as its schema allows, those that are missing included."""
    schema = _resolved(schema, whole)
    yield from longest(value, schema)
    for choice in schema.get("anyOf", ()):
        resolved = _resolved(choice, whole)
        if isinstance(value, {"object": dict, "array": list}.get(str(resolved.get("type")), ())):
            yield from widened(value, resolved, whole)
    if isinstance(value, list) and value:
        yield from ([wide, *value[1:]] for wide in widened(value[0], schema.get("items", {}), whole))
    if isinstance(value, dict):
        for name, member in schema.get("properties", {}).items():
            yield from (deepcopy(value) | {name: wide} for wide in widened(value.get(name), member, whole))


def _resolved(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


async def test_the_longest_text_fits_its_column(asking: Asking) -> None:
    """Whatever an operation keeps of a body; most are taken, so that there is something to look at."""
    statuses: Counter[int] = Counter()
    for key, operation in asking.known.items():
        role = next((role for role in ("owner", *ROLES) if asking.status_for(key, role) < 400), None)
        sent = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if role is None or sent is None:
            continue
        own = asking.stage.body_of(operation["operationId"], role)
        others = [body for body in bodies_of(operation["operationId"]).values() if body != own]
        waiting = [wide for body in (own, *others) for wide in widened(body, sent["schema"], asking.stage.document)]
        while waiting:  # each after the others on one copy; where one of them stands in its way, on the next copy
            async with asking.world() as (world, api):
                answers = [await asking.ask(api, key, role, f"Bearer {TOKENS[role]}", wide) for wide in waiting]
                await must_fit(world)
            assert all(answer.status_code < 500 for answer in answers), (key, answers)
            statuses.update(answer.status_code for answer in answers)
            in_the_way = [wide for wide, answer in zip(waiting, answers, strict=True) if answer.status_code == 409]
            waiting = in_the_way if len(in_the_way) < len(waiting) else []
    assert statuses[200] + statuses[201] > 100, statuses


async def test_the_longest_recipient_of_a_definition_fits_its_columns(call: Caller, world: World) -> None:
    """What a definition says of a recipient is brought into the register of recipients when it is applied."""
    document = yaml.safe_load(bundled())
    schema = Recipient.model_json_schema()
    wide = list(widened(document["recipients"][0], schema, {"components": {"schemas": schema["$defs"]}}))
    statuses: Counter[int] = Counter()
    for recipient in wide:
        changed = {**document, "recipients": [recipient, *document["recipients"][1:]]}
        sent = {"document": yaml.safe_dump(changed, allow_unicode=True, sort_keys=False)}
        statuses[(await call("owner", "PUT", "/v1/register", sent, If_Match="*")).status_code] += 1
        await must_fit(world)
    assert statuses.keys() <= {200, 422}, statuses
    assert statuses[200] >= 5, statuses
