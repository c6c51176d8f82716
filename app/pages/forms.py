"""From a form to a request: what the person wrote, as the intake takes it, or what to put right and where."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData

from app.customers.identity import phone_address
from app.pages.fields import ADDRESS, GROUNDS, LONGEST_DETAILS, NEW, RESTRICTION_GROUNDS, channels, purposes
from app.pages.reading import text, texts
from app.pages.words import Words
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.subject_requests.email_intake import seen
from app.subject_requests.schemas import RequestNew
from app.wire import holds_identity_code

Faults = dict[str, str]
"""What is wrong, by the field where it is put right."""


class FormRequest(RequestNew):
    """A request whose details keep their lines."""

    details: str | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """What came in: a request, or faults."""

    new: FormRequest | None
    faults: Faults


def read(form: FormData, right: Right, op: Operation, words: Words) -> Filled:
    """The request of a form that was sent."""
    details, _ = seen(text(form, "details"))
    faults = dict(_faults(form, right, op, words, details))
    payload = {
        "right": right,
        "channel": "form",
        "received_at": op.at,
        "claimed_identity": _identity(form),
        "details": details or None,
        **_particulars(form, right, op, words),
    }
    try:
        new = FormRequest.model_validate(payload)
    except ValidationError as error:
        faults = {**told_faults(error.errors(include_input=False, include_url=False), words), **faults}
        return Filled(None, faults)
    return Filled(None if faults else new, faults)


def _identity(form: FormData) -> dict[str, Any]:
    given = {name: text(form, name) for name in ("name", "email", "phone")}
    given["reference"] = text(form, "reference").lstrip("#")
    return {"name": "", **_present(given), **_address(form)}


def _address(form: FormData, prefix: str = "") -> dict[str, Any]:
    parts = _present({name: text(form, prefix + name) for name in ADDRESS})
    return {"address": parts} if parts else {}


def _present(given: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value}


def _particulars(form: FormData, right: Right, op: Operation, words: Words) -> dict[str, Any]:
    match right:
        case Right.ERASURE:
            return {"ground": _one_of(text(form, "ground"), GROUNDS)}
        case Right.RESTRICTION:
            return {"restriction_ground": _one_of(text(form, "restriction_ground"), RESTRICTION_GROUNDS)}
        case Right.RECTIFICATION:
            return {"rectification": _rectification(form)}
        case Right.OBJECTION | Right.CONSENT_WITHDRAWAL:
            known = [code for code, _ in purposes(right, words, op.definition)]
            return {"purposes": [code for code in known if code in texts(form, "purposes")]}
        case Right.MARKETING_BAN:
            return {"channels": [one for one in channels(op.definition) if one in texts(form, "channels")]}
        case Right.ACCESS | Right.PORTABILITY:
            return {}


def _one_of(value: str, known: Iterable[str]) -> str | None:
    return value if value in known else None


def _rectification(form: FormData) -> dict[str, Any] | None:
    values = _present({name: text(form, NEW + name) for name in ("name", "email", "phone")}) | _address(form, NEW)
    return {"inaccurate": text(form, "kind") != "incomplete", "values": values} if values else None


def _faults(form: FormData, right: Right, op: Operation, words: Words, details: str) -> Iterator[tuple[str, str]]:
    """What no schema knows: what must be there, and that a person must be able to read the answer."""
    if not text(form, "name"):
        yield "name", words("needed", field=words("name"))
    for prefix in ("", NEW):
        parts = [name for name in ADDRESS if text(form, prefix + name)]
        if parts and len(parts) < len(ADDRESS):
            missing = next(name for name in ADDRESS if name not in parts)
            yield prefix + missing, words("address_whole", field=words(missing))
        phone = text(form, prefix + "phone")
        if phone and phone_address(op.keys, phone, op.definition.phone_region) is None:
            yield prefix + "phone", words("not_phone", field=words("phone"))
    direct = text(form, "email") or text(form, "phone")
    if not direct and right is Right.CONSENT_WITHDRAWAL:
        yield "email", words("contact_direct")
    elif not direct and not any(text(form, name) for name in ADDRESS):
        yield "email", words("contact_needed")
    if right is Right.RECTIFICATION and not details and _rectification(form) is None:
        yield "details", words("something_needed")
    if holds_identity_code(text(form, "details")):
        yield "details", words("identity_code", field=words("details"))
    elif len(details) > LONGEST_DETAILS:
        yield "details", words("too_long", field=words("details"))


def told_faults(errors: Iterable[Any], words: Words) -> Faults:
    """Faults that a schema found, in the words of the page; never what was sent."""
    found: Faults = {}
    for error in errors:
        name, label = _field(error["loc"])
        found.setdefault(name, words(_kind(label, error), field=words(label)))
    return found


def _field(loc: tuple[Any, ...]) -> tuple[str, str]:
    """The field of the form, and what it is called."""
    known = [part for part in loc if isinstance(part, str)]
    last = known[-1] if known and known[-1] in {"name", "email", "phone", "reference", *ADDRESS} else "details"
    return (NEW + last if "values" in known else last), last


def _kind(label: str, error: Any) -> str:
    if "identity code" in str(error["msg"]):
        return "identity_code"
    if error["type"] == "string_too_long":
        return "too_long"
    return {"email": "not_email", "phone": "not_phone", "reference": "reference_form"}.get(label, "not_taken")


def refused_faults(errors: Iterable[Mapping[str, str]], right: Right, words: Words) -> Faults:
    """Faults that the intake found, by their pointers."""
    found: Faults = {}
    for error in errors:
        loc = tuple(error["pointer"].removeprefix("#/").split("/"))
        if loc == ("claimed_identity",):
            found["email"] = words("contact_direct" if right is Right.CONSENT_WITHDRAWAL else "contact_needed")
        else:
            name, label = _field((*(("values",) if right is Right.RECTIFICATION else ()), *loc))
            found.setdefault(name, words(_kind(label, {"type": "", "msg": error["detail"]}), field=words(label)))
    return found
