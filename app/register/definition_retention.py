"""How long personal data are kept (Art. 5(1)(e), 13(2)(a)); every period with its source."""

from types import MappingProxyType
from typing import Annotated

from pydantic import Field, model_validator

from app.policy import holdings, retention
from app.policy.holdings import ClaimsWindow
from app.policy.retention import CountedFrom
from app.policy.vocabulary import Material
from app.register.definition_base import Contradiction, Day, Part, Stated, Text, refuse

Length = Annotated[int, Field(ge=1, le=600)]


class AccountingRule(Stated):
    """A statutory retention period. `checked_on` is empty until a person has read the statute itself."""

    years: Annotated[int, Field(ge=1, le=50)]
    counted_from: CountedFrom
    law: Text
    section: Text
    source: Text
    checked_on: Day | None = None


class AccountingByClass(Part):
    """The statute class by class. A class without a rule is asked about, never guessed."""

    voucher: AccountingRule | None = None
    ledger: AccountingRule | None = None
    oss: AccountingRule | None = None


class Accounting(Stated):
    """How long accounting material is kept: by the notice, by the statute, and which of the two binds."""

    profile: retention.Profile
    as_notice: AccountingRule
    by_class: AccountingByClass = AccountingByClass()

    @model_validator(mode="after")
    def _has_the_chosen_rules(self) -> "Accounting":
        if self.profile == "by_class" and not self._classes():
            refuse("accounting", [Contradiction(("profile",), "'by_class' is chosen but no class has a rule")])
        return self

    def rules(self) -> retention.AccountingRules:
        """The same as `policy.retention` takes it."""
        by_class = {material: _rule(rule, material) for material, rule in self._classes().items()}
        return retention.AccountingRules(self.profile, _rule(self.as_notice, None), MappingProxyType(by_class))

    def _classes(self) -> dict[Material, AccountingRule]:
        named = {
            Material.VOUCHER: self.by_class.voucher,
            Material.LEDGER: self.by_class.ledger,
            Material.OSS: self.by_class.oss,
        }
        return {material: rule for material, rule in named.items() if rule is not None}


def _rule(rule: AccountingRule, material: Material | None) -> retention.AccountingRule:
    return retention.AccountingRule(material, rule.years, rule.counted_from, rule.law, rule.section)


class Period(Stated):
    """A retention period that the controller has set, with its legal source and reason.

    `confirmed_on` is empty while a length that the published notice leaves open is only a proposal (N20).
    """

    law: Text
    section: Text | None = None
    reason: Text
    confirmed_on: Day | None = None


class Months(Period):
    """A period in months."""

    months: Length


class Years(Period):
    """A period in years."""

    years: Length


class NecessityAssessment(Part):
    """Who found that data are needed for claims that may still come, why, and until when that holds unless reviewed."""

    made_by: Text
    made_on: Day
    why: Text
    until: Day
    reviewed_by: Text | None = None
    reviewed_on: Day | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "NecessityAssessment":
        if self.until <= self.made_on:
            refuse("necessity_assessment", [Contradiction(("until",), "does not lie after the assessment")])
        if (self.reviewed_by is None) != (self.reviewed_on is None):
            refuse("necessity_assessment", [Contradiction(("reviewed_on",), "a review names who and when")])
        return self

    def facts(self) -> holdings.NecessityAssessment:
        """The same as `policy.keeping` takes it."""
        by = self.made_by if self.reviewed_by is None else self.reviewed_by
        return holdings.NecessityAssessment(by, self.why, self.until, self.reviewed_on)


class Claims(Years):
    """The general limitation period within which claims may come (Art. 17(3)(e)).

    Nothing is kept for it until the controller has recorded why that is necessary, as `necessity_assessment`. A bare
    text, as former versions had it, says neither who nor until when: it is still read, and retains nothing.
    """

    section: Text
    necessity_assessment: NecessityAssessment | Text | None = None


class Retention(Stated):
    """Every retention period of the register.

    inactivity: months without an interaction that end a customership (N20). claims: years after its end
    during which claims may be answered. consent_evidence: after withdrawal (Art. 7(1)). request_files: after
    closing (Art. 5(2)). audit: age at which sealed audit rows expire. suppression_review: how often
    suppressions are reviewed.
    """

    accounting: Accounting
    inactivity: Months
    claims: Claims
    consent_evidence: Years
    request_files: Years
    audit: Years
    suppression_review: Months

    @property
    def inactivity_months(self) -> int:
        """Months without an interaction after which a customership has ended."""
        return self.inactivity.months

    def claims_window(self) -> ClaimsWindow:
        """The same as `policy.keeping` takes it."""
        claims, need = self.claims, self.claims.necessity_assessment
        facts = need.facts() if isinstance(need, NecessityAssessment) else None
        return ClaimsWindow(claims.years, claims.law, claims.section, facts)

    @property
    def consent_evidence_years(self) -> int:
        """Years for which the evidence of a withdrawn consent is kept."""
        return self.consent_evidence.years

    @property
    def request_file_years(self) -> int:
        """Years for which a closed request file is kept."""
        return self.request_files.years

    @property
    def audit_years(self) -> int:
        """Years for which audit rows are kept."""
        return self.audit.years

    @property
    def suppression_review_months(self) -> int:
        """Months between two reviews of the suppressions."""
        return self.suppression_review.months
