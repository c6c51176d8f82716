"""Register a request: somebody has called, written or come in person (Art. 12; F28)."""

from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.auth.roles import Scope
from app.console.forms import checked, filled, moment
from app.console.rendering import ConsolePage, after, page
from app.console.visiting import Visit, visiting
from app.pages.reading import text, texts
from app.policy.vocabulary import Channel, ErasureGround, Right
from app.subject_requests import intake
from app.subject_requests.schemas import IntakeChannel, RequestNew
from app.subject_requests.schemas_rights import RestrictionGroundIn

router = APIRouter(prefix="/console/requests", route_class=ConsolePage, include_in_schema=False)

Receiving = Annotated[Visit, visiting(Scope.REQUESTS_WRITE)]
ARRIVES_BY = tuple(channel for channel in get_args(IntakeChannel) if channel != "api")
CLAIMED = ("name", "email", "phone")


@router.get("/new")
async def open_new(visit: Receiving, person: Annotated[UUID | None, Query()] = None) -> Response:
    """`person`: the id of somebody who has been found already."""
    op = visit.op
    return page(
        "receive.html",
        visit,
        visit.words("receive"),
        person=person,
        rights=list(Right),
        arrives_by=ARRIVES_BY,
        now=op.at.astimezone(op.definition.zone).strftime("%Y-%m-%dT%H:%M"),
        grounds=list(ErasureGround),
        restriction_grounds=get_args(RestrictionGroundIn),
        purposes=[(one.code, one.label.text(visit.words.language)) for one in op.definition.purposes],
        channels=list(Channel),
    )


@router.post("")
async def receive(visit: Receiving) -> Response:
    sent: RequestNew = checked(RequestNew, _said(visit))
    made = await visit.once().create(intake.receive, intake.reread, sent)
    return after(f"/console/requests/{made.case_number}", "received")


def _said(visit: Visit) -> dict[str, Any]:
    form = visit.form
    said = filled(form, "right", "channel", "details", "ground", "restriction_ground")
    said |= moment(form, "received_at", visit.op.definition.zone)
    said |= {name: found for name in ("purposes", "channels") if (found := texts(form, name))}
    who = {"id": text(form, "person")} if text(form, "person") else filled(form, "system", "id")
    claimed = filled(form, *CLAIMED)
    said |= {"customer": who} if who else {}
    said |= {"claimed_identity": claimed} if claimed else {}
    values = {name: value for name in CLAIMED if (value := text(form, f"new_{name}"))}
    if values:
        said["rectification"] = {"values": values, **filled(form, "reason")}
    return said
