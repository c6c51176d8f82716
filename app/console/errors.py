"""Refusals of the console; people get a page."""

from app.errors import Forbidden, NotFound, TryLater, Unauthorized, Unprocessable


class SignInNeeded(Unauthorized):
    code, title = "sign-in-needed", "Sign in to the console first"


class FormForged(Forbidden):
    code, title = "form-forged", "The form does not come from this console, or from an earlier sign-in; open it again"


class FormIncomplete(Unprocessable):
    code, title = "form-incomplete", "The form cannot be taken as sent"


class ProviderNotSet(NotFound):
    code, title = "sign-in-provider-not-set", "This installation signs nobody in through a provider"


class ProviderSilent(TryLater):
    code, title = "sign-in-provider-silent", "The sign-in provider does not answer as it should; try again later"


class ProviderRefused(Forbidden):
    code, title = "sign-in-refused", "The sign-in provider's answer cannot be taken; begin again"


class NobodyHere(Forbidden):
    code, title = "nobody-here", "No person's API client has this e-mail address and role; ask the register's owner"
