"""The page behind an invitation's link: shows what is asked, and confirms only when the button is pressed."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Row

from app.auth.errors import TooManyFailures
from app.auth.failures import guessing
from app.consents import invitations
from app.consents.errors import InvitationNotFound, InvitationUsed
from app.consents.words import channel_names, words
from app.deps import services
from app.errors import problems
from app.register.builtin import PUBLIC, builtin_operation
from app.register.definition import Definition
from app.register.deps import registers
from app.sheets import Sheets

SHEETS = Sheets("app.consents", "pages", "invitation.css")

router = APIRouter(prefix="/consents", tags=["people's pages"])

Token = Annotated[str, Path(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


@router.get(
    "/{token}",
    operation_id="open_invitation",
    summary="What the person is asked; opening confirms nothing",
    response_class=HTMLResponse,
    responses=problems(InvitationNotFound, TooManyFailures),
)
async def open_invitation(token: Token, request: Request) -> HTMLResponse:
    """A page with the wording and a button, in the wording's language; also after it was pressed or has run out."""
    served = services(request)
    with _guessing(request):
        row = await served.db.read(invitations.opened, token)
    register = await registers(request).current()
    return _page(register.definition, row, _state(row, served.clock()))


@router.post(
    "/{token}",
    operation_id="confirm_invitation",
    summary="The person's button",
    response_class=HTMLResponse,
    responses=problems(InvitationNotFound, InvitationUsed, TooManyFailures),
)
async def confirm_invitation(token: Token, request: Request) -> HTMLResponse:
    """Records the consent as the person's own act, which lifts an older suppression. Pressing twice is harmless; a link
    that has run out answers 409."""
    op = await builtin_operation(PUBLIC, services(request), registers(request))
    try:
        with _guessing(request):
            row = await op.write(invitations.confirm, token)
    except InvitationUsed:
        row = await op.db.read(invitations.opened, token)
        return _page(op.definition, row, "expired", 409)
    return _page(op.definition, row, "confirmed")


def _guessing(request: Request) -> AbstractContextManager[None]:
    return guessing(request.app.state.link_failures, request.client and request.client.host, InvitationNotFound)


def _state(row: Row[Any], now: datetime) -> str:
    if row.confirmed_at is not None:
        return "confirmed"
    return "expired" if row.expires_at < now else "open"


def _page(definition: Definition, row: Row[Any], state: str, status: int = 200) -> HTMLResponse:
    language = row.wording_language
    page = SHEETS.template("invitation.html")
    html = page.render(
        style=SHEETS.style,
        language=language,
        words=words(language),
        controller=definition.controller.legal_name,
        contact_email=definition.request_email,
        channels=channel_names(language, row.channels),
        text=row.text,
        state=state,
    )
    return HTMLResponse(html, status_code=status, headers={"Content-Security-Policy": SHEETS.policy})
