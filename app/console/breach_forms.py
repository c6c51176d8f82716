"""What the forms about a breach say, as the API takes it."""

from typing import Any
from uuid import UUID

from app.breaches.schemas_out import BreachOut
from app.console.errors import FormIncomplete
from app.console.forms import filled, lines, moment
from app.console.visiting import Visit
from app.pages.reading import text, texts

TEXTS = ("what_happened", "discovered_how", "effects", "remedial_action", "processor", "case_number")
INSTANTS = ("aware_at", "occurred_at", "processor_told_at")
NUMBERS = ("people_about", "records_about")
CONTENT = ("nature", "contact", "consequences", "measures")


def said_of(visit: Visit) -> dict[str, Any]:
    """A breach as it is reported, or what has been found out since."""
    form, zone = visit.form, visit.op.definition.zone
    said: dict[str, Any] = filled(form, *TEXTS)
    for name in INSTANTS:
        said |= moment(form, name, zone)
    said |= {name: _number(text(form, name)) for name in NUMBERS if text(form, name)}
    said |= {name: found for name in ("natures", "data_categories") if (found := texts(form, name))}
    return said | lines(form, "person_categories")


def changes(visit: Visit, stands: BreachOut, said: dict[str, Any]) -> dict[str, Any]:
    """Only what the form says otherwise than the breach does, so that the timeline names what was changed."""
    zone = visit.op.definition.zone
    known = stands.model_dump(mode="json")
    for name in INSTANTS:
        at = getattr(stands, name, stands.clock.aware_at)
        known[name] = None if at is None else at.astimezone(zone).replace(second=0, microsecond=0).isoformat()
    return {name: value for name, value in said.items() if known.get(name) != value}


def _number(written: str) -> Any:
    return int(written) if written.isascii() and written.isdigit() else written


def content(visit: Visit) -> dict[str, Any]:
    """What a notice says, by the letters of Art. 33(3)."""
    return {"content": filled(visit.form, *CONTENT)}


def risk(visit: Visit) -> dict[str, Any]:
    """An assessment, with the exception of Art. 34(3) where one is claimed."""
    form = visit.form
    said: dict[str, Any] = filled(form, "likelihood", "severity", "outcome", "reasons") | lines(form, "factors")
    claimed = filled(form, "exception", "public_communication")
    if claimed:
        claimed |= {"reasons": text(form, "exception_reasons")} if text(form, "exception_reasons") else {}
        said["exception"] = claimed
    return said


def people(visit: Visit) -> dict[str, Any]:
    """People affected, one in each line: an id, a system with a number, or a subject key of the trail."""
    found: dict[str, Any] = {"customers": [], "subject_keys": []}
    for line in text(visit.form, "people").splitlines():
        match line.split():
            case []:
                continue
            case [one] if text(visit.form, "named_by") == "subject_key":
                found["subject_keys"].append(one)
            case [one]:
                found["customers"].append({"id": one})
            case [system, one]:
                found["customers"].append({"system": system, "id": one})
            case _:
                raise FormIncomplete(errors=[{"detail": "one person in each line", "pointer": "#/people"}])
    return found


def ticked(visit: Visit) -> list[UUID]:
    """The people whose rows were ticked; raises when one is none."""
    try:
        return [UUID(one) for one in texts(visit.form, "subject_keys")]
    except ValueError:
        raise FormIncomplete(errors=[{"detail": "must be a UUID", "pointer": "#/subject_keys"}]) from None
