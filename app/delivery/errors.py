"""Refusals about notifications to recipients."""

from types import MappingProxyType

from app.errors import BadRequest, Conflict, NotFound, TryLater, Unauthorized, Unprocessable


class NotificationNotFound(NotFound):
    code, title = "notification-not-found", "There is no such notification"


class NotificationClosed(Conflict):
    code, title = "notification-closed", "The notification has been closed already"


class NotParked(Conflict):
    code, title = "notification-under-way", "A worker is at the notification now; try again in a few minutes"


class AnswerLinkUnknown(NotFound):
    code, title = "answer-link-unknown", "There is no such link"


class CallbackSenderUnknown(Unauthorized):
    code, title = "callback-sender-unknown", "It cannot be shown which processor sent this"
    headers = MappingProxyType({"WWW-Authenticate": 'Signature realm="opendsr"'})


class CallbackRefused(BadRequest):
    code, title = "callback-refused", "The processor has not signed this, or it is no callback of ours"


class CallbackUnverifiable(TryLater):
    code, title = "callback-unverifiable", "The processor's certificate cannot be had now; send the same again later"
    headers = MappingProxyType({"Retry-After": "60"})


class AnswerUnfinished(Unprocessable):
    code, title = (
        "answer-unfinished",
        "The answer lacks something, or nobody can be shown now; `field` says what",
    )
