"""Why personal data are processed (Art. 5(1)(b), 6(1)) and where they come from."""

from collections.abc import Iterator

from pydantic import model_validator

from app.policy.vocabulary import Channel, LegalBasis, Nature, Telling
from app.register.definition_base import Code, Contradiction, Label, Stated, Text, Wording, refuse

ELECTRONIC = frozenset({Channel.EMAIL, Channel.SMS})
OBLIGATIONS = frozenset({Nature.ACCOUNTING, Nature.SUBJECT_RIGHTS})


class Purpose(Stated):
    """One declared purpose with exactly one legal basis (F12-F20, N12)."""

    code: Code
    label: Label
    basis: LegalBasis
    nature: Nature
    categories: tuple[Code, ...]
    channels: tuple[Channel, ...] = ()
    recipients: tuple[Code, ...] = ()
    soft_opt_in: bool = False
    product_groups: tuple[Code, ...] = ()
    interests: Wording | None = None
    note: Text | None = None
    tell_first: tuple[Telling, ...] = ()

    @property
    def needs_consent(self) -> bool:
        """True if it rests on consent (Art. 6(1)(a), 7)."""
        return self.basis is LegalBasis.CONSENT

    @property
    def is_marketing(self) -> bool:
        """True if it is direct marketing, which a marketing ban stops (Art. 21(2)-(3))."""
        return self.nature is Nature.DIRECT_MARKETING

    @model_validator(mode="after")
    def _is_consistent(self) -> "Purpose":
        refuse(self.code, [*self._about_basis(), *self._about_marketing(), *self._about_telling()])
        return self

    def _about_basis(self) -> Iterator[Contradiction]:
        interests = self.basis is LegalBasis.LEGITIMATE_INTERESTS
        if interests and self.interests is None:
            yield Contradiction(("interests",), "the legitimate interests pursued are not named (Art. 13(1)(d))")
        if not interests and self.interests is not None:
            yield Contradiction(("interests",), "are named although the basis is not 6(1)(f)")
        if self.nature in OBLIGATIONS and self.basis is not LegalBasis.LEGAL_OBLIGATION:
            yield Contradiction(("basis",), f"a purpose of nature '{self.nature}' is a legal obligation: 6(1)(c)")
        if self.is_marketing and self.basis not in {LegalBasis.CONSENT, LegalBasis.LEGITIMATE_INTERESTS}:
            message = f"direct marketing cannot rest on {self.basis}"
            yield Contradiction(("basis",), message, "use 6(1)(a), or 6(1)(f) with soft_opt_in")

    def _about_telling(self) -> Iterator[Contradiction]:
        opposable = self.is_marketing or self.basis in {LegalBasis.LEGITIMATE_INTERESTS, LegalBasis.PUBLIC_TASK}
        if Telling.RIGHT_TO_OBJECT in self.tell_first and not opposable:
            yield Contradiction(("tell_first",), "there is no right to object to the purpose (Art. 21(1), (2))")

    def _about_marketing(self) -> Iterator[Contradiction]:
        if self.is_marketing and not self.channels:
            yield Contradiction(("channels",), "direct marketing must name its channels")
        if self.channels and not self.is_marketing:
            yield Contradiction(("channels",), "are named although the purpose is not direct marketing")
        if self.soft_opt_in and (not self.is_marketing or self.needs_consent):
            yield Contradiction(("soft_opt_in",), "belongs to direct marketing without consent only")
        if self.product_groups and not self.soft_opt_in:
            yield Contradiction(("product_groups",), "are named although there is no soft opt-in")
        electronic = self.is_marketing and bool(ELECTRONIC.intersection(self.channels))
        if electronic and self.basis is LegalBasis.LEGITIMATE_INTERESTS and not self.soft_opt_in:
            message = "electronic direct marketing without consent needs the soft opt-in (2002/58/EC Art. 13)"
            yield Contradiction(("channels",), message, "set soft_opt_in: true, or leave only phone and post")


class Source(Stated):
    """Where personal data regularly come from (Art. 13, 14(2)(f); F60-F62)."""

    code: Code
    label: Label
