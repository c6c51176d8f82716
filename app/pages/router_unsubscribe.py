"""The page behind the link in a marketing message (F83, F84), and the one click of mail programs (RFC 8058)."""

from contextlib import AbstractContextManager
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from starlette.background import BackgroundTask
from starlette.datastructures import FormData

from app.auth.errors import TooManyFailures
from app.auth.failures import guessing
from app.consents import leaving
from app.consents.errors import LinkUnknown
from app.consents.leaving import Opened
from app.consents.links import ONE_CLICK
from app.consents.preferences import Preference, Standing
from app.consents.words import channel_names
from app.deps import services
from app.errors import problems
from app.pages import asking, banning
from app.pages.errors import FormNeeded, NothingAsked
from app.pages.reading import form_of, text
from app.pages.rendering import page, reads_pages, refused
from app.pages.words import Lang, Words, language_of
from app.register.builtin import PUBLIC, builtin_operation
from app.register.deps import registers
from app.register.operation import Operation
from app.settings import Settings

router = APIRouter(prefix="/unsubscribe", tags=["people's pages"])

Token = Annotated[str, Path(max_length=200)]
Done = tuple[str, Preference | None]
Later = BackgroundTask | None
WITHDRAWABLE = frozenset({Standing.GIVEN, Standing.ALLOWED})


@router.get(
    "/{token}",
    operation_id="open_unsubscribe",
    summary="What the person may leave, withdraw and stop; opening changes nothing",
    response_class=HTMLResponse,
    responses=problems(LinkUnknown, TooManyFailures),
)
async def open_unsubscribe(token: Token, request: Request, lang: Lang = None) -> HTMLResponse:
    """A page with a button each; what mail programs press by themselves is a POST (RFC 8058)."""
    op = await builtin_operation(PUBLIC, services(request), registers(request))
    try:
        opened = await _opened(request, op, token)
        return _page(request, op, opened, lang)
    except (LinkUnknown, TooManyFailures) as problem:
        return refused(request, op.definition, problem, lang)


@router.post(
    "/{token}",
    operation_id="unsubscribe",
    summary="Withdraw at once: one click of a mail program, or a button of the page",
    response_class=HTMLResponse,
    responses=problems(LinkUnknown, TooManyFailures, NothingAsked, FormNeeded),
)
async def unsubscribe(token: Token, request: Request, lang: Lang = None) -> HTMLResponse:
    """A form in either encoding with `List-Unsubscribe=One-Click` (RFC 8058), or a field of the page's own buttons.

    Needs no cookie and no sign-in, never redirects, and may be repeated: whoever holds the token may do just this.
    """
    op = await builtin_operation(PUBLIC, services(request), registers(request))
    form = await form_of(request)
    try:
        opened = await _opened(request, op, token)
    except (LinkUnknown, TooManyFailures) as problem:
        return refused(request, op.definition, problem, lang)
    try:
        done, later = await _act(request, op, token, form, opened)
    except NothingAsked:
        if not reads_pages(request):
            raise
        return _page(request, op, opened, lang, status=400)
    if reads_pages(request):
        answer = _page(request, op, await op.db.read(leaving.opened, op, token), lang, done)
    else:
        answer = _short(request, op, opened, lang)
    answer.background = later
    return answer


def _short(request: Request, op: Operation, opened: Opened, lang: str | None) -> HTMLResponse:
    """What a mail program gets, which shows it to nobody: nothing is looked up for it."""
    words = Words(language_of(request, op.definition, lang, opened.link.language))
    return page("message.html", words, op.definition, words("leave_title"), text=words("leave_short"))


async def _opened(request: Request, op: Operation, token: str) -> Opened:
    with _guessing(request):
        return await op.db.read(leaving.opened, op, token)


def _guessing(request: Request) -> AbstractContextManager[None]:
    return guessing(request.app.state.link_failures, request.client and request.client.host, LinkUnknown)


async def _act(request: Request, op: Operation, token: str, form: FormData, opened: Opened) -> tuple[Done, Later]:
    """Do what the form asks; the sentence that says so, what it is about, and what is left. Raises `NothingAsked`."""
    if text(form, ONE_CLICK[0]) == ONE_CLICK[1]:
        if not opened.has_left:  # a repeat writes nothing
            await op.write(leaving.withdraw, token, "one_click")
        return ("leave_done", None), None
    if text(form, "stop") == "all":
        await op.write(banning.stop_all, token)
        return ("ban_done", None), None
    if chosen := _chosen(opened, text(form, "give")):
        return ("give_sent", None), await _ask_again(request, op, token, chosen, opened)
    chosen = _chosen(opened, text(form, "withdraw"))
    if chosen is None:
        raise NothingAsked
    if chosen.standing in WITHDRAWABLE:
        await op.write(leaving.withdraw, token, "preferences", (chosen.purpose.code, chosen.channel))
    return ("withdrawn", chosen), None


def _chosen(opened: Opened, named: str) -> Preference | None:
    return next((one for one in opened.preferences if value_of(one) == named), None)


async def _ask_again(request: Request, op: Operation, token: str, wanted: Preference, opened: Opened) -> Later:
    """Write the invitation now; the message leaves after the answer, which so tells nothing by how long it takes."""
    settings, definition = services(request).settings, op.definition
    if not _can_ask(settings, opened, wanted):
        raise NothingAsked
    wording = opened.wordings[wanted.purpose.code]
    message = await op.write(asking.prepare, token, wanted, wording, settings.base_url)
    if message is None:
        return None
    name, words = definition.controller.legal_name, Words(language_of(request, definition, opened.link.language))
    return BackgroundTask(asking.send, settings, message, words, definition.request_email, name)


def _can_ask(settings: Settings, opened: Opened, one: Preference) -> bool:
    """Whether a message can ask for it: nothing about whether anybody is there to get one."""
    off = one.purpose.needs_consent and one.standing not in WITHDRAWABLE
    by_email = settings.smtp_url is not None and opened.link.address_kind == "email"
    return off and by_email and one.purpose.code in opened.wordings


def value_of(one: Preference) -> str:
    """How a button names a purpose and channel."""
    return one.purpose.code if one.channel is None else f"{one.purpose.code}.{one.channel.value}"


def _page(
    request: Request, op: Operation, opened: Opened, lang: str | None, done: Done = ("", None), status: int = 200
) -> HTMLResponse:
    link, definition, settings = opened.link, op.definition, services(request).settings
    words = Words(language_of(request, definition, lang, link.language))
    purpose = definition.purpose(link.purpose)
    name = link.purpose if purpose is None else purpose.label.text(words.language, "en")
    about = {"purpose": name, "channel": channel_names(words.language, [link.channel])[0]}
    shown = [_shown(words, one, _can_ask(settings, opened, one)) for one in opened.preferences]
    said, what = done
    filled = {"what": _name(words, what)} if what is not None else about if said == "leave_done" else {}
    return page(
        "unsubscribe.html",
        words,
        definition,
        words("leave_title"),
        status=status,
        has_left=opened.has_left,
        banned=opened.reached.is_banned,
        preferences=shown,
        asks=any(one["can_ask"] for one in shown),
        done=words(said, **filled) if said else "",
        **about,
    )


def _shown(words: Words, one: Preference, can_ask: bool) -> dict[str, Any]:
    return {"name": _name(words, one), "value": value_of(one), "standing": one.standing.value, "can_ask": can_ask}


def _name(words: Words, one: Preference) -> str:
    label = one.purpose.label.text(words.language, "en")
    return label if one.channel is None else f"{label}, {channel_names(words.language, [one.channel.value])[0]}"
