"""The notice as anybody reads it: a page and a PDF, without a token."""

import asyncio
import time
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import HTMLResponse

from app.deps import TtlCache, services
from app.errors import problems
from app.notice import publishing, service
from app.notice import repository_versions as versions
from app.notice.document import text_of
from app.notice.errors import NoticeNotFound
from app.notice.language import preferred
from app.notice.rendering import Shown, document_of, page_of, security_policy
from app.notice.speech import words
from app.register.builtin import PUBLIC, builtin_operation
from app.register.deps import registers
from app.register.errors import RegisterMissing
from app.wire import Language

router = APIRouter(tags=["people's pages"])

Spoken = Annotated[Language | None, Query(description="fi, sv or en; else what Accept-Language asks for.")]
Number = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="An earlier version; the newest when absent.")]
Accepted = Annotated[str | None, Header(alias="Accept-Language", max_length=500)]
Known = Annotated[str | None, Header(alias="If-None-Match", max_length=500)]

_CACHING = {"Cache-Control": "public, max-age=60", "Vary": "Accept-Language"}
_made = TtlCache(3600, 64)
"""Pages and PDFs by what they show; a version never changes, and a PDF costs 100 ms of a processor."""


@router.get(
    "/notice",
    operation_id="read_notice",
    summary="The privacy notice as a page (Art. 13, 14)",
    response_class=HTMLResponse,
    responses=problems(NoticeNotFound, RegisterMissing) | {304: {"description": "As it was"}},
)
async def read_notice(
    request: Request, lang: Spoken = None, version: Number = None, accept: Accepted = None, known: Known = None
) -> Response:
    """Rendered from the definition and from what is on record; the version shown is stored."""
    shown = await _shown(request, lang, version, accept)
    mark = _mark(shown, "html")
    if known is not None and mark in known:
        return Response(status_code=304, headers={**_CACHING, "ETag": mark})
    headers = {**_CACHING, "ETag": mark, "Content-Language": shown.language}
    text = await _once(shown, mark, lambda: page_of(shown).encode())
    return HTMLResponse(text, headers={**headers, "Content-Security-Policy": security_policy()})


@router.get(
    "/notice.pdf",
    operation_id="read_notice_document",
    summary="The privacy notice as an accessible PDF for A4",
    response_class=Response,
    responses={**problems(NoticeNotFound, RegisterMissing), 200: {"content": {"application/pdf": {}}}},
)
async def read_notice_document(
    request: Request, lang: Spoken = None, version: Number = None, accept: Accepted = None
) -> Response:
    """PDF/UA-1; the same bytes for the same version and language."""
    shown = await _shown(request, lang, version, accept)
    mark = _mark(shown, "pdf")
    name = f"notice-{shown.version}-{shown.language}.pdf"
    headers = {**_CACHING, "ETag": mark, "Content-Disposition": f'inline; filename="{name}"'}
    made = await _once(shown, mark, lambda: document_of(shown))
    return Response(made, media_type="application/pdf", headers={**headers, "Content-Language": shown.language})


async def _shown(request: Request, lang: str | None, number: int | None, accept: str | None) -> Shown:
    """The version in the language that suits; the first reader ever has the first version published."""
    served, known = services(request), registers(request)
    register = await known.current()
    last = await served.db.read(versions.newest)
    if last is None:
        op = await builtin_operation(PUBLIC, served, known)
        await op.write(publishing.publish)
        last = await served.db.read(versions.newest)
    current = 0 if last is None else last.version
    row = await served.db.read(service.version, number or current)
    spoken = tuple(row.languages)
    language = preferred(spoken, lang, accept, register.definition.default_language)
    day = words(language).day(row.published_at.astimezone(register.definition.zone).date())
    return Shown(row.version, current, language, spoken, row.published_at, day, row.content[language])


def _mark(shown: Shown, form: str) -> str:
    """The entity tag: what is shown depends on the version, the language and the version in force."""
    return f'"{shown.version}-{shown.current}-{shown.language}-{form}"'


async def _once(shown: Shown, mark: str, make: Callable[[], bytes]) -> bytes:
    """What `make` makes of this version, kept for a while."""
    key = (mark, shown.published_at, hash(text_of(shown.stored)))
    kept: bytes | None = _made.get(key, time.monotonic())
    if kept is None:
        kept = await asyncio.to_thread(make)
        _made.put(key, kept, time.monotonic())
    return kept
