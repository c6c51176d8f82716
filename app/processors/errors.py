"""Refusals about recipients, agreements and transfers. A refused disclosure is a decision, not a problem."""

from typing import Any

from app.errors import Conflict, Gone, NotFound, Unprocessable


class ProcessorNotFound(NotFound):
    code, title = "processor-not-found", "No recipient is known by that id, code or name"


class ProcessorNameTaken(Conflict):
    code, title = "processor-name-taken", "Another recipient is known by that code or name"


class ProcessorInvalid(Unprocessable):
    code, title = "processor-invalid", "The register does not take this recipient as sent"


class TransferNotFound(NotFound):
    code, title = "transfer-not-found", "There is no such transfer"


class TransferInvalid(Unprocessable):
    code, title = "transfer-invalid", "The register does not take this transfer as sent"


class TransferEnded(Conflict):
    code, title = "transfer-ended", "The transfer has ended already"


class LapseNotFound(NotFound):
    code, title = "lapse-not-found", "There is no such lapse"


class LapseRecorded(Conflict):
    code, title = "lapse-recorded", "A lapse of this decision stands already"


class LapseTakenBack(Conflict):
    code, title = "lapse-taken-back", "The lapse has been taken back already"


class SubProcessorNotFound(NotFound):
    code, title = "sub-processor-not-found", "There is no such sub-processor"


class SubProcessorInvalid(Unprocessable):
    code, title = "sub-processor-invalid", "The register does not take this sub-processor as sent"


class DisclosureInvalid(Unprocessable):
    code, title = "disclosure-invalid", "The disclosure cannot be judged as sent"


class DisclosureErased(Gone):
    code, title = "disclosure-erased", "The disclosure was erased with the person's data (Art. 17)"


def invalid(kind: type[Unprocessable], pointer: str, detail: str, **more: Any) -> Unprocessable:
    """A problem of that kind which names the member."""
    return kind(errors=[{"detail": detail, "pointer": pointer, **more}])
