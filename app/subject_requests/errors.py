"""Refusals about subject requests. A refused erasure is a decision, not an error."""

from app.errors import Conflict, Forbidden, NotFound, PreconditionFailed, PreconditionRequired, Unprocessable


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


class BalancingIncomplete(Unprocessable):
    code, title = "balancing-incomplete", "The controller has not demonstrated what would override (Art. 21(1))"


class RecordChanged(Conflict):
    code, title = "record-changed", "The record has changed since it was looked at; look again, then decide"


class NotRestricted(Conflict):
    code, title = "not-restricted", "The request restricts nothing (any more)"


class RestrictionNotTold(Conflict):
    code, title = "restriction-not-told", "The restriction may not be lifted yet (Art. 18(3))"


class ExtensionRefused(Conflict):
    code, title = "extension-refused", "The extension is not granted (Art. 12(3))"


class StillOpen(Conflict):
    code, title = "still-open", "Recipients or the letter are still open (Art. 19)"


class RequestStale(PreconditionFailed):
    pass


class RequestIfMatchNeeded(PreconditionRequired):
    pass


class CalendarFeedNotFound(NotFound):
    code, title = "calendar-feed-not-found", "There is no such calendar"


class HoldNotFound(NotFound):
    code, title = "hold-not-found", "There is no such hold in force"


class AlreadyExecuted(Conflict):
    """Tells the way: what was erased does not come back, so a wrong erasure is a breach (Art. 33)."""

    code, title = "already-executed", "The erasure has been carried out; a wrong one is a personal data breach"


class CannotBeDecided(Conflict):
    code, title = "cannot-be-decided", "Nobody may act on this request as things stand"


class SamePerson(Forbidden):
    code, title = "same-person", "Four eyes: another person than the one who proposed the decision must do this"


class ApproverNeeded(Forbidden):
    code, title = (
        "approver-needed",
        "Whoever took the request in cannot approve a fee; another person must (Art. 12(5))",
    )


class AbuseNotShown(Unprocessable):
    code, title = "abuse-not-shown", "What Art. 12(5) or 15(3) demands has not been shown"


class DeathReported(Conflict):
    code, title = "death-reported", "A report of this person's death stands already"


class DeathNotReported(NotFound):
    code, title = "death-not-reported", "No report of this person's death stands"


class EmailUnclear(Unprocessable):
    code, title = "email-unclear", "The e-mail does not say it clearly; give these members by hand"


class NothingProposed(Conflict):
    code, title = "nothing-proposed", "Nobody of that choice is proposed any more"


class DecisionNotFound(NotFound):
    code, title = "decision-not-found", "There is no such decision over proposals"
