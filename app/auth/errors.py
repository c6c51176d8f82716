"""Refusals of authentication, scopes, idempotency keys and API clients, and of the sign-in at a provider."""

from app.errors import BadRequest, Conflict, Forbidden, NotFound, TooManyRequests, TryLater, Unprocessable


class TooManyFailures(TooManyRequests):
    """Tells how many seconds to wait."""

    code, title = "too-many-failures", "Too many unknown tokens or links came from this address; wait and try again"

    def __init__(self, seconds: int = 1) -> None:
        super().__init__()
        self.headers = {"Retry-After": str(seconds)}


class ScopeMissing(Forbidden):
    code, title = "scope-missing", "The role of this client lacks the scope that the operation needs"


class PersonNeeded(Forbidden):
    code, title = "person-needed", "Only a person may do this; integrations never decide (Art. 22, F97)"


class ClientNotFound(NotFound):
    code, title = "client-not-found", "There is no such API client"


class ClientNameTaken(Conflict):
    code, title = "client-name-taken", "An active API client has that name"


class ClientInvalid(Unprocessable):
    code, title = "client-invalid", "Role, kind and systems do not fit together"


class ClientWithdrawn(Conflict):
    code, title = "client-withdrawn", "The API client has been withdrawn for good; make another"


class LastOwner(Conflict):
    code, title = "last-owner", "The last active owner cannot be withdrawn"


class KeyInvalid(BadRequest):
    code, title = "idempotency-key-invalid", "Idempotency-Key must be 1 to 255 visible ASCII characters"


class KeyReused(Unprocessable):
    code, title = "idempotency-key-reused", "The Idempotency-Key was used with another body"


class KeyInFlight(Conflict):
    code, title = "idempotency-key-in-flight", "A request with this Idempotency-Key is still running"


class ProviderNotSet(NotFound):
    code, title = "sign-in-provider-not-set", "This installation signs nobody in through a provider"


class ProviderSilent(TryLater):
    code, title = "sign-in-provider-silent", "The sign-in provider does not answer as it should; try again later"


class ProviderRefused(Forbidden):
    code, title = "sign-in-refused", "The sign-in provider's answer cannot be taken; begin again"


class NobodyHere(Forbidden):
    code, title = "nobody-here", "No person's API client has this e-mail address and role; ask the register's owner"
