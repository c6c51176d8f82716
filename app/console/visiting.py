"""Who opens a page of the console: the session behind the cookie, the form's own mark, the operation to run."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData

from app.auth.actor import Actor
from app.auth.errors import ScopeMissing
from app.auth.idempotency import parse_key
from app.auth.roles import Scope
from app.console import repository, sessions
from app.console.errors import FormForged, SignInNeeded
from app.console.sessions import LASTS, Session
from app.console.words import Words
from app.deps import services
from app.keys import Keys
from app.pages import reading
from app.pages.reading import form_of, text
from app.register.deps import registers
from app.register.operation import Operation, purpose_of

MARK: Final = "form_mark"
"""The hidden field of each form; what it holds only this console can make, for this session."""
ONCE: Final = "once"
"""The hidden field of a form that makes something: new each time that its page is opened."""
WRITTEN: Final = "written"
"""Where a refusal finds what was written, so that nobody has to think of it twice."""
MOST_FIELDS: Final = 5_000
"""Of somebody who has signed in: a decision may say something of five hundred records, in seven fields each."""
UNSAID: Final = frozenset({MARK, ONCE, "name", "email", "phone", "new_name", "new_email", "new_phone"})
"""Fields that a refusal does not repeat: the form's own, and who somebody is."""
_SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Visit:
    """One opened page or sent form."""

    request: Request
    op: Operation
    session: Session
    words: Words
    mark: str
    form: FormData

    def once(self) -> Operation:
        """The operation of a form that makes something: pressed twice, it makes it once, as an Idempotency-Key does."""
        op, key = self.op, text(self.form, ONCE) or None
        said = repr([(name, value) for name, value in self.form.multi_items() if name != MARK])
        op.key = parse_key(op.keys, key, op.actor.id, f"POST {self.request.url.path}"[:120], said.encode())
        return op

    def may(self, scope: Scope) -> bool:
        """Whether the client has the scope, so that the page offers what the API would do."""
        return scope in self.op.actor.scopes


def visiting(*scopes: Scope) -> Any:
    """The dependency of a page that needs these scopes; a form must carry the mark of the session as well."""

    async def visit(request: Request) -> Visit:
        return await _visit(request, scopes)

    return Depends(visit)


async def _visit(request: Request, scopes: Sequence[Scope]) -> Visit:
    session = await session_of(request)
    request.state.language = session.language
    served = services(request)
    mark = mark_of(served.keys, session.cookie)
    form = FormData() if request.method in _SAFE else await marked_form(request, mark, MOST_FIELDS)
    told = [(k, v) for k, v in form.items() if k not in UNSAID and isinstance(v, str) and v]
    setattr(request.state, WRITTEN, told)
    missing = [scope for scope in scopes if scope not in session.actor.scopes]
    if missing:
        raise ScopeMissing(f"the operation needs the scope {missing[0]}; the role {session.actor.role} has it not")
    op = await operation_as(request, session.actor)
    return Visit(request, op, session, Words(session.language), mark, form)


async def operation_as(request: Request, actor: Actor) -> Operation:
    """The operation of somebody who is known, for the purpose that suits their role."""
    served, known = services(request), registers(request)
    register = await known.current()
    purpose = purpose_of(actor, register.definition, None)
    return Operation(served.db, served.keys, known, actor, register, purpose, served.clock())


async def session_of(request: Request) -> Session:
    """Who is signed in; raises `SignInNeeded`."""
    cookie = request.cookies.get(cookie_name(request))
    if cookie is None:
        raise SignInNeeded
    served = services(request)
    session = await served.db.read(sessions.found, cookie, served.clock())
    if session.stale:
        await served.db.write(repository.note_use, session.id, served.clock())
    return session


async def marked_form(request: Request, mark: str, most: int = reading.MOST_FIELDS) -> FormData:
    """The fields of a form that carries the mark; raises `FormForged`, also if it came from elsewhere."""
    form = await form_of(request, most)
    came_from = request.headers.get("sec-fetch-site", "same-origin")
    if came_from != "same-origin" or not hmac.compare_digest(text(form, MARK).encode(), mark.encode()):
        raise FormForged
    return form


def mark_of(keys: Keys, cookie: str) -> str:
    """What the forms of a session carry; nobody who cannot read the cookie and our keys can make it."""
    return keys.mac("console-form", cookie).hex()


def is_https(request: Request) -> bool:
    """Whether people reach us by HTTPS: as this request says, or as the installation's public address does."""
    return request.url.scheme == "https" or services(request).settings.base_url.startswith("https:")


def cookie_name(request: Request, of: str = "seloste") -> str:
    """`__Host-`: no other host, subdomain or path can set it (RFC 6265bis §4.1.3); browsers ask for HTTPS then."""
    return f"__Host-{of}" if is_https(request) else of


def set_cookie(
    request: Request,
    response: Response,
    value: str,
    of: str = "seloste",
    sent: Literal["strict", "lax"] = "strict",
) -> None:
    """Out of reach of scripts, and sent from our own pages only; `lax`: also when a link leads here."""
    response.set_cookie(
        cookie_name(request, of),
        value,
        max_age=int(LASTS.total_seconds()),
        path="/",
        secure=is_https(request),
        httponly=True,
        samesite=sent,
    )


def drop_cookie(request: Request, response: Response, of: str = "seloste") -> None:
    """Forget it."""
    name, secure = cookie_name(request, of), is_https(request)
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="strict")
