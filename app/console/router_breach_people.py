"""The people affected by a breach: listed, told one by one or by letter, or out of reach (Art. 34)."""

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Query, Response

from app.auth.roles import Scope
from app.breaches import people, writing
from app.breaches.router import Name
from app.breaches.schemas import LettersIn, LettersSentIn, PeopleIn, PeopleOutcomeIn
from app.console import breach_forms
from app.console.forms import checked, filled, lines, moment
from app.console.rendering import ConsolePage, after, page
from app.console.visiting import Visit, visiting
from app.console.words import LANGUAGES
from app.pagination import MAX_LIMIT, window

router = APIRouter(prefix="/console/breaches/{breach}/people", route_class=ConsolePage, include_in_schema=False)

Reading = Annotated[Visit, visiting(Scope.BREACHES_READ)]
Writing = Annotated[Visit, visiting(Scope.BREACHES_WRITE)]


@router.get("")
async def open_people(breach: Name, visit: Reading, cursor: Annotated[str, Query(max_length=600)] = "") -> Response:
    op = visit.op
    place = window(op.keys, f"breach-people:{breach}", MAX_LIMIT, cursor or None)
    found = await op.write(people.listed, breach, place)
    return page(
        "breach_people.html",
        visit,
        visit.words("breach_people_title", number=breach),
        breach=breach,
        found=found,
        acts=visit.may(Scope.BREACHES_WRITE),
        now=op.at.astimezone(op.definition.zone).strftime("%Y-%m-%dT%H:%M"),
        spoken=LANGUAGES,
        letter_channels=get_args(LettersSentIn.model_fields["channel"].annotation),
        next_page=found.next and {"cursor": found.next},
    )


@router.post("")
async def list_people(breach: Name, visit: Writing) -> Response:
    sent: PeopleIn = checked(PeopleIn, breach_forms.people(visit))
    await visit.op.write(people.add, breach, sent)
    return after(f"/console/breaches/{breach}/people", "people_listed")


@router.post("/outcomes")
async def record_outcome(breach: Name, visit: Writing) -> Response:
    said: dict[str, Any] = filled(visit.form, "outcome", "channel", "language", "reason")
    said |= moment(visit.form, "at", visit.op.definition.zone) | {"subject_keys": breach_forms.ticked(visit)}
    sent: PeopleOutcomeIn = checked(PeopleOutcomeIn, said)
    await visit.op.write(people.record_outcome, breach, sent)
    return after(f"/console/breaches/{breach}/people", "people_told")


@router.post("/letters")
async def issue_letters(breach: Name, visit: Writing) -> Response:
    sent: LettersIn = checked(LettersIn, {"subject_keys": breach_forms.ticked(visit)})
    made = await visit.once().create(writing.issue, writing.reread, breach, sent)
    return page("breach_letters.html", visit, visit.words("letters"), breach=breach, made=made)


@router.post("/letters/deliveries")
async def deliver_letters(breach: Name, visit: Writing) -> Response:
    said: dict[str, Any] = filled(visit.form, "channel") | lines(visit.form, "letters")
    sent: LettersSentIn = checked(LettersSentIn, said | moment(visit.form, "at", visit.op.definition.zone))
    await visit.op.write(writing.deliver, breach, sent)
    return after(f"/console/breaches/{breach}/people", "letters_sent")
