"""Unsubscribe links for those who send marketing; what people do with them is in `app/pages`."""

from typing import Annotated

from fastapi import APIRouter

from app.auth.roles import Scope
from app.consents import links
from app.consents.errors import ConsentInvalid, NotMarketing
from app.consents.schemas_links import UnsubscribeLinksIn, UnsubscribeLinksOut
from app.deps import Served
from app.errors import problems
from app.register.deps import allowed
from app.register.operation import Operation

router = APIRouter(prefix="/v1", tags=["consents"])

Sending = Annotated[Operation, allowed(Scope.CONSENTS_WRITE)]


@router.post(
    "/unsubscribe-links",
    operation_id="make_unsubscribe_links",
    summary="Links to leave direct marketing, and the headers of RFC 8058, for up to 1000 people",
    responses=problems(NotMarketing, ConsentInvalid),
)
async def make_unsubscribe_links(sent: UnsubscribeLinksIn, op: Sending, served: Served) -> UnsubscribeLinksOut:
    """Answers 200 with a result for each subject. The same person, purpose, channel and address has the same link.

    Every marketing message carries its link (F83). It opens a page that withdraws when its button is pressed; a POST
    of `List-Unsubscribe=One-Click` withdraws at once.
    """
    return await op.write(links.make, sent, served.settings.base_url)
