"""Refusals about the register definition and the purposes it declares."""

from app.errors import Conflict, Forbidden, NotFound, TryLater, Unprocessable


class DefinitionRefused(Unprocessable):
    code, title = "definition-invalid", "The register definition contradicts itself or cannot be read"


class VersionNotFound(NotFound):
    code, title = "register-version-not-found", "There is no such version of the register definition"


class RegisterMissing(TryLater):
    code, title = "register-missing", "No register definition has been applied yet"


class PurposeUnknown(Unprocessable):
    code, title = "purpose-unknown", "The purpose is not one the register definition declares (Art. 5(1)(b))"


class PurposeNotForRole(Forbidden):
    code, title = "purpose-not-for-role", "The role of this client does not act for that purpose (Art. 5(1)(b), 18(2))"


class VersionTaken(Conflict):
    code, title = "register-version-taken", "Another version was applied at the same moment"
