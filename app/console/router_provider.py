"""Sign in at a provider (OpenID Connect) instead of with a token."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.auth.errors import NobodyHere, ProviderRefused
from app.auth.failures import guessing
from app.auth.provider import Begun, Provider, person_of
from app.console import sessions
from app.console.rendering import ConsolePage, plain
from app.console.visiting import cookie_name, drop_cookie, operation_as, set_cookie
from app.console.words import Words, language_of
from app.deps import services

router = APIRouter(prefix="/console/provider", route_class=ConsolePage, include_in_schema=False)

ON_ITS_WAY = "seloste-provider"
Said = Annotated[str, Query(max_length=4000)]


@router.get("")
async def begin(request: Request) -> Response:
    """To the provider, with what ties its answer to this browser."""
    provider, begun = _provider(request), Begun.new()
    async with provider.client:
        answer = RedirectResponse(await provider.begin(begun), status_code=303)
    set_cookie(request, answer, str(begun), ON_ITS_WAY, sent="lax")
    return answer


@router.get("/callback")
async def finish(request: Request, code: Said = "", state: Said = "", iss: Said = "") -> Response:
    """The provider's answer. The page that follows leads on by itself: a cookie that is sent from our own pages only
    is not sent on a way that began elsewhere."""
    served = services(request)
    provider = _provider(request)
    begun = Begun.read(request.cookies.get(cookie_name(request, ON_ITS_WAY), ""))
    if not code or not hmac.compare_digest(begun.state.encode(), state.encode()):
        raise ProviderRefused
    if iss and iss.rstrip("/") != provider.issuer:  # an answer of somebody else's (RFC 9207)
        raise ProviderRefused
    async with provider.client:
        claims = await provider.finish(begun, code, served.clock())
    with guessing(request.app.state.link_failures, request.client and request.client.host, NobodyHere):
        actor = await served.db.read(person_of, claims, provider.role_claim, served.clock())
    op = await operation_as(request, actor)
    words = Words(language_of(request, op.definition.default_language))
    cookie = await op.write(sessions.begin, words.language)
    controller = op.definition.controller.legal_name
    answer = plain("signed_in.html", words, words("signed_in"), controller=controller, onward="/console")
    set_cookie(request, answer, cookie)
    drop_cookie(request, answer, ON_ITS_WAY)
    return answer


def _provider(request: Request) -> Provider:
    return Provider.of(services(request).settings, request.app.state.sign_in_provider)
