"""Refusals about notifications to recipients."""

from app.errors import Conflict, NotFound


class NotificationNotFound(NotFound):
    code, title = "notification-not-found", "There is no such notification"


class NotificationClosed(Conflict):
    code, title = "notification-closed", "The notification has been closed already"


class NotParked(Conflict):
    code, title = "notification-under-way", "A worker is at the notification now; try again in a few minutes"


class AnswerLinkUnknown(NotFound):
    code, title = "answer-link-unknown", "There is no such link"
