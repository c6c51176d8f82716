"""Why a reply is not given, and why a link does not open."""

from app.errors import Conflict, Gone, NotFound, Unprocessable


class NotAboutData(Conflict):
    code, title = "not-about-data", "Only a request for access or portability is answered with data"


class PersonNotLinked(Conflict):
    code, title = "no-person", "Link the request to one identified person first"


class IdentityUnknown(Conflict):
    code, title = "identity-unknown", "Record how the person was identified before anything personal leaves"


class ReplyRefused(Conflict):
    code, title = "reply-refused", "The request has been refused, taken back or closed; nothing of it leaves"


class NothingToRedact(Unprocessable):
    code, title = "nothing-to-redact", "The reply has no such record or field"


class RedactionNotFound(NotFound):
    code, title = "redaction-not-found", "There is no such mark on this reply"


class Released(Conflict):
    code, title = "released", "The reply has been released; withdraw the release first"


class ChangedMeanwhile(Conflict):
    code, title = "changed-meanwhile", "Something was marked while the reply was made; look at it and release again"


class ReleaseNotFound(NotFound):
    code, title = "release-not-found", "The reply has not been released"


class LinkNotFound(NotFound):
    code, title = "link-not-found", "There is no such link"


class LinkEnded(Gone):
    code, title = "link-ended", "The link has been used or is no longer valid"
