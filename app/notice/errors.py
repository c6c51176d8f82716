"""Refusals about the notice."""

from app.errors import NotFound


class NoticeNotFound(NotFound):
    code, title = "notice-version-not-found", "There is no such version of the notice"
