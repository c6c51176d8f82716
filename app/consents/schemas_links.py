"""Payloads of unsubscribe links."""

from typing import Annotated, Any

from pydantic import Field

from app.consents.schemas import Who
from app.email_addresses import Email
from app.policy.vocabulary import Channel
from app.wire import Code, In, Out


class UnsubscribeLinksIn(In):
    """For whom, for which direct marketing and on which channel messages are about to go out."""

    purpose: Code
    channel: Channel
    mailto: Email | None = Field(
        default=None, description="A mailbox of yours that also takes withdrawals; named second in `List-Unsubscribe`."
    )
    subjects: Annotated[list[Who], Field(min_length=1, max_length=1000)]


class UnsubscribeLinkOut(Out):
    """A link for the message's text, and the values of both headers for an e-mail (RFC 8058).

    DKIM must sign both headers. `list_unsubscribe_post` is null while SELOSTE_PUBLIC_URL does not begin with `https:`,
    because one-click needs it.
    """

    url: str
    list_unsubscribe: str
    list_unsubscribe_post: str | None


class UnsubscribeLinkResult(Out):
    """One subject's link, or why there is none."""

    index: int
    status: int
    link: UnsubscribeLinkOut | None
    problem: dict[str, Any] | None


class UnsubscribeLinksOut(Out):
    """Results in the order of the subjects."""

    purpose: str
    channel: Channel
    results: list[UnsubscribeLinkResult]
