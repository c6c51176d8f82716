"""Where data flow, what the linter finds, how consents come and go, who did what."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.auth.roles import Scope
from app.console import flows
from app.console.errors import FormIncomplete
from app.console.flow_picture import COLUMNS, HEIGHT, WIDTH, drawn
from app.console.rendering import ConsolePage, page
from app.console.trend import BAR, TALL, trend
from app.console.visiting import Visit, visiting
from app.notice import service as notice
from app.pagination import window
from app.transparency import service

router = APIRouter(prefix="/console", route_class=ConsolePage, include_in_schema=False)

Looking = Annotated[Visit, visiting(Scope.PROCESSORS_READ)]
PER_PAGE = 100


@router.get("/flows")
async def open_flows(visit: Looking) -> Response:
    op, words = visit.op, visit.words
    found = await op.read(flows.receivers, op, words)
    picture = drawn(flows.serves(op.definition, words.language), found)
    return page(
        "flows.html",
        visit,
        words("flows"),
        picture=picture,
        receivers=found,
        columns=COLUMNS,
        box_width=WIDTH,
        box_height=HEIGHT,
    )


@router.get("/findings")
async def open_findings(visit: Looking) -> Response:
    found = await visit.op.read(notice.findings, visit.op.register, visit.op.at)
    return page("findings.html", visit, visit.words("findings"), found=found)


@router.get("/consents")
async def open_trend(visit: Annotated[Visit, visiting(Scope.CONSENTS_READ)]) -> Response:
    found = await visit.op.read(trend, visit.op, visit.words.language)
    return page("trend.html", visit, visit.words("trend"), trend=found, bar=BAR, tall=TALL)


@router.get("/audit")
async def open_audit(
    visit: Annotated[Visit, visiting(Scope.AUDIT_READ)],
    customer: Annotated[str, Query(max_length=40)] = "",
    client: Annotated[str, Query(max_length=40)] = "",
    action: Annotated[str, Query(max_length=60)] = "",
    cursor: Annotated[str, Query(max_length=600)] = "",
) -> Response:
    customer_id, client_id, act = _id(customer, "customer"), _id(client, "client"), action.strip() or None
    place = window(visit.op.keys, f"audit:{customer_id}:{client_id}:{act}", PER_PAGE, cursor or None)
    found = await visit.op.write(service.audit_events, customer_id, client_id, act, place)
    asked = {"customer": customer, "client": client, "action": action}
    more = {**asked, "cursor": found.next} if found.next and len(found.items) == PER_PAGE else None
    return page("audit.html", visit, visit.words("audit"), found=found, asked=asked, next_page=more)


def _id(written: str, name: str) -> UUID | None:
    try:
        return UUID(written.strip()) if written.strip() else None
    except ValueError:
        raise FormIncomplete(errors=[{"detail": "must be a UUID", "pointer": f"#/{name}"}]) from None
