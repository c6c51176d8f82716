"""Refusals about breaches."""

from typing import Any

from app.errors import Conflict, NotFound, PreconditionFailed, PreconditionRequired, Unprocessable


class BreachNotFound(NotFound):
    code, title = "breach-not-found", "There is no such breach"


class BreachInvalid(Unprocessable):
    code, title = "breach-invalid", "The breach cannot be recorded as sent"


class AssessmentRefused(Unprocessable):
    code, title = "assessment-refused", "The assessment cannot stand (Art. 33(1), 34)"


class NotificationRefused(Unprocessable):
    code, title = "notification-refused", "The notification lacks what Art. 33 asks for"


class CommunicationRefused(Unprocessable):
    code, title = "communication-refused", "People cannot be told in these words (Art. 34(2))"


class NoCommunication(Conflict):
    code, title = "no-communication", "Record first in what words people are told in this language (Art. 34(2))"


class BreachClosed(Conflict):
    code, title = "breach-closed", "The breach is closed; reopen it first"


class BreachOpen(Conflict):
    code, title = "breach-open", "The breach is not closed"


class BreachUnsettled(Conflict):
    code, title = "breach-unsettled", "Something is still owed to the authority or to people (Art. 33, 34)"


class BreachStale(PreconditionFailed):
    pass


class BreachIfMatchNeeded(PreconditionRequired):
    pass


def invalid(pointer: str, detail: str, **more: Any) -> BreachInvalid:
    """A `BreachInvalid` that names the member."""
    return BreachInvalid(errors=[{"detail": detail, "pointer": pointer, **more}])
