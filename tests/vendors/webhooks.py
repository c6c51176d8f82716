"""A recipient's program that takes Standard Webhooks: checks signatures, and does what it is told once.

`POST /hook` takes them. Its secret is printed by `python -m tests.vendors webhooks`; `DELETE /hook` makes it gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.vendors.serving import Troubled, Troubles

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Receiver:
    """Knows one secret; during a rotation the sender signs with this one and another."""

    secret: str = SECRET
    gone: bool = False
    redirect: str | None = None
    done: dict[str, Any] = field(default_factory=dict)
    """By message id what it was told."""
    deliveries: int = 0

    async def take(self, request: Request) -> Response:
        """Check, then store; a message that is known already changes nothing."""
        if request.method == "DELETE":
            self.gone = True
            return Response(status_code=204)
        if self.gone or self.redirect:
            return Response(status_code=410 if self.gone else 307, headers={"location": self.redirect or ""})
        body = await request.body()
        try:
            event = Webhook(self.secret).verify(body, dict(request.headers))
        except WebhookVerificationError:
            return Response(status_code=401)
        self.deliveries += 1
        self.done.setdefault(request.headers["webhook-id"], event)
        return Response(status_code=202)


def create_app(receiver: Receiver | None = None, troubles: Troubles | None = None) -> ASGIApp:
    """The program."""
    one = receiver or Receiver()
    routes: Sequence[Route] = [Route("/hook", one.take, methods=["POST", "DELETE"])]
    return Troubled(Starlette(routes=list(routes)), troubles or Troubles())
