"""Refusals of webhooks."""

from app.errors import BadRequest, Forbidden, NotFound, TryLater


class HookNotFound(NotFound):
    code, title = "hook-not-found", "There is nothing at this address"


class SignatureInvalid(Forbidden):
    code, title = "signature-invalid", "The signature is missing, wrong or older than five minutes"


class EventUnreadable(BadRequest):
    code, title = "event-unreadable", "The body is no event of a webhook"


class InboxFull(TryLater):
    code, title = "inbox-full", "Too many events wait to be worked off; send it again later"


class AudienceUnknown(Exception):
    """The configuration no longer describes the audience: a human must look."""
