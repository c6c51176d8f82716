"""The schemas of the OpenAPI document under names that a generated client can use for its classes."""

import re
from collections.abc import Iterator
from typing import Any

_PLACE = "#/components/schemas/"
_HOLDERS = {"properties", "patternProperties", "$defs"}
"""Where a member's name stands before a schema, which may be called `title` too."""


def mend_schemas(document: dict[str, Any]) -> None:
    """Give each schema one name of its own, and no title: Pydantic's repeat the names, and several have the same."""
    schemas = document["components"]["schemas"]
    names = {name: _plain(name) for name in schemas}
    if len(set(names.values())) != len(names):
        twice = sorted(name for name in names.values() if list(names.values()).count(name) > 1)
        raise ValueError(f"schemas of one name: {', '.join(twice)}; rename one of the classes")
    document["components"]["schemas"] = {
        new: schemas[old] for old, new in sorted(names.items(), key=lambda one: one[1])
    }
    for schema in {id(one): one for one in _schemas_in(document)}.values():  # some stand in several places
        if isinstance(schema.get("title"), str) and schema is not document["info"]:
            del schema["title"]
        if schema.get("$ref", "").startswith(_PLACE):
            schema["$ref"] = _PLACE + names[schema["$ref"].removeprefix(_PLACE)]
        mapping = schema.get("discriminator", {}).get("mapping", {})
        for value, place in mapping.items():
            mapping[value] = _PLACE + names[place.removeprefix(_PLACE)]


def _plain(name: str) -> str:
    """`PurchaseLine-Input`, `Page_BookingOut_`, `app__consents__schemas__Evidence`: as a person would call them."""
    if page := re.fullmatch(r"Page_(?:Union_)?(\w+?)_+", name):
        return f"PageOf{page[1].replace('__', 'Or')}"
    if name.startswith("app__"):
        *modules, kind = name.removeprefix("app__").split("__")
        words = [re.sub(r"^schemas(_out)?_?", "", module) for module in modules]
        where = next(word for word in reversed(words) if word).title().replace("_", "")
        return where + kind.removeprefix(where)
    return name.replace("-Input", "In").replace("-Output", "")


def _schemas_in(part: Any, *, is_map: bool = False) -> Iterator[dict[str, Any]]:
    """Every object of the document that may be a schema: none within examples, and no map of members by name."""
    if isinstance(part, list):
        for one in part:
            yield from _schemas_in(one)
    elif isinstance(part, dict):
        if not is_map:
            yield part
        for name, one in part.items():
            if is_map or name not in {"example", "examples", "default", "const", "enum"}:
                yield from _schemas_in(one, is_map=not is_map and name in _HOLDERS)
