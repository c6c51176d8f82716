"""What the published notice says beyond data, purposes and recipients: rights, undertakings, corrections."""

from collections.abc import Iterator
from typing import Literal

from pydantic import model_validator

from app.policy.vocabulary import Right
from app.register.definition_base import (
    Code,
    Contradiction,
    CountryCode,
    Day,
    DefectId,
    Label,
    Part,
    Stated,
    Text,
    Wording,
    refuse,
)


class RightOffered(Stated):
    """A right that the notice offers, with its article and the conditions it states (Art. 13(2)(b))."""

    right: Right
    article: Text
    note: Text | None = None


class Undertaking(Stated):
    """What the controller states or promises in its notice and no other part of the definition carries."""

    code: Code
    text: Wording


class NoticeTexts(Stated):
    """What only the controller can say and the notice needs; what is silent here, the linter names.

    staff: who else than employees works with the register (N39). automated_by_others: who decides or profiles by
    machine on the controller's behalf or their own (N22). security: measures beyond those of this service (Art. 32).
    cookies: where the websites say which they set (N40). storage_countries: where the register is kept; where the
    controller is, unless said.
    """

    staff: Label | None = None
    automated_by_others: Label | None = None
    security: Label | None = None
    cookies: Label | None = None
    storage_countries: tuple[CountryCode, ...] = ()


class Correction(Part):
    """One defect of the published notice and what is done about it; the published text is never altered.

    corrected: `corrected` replaces `original`. annotated: the wording stands, the service does what the law
    asks. open_question: only the controller can answer it.
    """

    defect: DefectId
    place: Text
    original: Text | None
    corrected: Text | None
    treatment: Literal["corrected", "annotated", "open_question"]
    reason: Text
    author: Text
    dated: Day

    @model_validator(mode="after")
    def _is_consistent(self) -> "Correction":
        refuse(self.defect, self._contradictions())
        return self

    def _contradictions(self) -> Iterator[Contradiction]:
        if self.treatment == "corrected" and self.corrected is None:
            yield Contradiction(("corrected",), "is missing although the treatment is 'corrected'")
        if self.treatment != "corrected" and self.corrected is not None:
            yield Contradiction(("corrected",), f"is given although the treatment is '{self.treatment}'")
        if self.original is not None and self.original == self.corrected:
            yield Contradiction(("corrected",), "is the same as the original")
