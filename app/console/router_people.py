"""People of the register as staff need them for a request: find one, look, record a death or take that back."""

from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Path, Response

from app.auth.roles import Scope
from app.console.forms import checked, filled
from app.console.rendering import ConsolePage, after, page
from app.console.visiting import Visit, visiting
from app.customers import hot, listing
from app.customers.schemas import CustomerOut, Search
from app.pagination import MAX_LIMIT, window
from app.subject_requests import deaths
from app.subject_requests.schemas_people import DeathIn, MistakeIn

router = APIRouter(prefix="/console/people", route_class=ConsolePage, include_in_schema=False)

Looking = Annotated[Visit, visiting(Scope.CUSTOMERS_READ)]
Writing = Annotated[Visit, visiting(Scope.REQUESTS_WRITE)]
Id = Annotated[UUID, Path()]
REPORTERS = get_args(DeathIn.model_fields["reported_by_role"].annotation)


@router.get("")
async def open_people(visit: Looking) -> Response:
    return page("people.html", visit, visit.words("people"), found=None)


@router.post("")
async def find_people(visit: Looking) -> Response:
    """By a form that is sent, because what is looked for must stand in no address."""
    said: dict[str, Any] = filled(visit.form, "email", "phone", "name")
    reference = filled(visit.form, "system", "id")
    query: Search = checked(Search, said | ({"reference": reference} if reference else {}))
    found = await visit.op.write(listing.search, query, window(visit.op.keys, "console:people", MAX_LIMIT, None))
    return page("people.html", visit, visit.words("people"), found=found)


@router.get("/{customer_id}")
async def open_person(customer_id: Id, visit: Looking) -> Response:
    found = await hot.read(visit.op, customer_id)
    name, death = visit.words("person"), None
    if isinstance(found, CustomerOut):
        name = found.name or name
        if found.death_reported_on is not None and visit.may(Scope.REQUESTS_READ):
            death = await visit.op.write(deaths.read, customer_id)
    return page(
        "person.html",
        visit,
        name,
        person=found,
        known=isinstance(found, CustomerOut),
        death=death,
        reporters=REPORTERS,
        today=visit.op.today,
    )


@router.post("/{customer_id}/death")
async def report_death(customer_id: Id, visit: Writing) -> Response:
    sent: DeathIn = checked(DeathIn, filled(visit.form, "reported_on", "reported_by_role", "evidence_seen"))
    await visit.once().create(deaths.report, deaths.reread, customer_id, sent)
    return after(f"/console/people/{customer_id}", "death_recorded")


@router.post("/{customer_id}/death/withdrawal")
async def withdraw_death(customer_id: Id, visit: Writing) -> Response:
    sent: MistakeIn = checked(MistakeIn, filled(visit.form, "reason"))
    await visit.op.write(deaths.withdraw, customer_id, sent)
    return after(f"/console/people/{customer_id}", "death_withdrawn")
