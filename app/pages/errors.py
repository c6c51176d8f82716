"""Refusals of the person's pages, as programs get them; people get a page."""

from app.errors import BadRequest, NotFound, Unprocessable, UnsupportedMediaType


class FormNeeded(UnsupportedMediaType):
    code, title = "form-needed", "The body must be a form: application/x-www-form-urlencoded or multipart/form-data"


class NothingAsked(BadRequest):
    code, title = "nothing-asked", "The form asks for nothing; one click is `List-Unsubscribe=One-Click` (RFC 8058)"


class PageNotFound(NotFound):
    code, title = "page-not-found", "There is no such page"


class FormInvalid(Unprocessable):
    code, title = "form-invalid", "The form cannot be taken as sent"
