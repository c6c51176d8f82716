"""Refusals of the console; people get a page."""

from app.errors import Forbidden, Unauthorized, Unprocessable


class SignInNeeded(Unauthorized):
    code, title = "sign-in-needed", "Sign in to the console first"


class FormForged(Forbidden):
    code, title = "form-forged", "The form does not come from this console, or from an earlier sign-in; open it again"


class FormIncomplete(Unprocessable):
    code, title = "form-incomplete", "The form cannot be taken as sent"
