"""Refusals of the shop's messages."""

from app.errors import NotFound


class HookNotFound(NotFound):
    code, title = "hook-not-found", "Nothing listens here"
