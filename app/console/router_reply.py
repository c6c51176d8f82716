"""The reply to a request for access or portability: look at what it holds, withhold, release, end the link."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from app.access import gate, making, redacting, releasing
from app.access.document import Content, content_of, security_policy
from app.access.errors import ReleaseNotFound
from app.access.reply import Asked
from app.access.router import archive_name, sent
from app.access.schemas import RedactionIn, ReleaseOut
from app.auth.roles import Scope
from app.console.forms import checked, filled
from app.console.rendering import ConsolePage, after, page
from app.console.visiting import Visit, visiting
from app.deps import Served
from app.pages.reading import text
from app.pagination import MAX_LIMIT, window
from app.subject_requests.router import Name

router = APIRouter(prefix="/console/requests/{request}/reply", route_class=ConsolePage, include_in_schema=False)

Reading = Annotated[Visit, visiting(Scope.REQUESTS_READ, Scope.AUDIT_READ)]
Deciding = Annotated[Visit, visiting(Scope.REQUESTS_DECIDE)]


@router.get("")
async def open_reply(request: Name, visit: Reading) -> Response:
    place = window(visit.op.keys, "console:redactions", MAX_LIMIT, None)
    marks = await visit.op.write(redacting.listed, request, place)
    title = visit.words("reply_title", case=request)
    released = await _released(visit, request)
    return page("reply.html", visit, title, case=request, marks=marks.items, released=released)


async def _released(visit: Visit, request: str) -> ReleaseOut | None:
    try:
        return await visit.op.write(releasing.read, request)
    except ReleaseNotFound:
        return None


@router.get("/records")
async def open_records(request: Name, visit: Reading) -> Response:
    """What the reply holds, as the person will read it, with the names by which something is withheld."""
    asked = await visit.op.write(gate.opened, request, "page")
    content = await visit.op.db.snapshot(_content, asked)
    title = visit.words("reply_title", case=request)
    sections = [one for one in content["sections"] if one["records"]]
    return page("reply_records.html", visit, title, case=request, spoken=content["language"], sections=sections)


def _content(connection: Connection, asked: Asked) -> Content:
    return content_of(gate.begun(connection, asked))


@router.get("/page")
async def open_data(request: Name, visit: Reading) -> Response:
    asked = await visit.op.write(gate.opened, request, "page")
    headers = {"Content-Security-Policy": security_policy("reply.css")}
    return HTMLResponse(await making.page(visit.op.db, asked), headers=headers)


@router.get("/document")
async def open_document(request: Name, visit: Reading) -> Response:
    asked = await visit.op.write(gate.opened, request, "document")
    return Response(await making.document(visit.op.db, asked), media_type="application/pdf")


@router.get("/archive")
async def open_archive(request: Name, visit: Reading) -> Response:
    asked = await visit.op.write(gate.opened, request, "archive")
    made = await making.archive(visit.op.db, asked)
    return sent(made.spool, "application/zip", archive_name(asked.case.case_number))


@router.post("/redactions")
async def withhold(request: Name, visit: Deciding) -> Response:
    said = filled(visit.form, "record", "field", "reason")
    within = text(visit.form, "within")
    mark: RedactionIn = checked(RedactionIn, said | ({"field": within} if within else {}))
    await visit.once().create(redacting.mark, redacting.reread, request, mark)
    return after(f"/console/requests/{request}/reply", "withheld")


@router.post("/redactions/{mark}/undo")
async def withhold_no_more(request: Name, mark: UUID, visit: Deciding) -> Response:
    await visit.op.write(redacting.undo, request, mark)
    return after(f"/console/requests/{request}/reply", "unwithheld")


@router.post("/release")
async def release(request: Name, visit: Deciding, served: Served) -> Response:
    """The link stands on this page and on no other, however often it is looked for."""
    made = await releasing.release(visit.once(), request, served.settings)
    return page("released.html", visit, visit.words("reply_title", case=request), case=request, released=made)


@router.post("/release/withdrawal")
async def end_link(request: Name, visit: Deciding) -> Response:
    await visit.op.write(releasing.withdraw, request)
    return after(f"/console/requests/{request}/reply", "link_ended")
