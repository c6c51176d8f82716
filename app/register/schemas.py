"""Payloads of the register routes."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator

from app.wire import In, Out, as_sent


class DefinitionIn(In):
    """The whole definition as a YAML document."""

    document: Annotated[str, as_sent(max_length=1_048_576), AfterValidator(str.strip)]


class RegisterOut(Out):
    """A version of the definition, as parsed and as written."""

    version: int
    digest: str
    definition: dict[str, Any]
    document: str


class VersionOut(Out):
    version: int
    digest: str
    applied_at: datetime
    applied_by: UUID | None


class AppliedOut(Out):
    """`changed` is false when the document says what the newest version says already."""

    version: int
    changed: bool
