"""Refusals about subject requests. A refused erasure is a decision, not an error."""

from app.errors import Conflict, NotFound, PreconditionFailed, PreconditionRequired, Unprocessable


class RequestNotFound(NotFound):
    code, title = "request-not-found", "There is no such subject request"


class RequestInvalid(Unprocessable):
    code, title = "request-invalid", "The request cannot be taken as sent"


class StateForbids(Conflict):
    code, title = "state-forbids", "The request's state does not allow this"


class AlreadyDecided(Conflict):
    code, title = "already-decided", "The request has been decided; the decision is part of this answer"


class NotErasable(Conflict):
    code, title = "no-customer", "Link the request to one identified person first"


class IdentityNotEstablished(Unprocessable):
    code, title = "identity-not-established", "Record how the person was identified before anything irreversible"


class OverrideRefused(Unprocessable):
    code, title = "override-refused", "An override may neither shorten a statutory period nor lack its reasons"


class ExtensionRefused(Conflict):
    code, title = "extension-refused", "The extension is not granted (Art. 12(3))"


class StillOpen(Conflict):
    code, title = "still-open", "Recipients or the letter are still open (Art. 19)"


class RequestStale(PreconditionFailed):
    pass


class RequestIfMatchNeeded(PreconditionRequired):
    pass


class HoldNotFound(NotFound):
    code, title = "hold-not-found", "There is no such hold in force"
