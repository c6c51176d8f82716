"""The request form for every right of Arts. 7(3) and 15 to 21, in the person's language, without account or script."""

import secrets
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import FormData

from app.auth.errors import KeyInFlight, TooManyFailures
from app.auth.failures import Failures
from app.auth.idempotency import parse_key
from app.customers.errors import CustomerInvalid
from app.deps import services
from app.errors import Problem, problems
from app.pages import cases, fields, forms
from app.pages.errors import FormInvalid, FormNeeded, PageNotFound
from app.pages.fields import DETAILED, LONGEST_DETAILS
from app.pages.forms import Faults
from app.pages.reading import form_of, text, texts
from app.pages.rendering import page, reads_pages, refused
from app.pages.words import Lang, Words, language_of
from app.policy.vocabulary import Right
from app.register.builtin import PUBLIC, builtin_operation
from app.register.definition import Definition
from app.register.deps import registers
from app.register.operation import Operation
from app.subject_requests.errors import RequestInvalid

router = APIRouter(prefix="/requests", tags=["people's pages"])

RightName = Annotated[str, Path(max_length=40, description="A right.", examples=["access"])]


@router.get(
    "", operation_id="open_request_forms", summary="The rights that a person can use", response_class=HTMLResponse
)
async def open_request_forms(request: Request, lang: Lang = None) -> HTMLResponse:
    """A page with a link to a form for each right of Arts. 15 to 21, and a word on each. No token."""
    definition = (await registers(request).current()).definition
    words = Words(language_of(request, definition, lang))
    rights = [(right.value, *words.right(right)) for right in Right]
    return page("rights.html", words, definition, words("rights_title"), rights=rights, private=False)


@router.get(
    "/{right}",
    operation_id="open_request_form",
    summary="The form for one right",
    response_class=HTMLResponse,
    responses=problems(PageNotFound),
)
async def open_request_form(right: RightName, request: Request, lang: Lang = None) -> HTMLResponse:
    """Empty, in the person's language; `send_request_form` takes it. An unknown right answers 404."""
    definition = (await registers(request).current()).definition
    try:
        words = Words(language_of(request, definition, lang))
        return _form(words, definition, _right(right), FormData(), {})
    except PageNotFound as problem:
        return refused(request, definition, problem, lang)


@router.post(
    "/{right}",
    status_code=303,
    operation_id="send_request_form",
    summary="Send the form; the answer leads to the private page of the case",
    response_class=Response,
    responses={
        **problems(PageNotFound, FormInvalid, FormNeeded, KeyInFlight, TooManyFailures),
        303: {"description": "Received: `Location` is the private page of the case"},
    },
)
async def send_request_form(right: RightName, request: Request, lang: Lang = None) -> Response:
    """A form in either encoding. It takes the way of every request: case number, clock, acknowledgement; a ban or a
    withdrawal is in force when this answers. Who the person is, a human establishes: nobody is linked by an address.

    An address may send only a few forms a minute. The same form sent twice leads to the same case.
    """
    op = await builtin_operation(PUBLIC, services(request), registers(request))
    form = await form_of(request)
    try:
        words = Words(language_of(request, op.definition, lang))
        return await _take(request, op, _right(right), form, words)
    except (PageNotFound, TooManyFailures) as problem:
        return refused(request, op.definition, problem, lang)


async def _take(request: Request, op: Operation, right: Right, form: FormData, words: Words) -> Response:
    sent: Failures = request.app.state.request_forms
    host = request.client and request.client.host
    sent.check(host)
    filled = forms.read(form, right, op, words)
    if filled.new is None:
        return _faulty(request, op.definition, right, form, filled.faults, words)
    op.key = parse_key(op.keys, _once(form), PUBLIC.id, f"POST /requests/{right.value}", b"")
    try:
        made = await op.create(cases.receive, cases.again, filled.new)
    except (RequestInvalid, CustomerInvalid) as problem:
        faults = forms.refused_faults(problem.extensions.get("errors", ()), right, words)
        return _faulty(request, op.definition, right, form, faults, words)
    sent.spend(host)
    return RedirectResponse(f"../cases/{made.token}?lang={words.language}&new=1", status_code=303)


def _once(form: FormData) -> str | None:
    """The key of this very form and what is in it: sent again it makes nothing, changed it is another request."""
    return sha256(repr(form.multi_items()).encode()).hexdigest() if text(form, "form") else None


def _right(name: str) -> Right:
    try:
        return Right(name)
    except ValueError:
        raise PageNotFound from None


def _faulty(
    request: Request, definition: Definition, right: Right, form: FormData, faults: Faults, words: Words
) -> HTMLResponse:
    """The form again, with what was written; programs get the problem."""
    if not reads_pages(request):
        raise FormInvalid(errors=[{"detail": said, "pointer": f"#/{name}"} for name, said in faults.items()])
    return _form(words, definition, right, form, faults, FormInvalid)


def _form(
    words: Words,
    definition: Definition,
    right: Right,
    form: FormData,
    faults: Faults,
    problem: type[Problem] | None = None,
) -> HTMLResponse:
    title, about = words.right(right)
    identity, proposed = fields.identity_fields(words), fields.value_fields(right, words, definition)
    offered = list(fields.choices(right, words, definition))
    names = [field.name for field in (*identity, *proposed)]
    return page(
        "form.html",
        words,
        definition,
        title,
        status=200 if problem is None else problem.status,
        private=False,
        faulty=bool(faults),
        summary=[(name, faults[name]) for name in (*names, "details") if name in faults],
        faults={name: faults.get(name, "") for name in (*names, "details")},
        about=about,
        nonce=text(form, "form") or secrets.token_urlsafe(16),
        identity=identity,
        proposed=proposed,
        choices=offered,
        picked={each.name: texts(form, each.name) for each in offered},
        values={name: text(form, name) for name in (*names, "details")},
        details_label=DETAILED.get(right, "details"),
        longest=LONGEST_DETAILS,
    )
