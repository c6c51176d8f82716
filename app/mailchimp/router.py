"""Where Mailchimp's webhooks come in. The address is a secret; a signature is asked where the webhook has one."""

from contextlib import AbstractContextManager
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Path, Request
from fastapi.responses import PlainTextResponse
from starlette.background import BackgroundTask

from app.auth.errors import TooManyFailures
from app.auth.failures import guessing
from app.connectors.mailchimp_config import MailchimpAccount
from app.deps import services
from app.errors import TooLarge, problems
from app.mailchimp import hooks, inbox
from app.mailchimp.accounts import Accounts
from app.mailchimp.errors import EventUnreadable, HookNotFound, InboxFull, SignatureInvalid
from app.register.deps import registers

router = APIRouter(prefix="/hooks/mailchimp", tags=["from recipients"])

MOST_BYTES = 64 * 1024
Secret = Annotated[str, Path(min_length=20, max_length=200, pattern=r"^[A-Za-z0-9_-]+$")]


@router.get(
    "/{secret}",
    operation_id="probe_mailchimp_hook",
    summary="Mailchimp looks whether the address answers; nothing happens",
    response_class=PlainTextResponse,
    responses=problems(HookNotFound, TooManyFailures),
)
async def probe(secret: Secret, request: Request) -> str:
    """Answers 200 to the secret of an account, 404 to any other."""
    with _guessing(request, HookNotFound):
        _accounts(request).behind(secret)
    return "ok"


@router.post(
    "/{secret}",
    operation_id="take_mailchimp_event",
    summary="An event of a webhook: kept, answered, then worked off",
    response_class=PlainTextResponse,
    responses=problems(HookNotFound, SignatureInvalid, EventUnreadable, TooLarge, TooManyFailures, InboxFull),
)
async def take(
    secret: Secret,
    request: Request,
    signature: Annotated[str | None, Header(alias="X-Mailchimp-Signature", max_length=2000)] = None,
) -> PlainTextResponse:
    """Form-encoded, at least once. An empty body is another way of probing."""
    served = services(request)
    with _guessing(request, HookNotFound):
        recipient, account = _accounts(request).behind(secret)
    body = await _body(request)
    if not body:
        return PlainTextResponse("ok")
    now = served.clock()
    event = hooks.read(body, ZoneInfo(account.fired_at_zone), now)
    with _guessing(request, SignatureInvalid):
        _must_be_signed(account, event.audience, signature, body, request)
    if not await served.db.write(inbox.store, served.keys, recipient, event, now):
        return PlainTextResponse("ok")
    return PlainTextResponse("ok", background=BackgroundTask(_work_off, request))


def _must_be_signed(
    account: MailchimpAccount, audience: str, signature: str | None, body: bytes, request: Request
) -> None:
    """Raise `SignatureInvalid` where the audience's webhook has a secret and the body does not carry its mark.

    Of an audience that is not described, any secret of the account will do: it is no way round the signature.
    """
    described = account.audiences.get(audience)
    meant = account.audiences.values() if described is None else [described]
    secrets = [one.get_secret_value() for each in meant for one in each.signing_secrets]
    if secrets and not hooks.is_signed(secrets, signature, body, services(request).clock()):
        raise SignatureInvalid


async def _body(request: Request) -> bytes:
    """The raw bytes, which the signature covers."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise TooLarge
    return body


async def _work_off(request: Request) -> None:
    """At once where it can be; whatever fails or is forbidden now is done in the background later."""
    if request.app.state.ledger.closed is None:
        await inbox.work_off(services(request), registers(request), _accounts(request))


def _accounts(request: Request) -> Accounts:
    found: Accounts = request.app.state.mailchimp
    return found


def _guessing(request: Request, unknown: type[Exception]) -> AbstractContextManager[None]:
    return guessing(request.app.state.link_failures, request.client and request.client.host, unknown)
