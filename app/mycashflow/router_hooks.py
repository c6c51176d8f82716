"""Where the shop sends its messages; the secret stands in the address, which is never logged."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from app.auth.errors import TooManyFailures
from app.auth.failures import guessing
from app.connectors.configuration import Connectors
from app.deps import Services, services
from app.errors import problems
from app.mycashflow import hooks
from app.mycashflow.errors import HookNotFound
from app.polling import repository

router = APIRouter(prefix="/hooks", tags=["from recipients"])

Secret = Annotated[str, Path(min_length=24, max_length=200, pattern=r"^[A-Za-z0-9_-]+$")]


@router.post(
    "/mycashflow/{secret}",
    operation_id="hear_mycashflow",
    summary="A message of the shop: look at an object anew",
    status_code=204,
    responses=problems(HookNotFound, TooManyFailures),
)
async def hear_mycashflow(secret: Secret, request: Request) -> Response:
    """Whatever the message says of an order or a customer is not believed: the object is read from the shop."""
    served: Services = services(request)
    connectors: Connectors = request.app.state.connectors
    with guessing(request.app.state.link_failures, request.client and request.client.host, HookNotFound):
        found = hooks.addressed(connectors, secret)
        raw = await request.body()
        if found is None or not hooks.is_genuine(found.hooks, request.headers, raw):
            raise HookNotFound
    hint = hooks.hinted(found, _json(raw))
    if hint is not None:
        await served.db.write(repository.hint, found.recipient, *hint, served.clock())
    return Response(status_code=204)


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None
