"""What Articles 13 and 14 demand of a notice, duty by duty: where it says it, and what is still open about it."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.notice.findings import Finding, Gravity


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty to inform, the section of the notice that meets it, and the kinds of finding that are about it."""

    article: str
    what: str
    section: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Met:
    """How a duty stands: `met`, or `partly` while something less than grave is open, or `open`."""

    duty: Duty
    state: str
    findings: tuple[Finding, ...]


DUTIES = (
    Duty("13(1)(a)", "controller and contact details", "controller", ("business_id_missing", "mailbox_elsewhere")),
    Duty("13(1)(b)", "data-protection officer", "controller", ("officer_undecided", "officer_in_conflict")),
    Duty("13(1)(c)", "purposes and legal basis of each", "purposes", ("purpose_not_declared", "purpose_pending")),
    Duty("13(1)(d)", "legitimate interests pursued", "purposes"),
    Duty(
        "13(1)(e)",
        "recipients",
        "recipients",
        ("recipient_not_named", "legal_name_unconfirmed", "role_unconfirmed", "evidence_missing"),
    ),
    Duty(
        "13(1)(f)",
        "transfers, their ground, and how to get a copy of the safeguards",
        "transfers",
        ("country_unknown", "transfer_without_mechanism", "safeguards_copy_unsaid"),
    ),
    Duty(
        "13(2)(a)",
        "storage periods",
        "retention",
        (
            *("retention_without_end", "retention_unconfirmed", "accounting_overstated"),
            *("claims_assessment_outdated", "suppression_review_due"),
        ),
    ),
    Duty("13(2)(b)", "rights", "rights", ("right_not_offered",)),
    Duty("13(2)(c)", "withdrawal of consent at any time", "rights"),
    Duty("13(2)(d)", "complaint to the authority", "rights"),
    Duty("13(2)(e)", "whether data must be given, and what follows if not", "data"),
    Duty("13(2)(f)", "automated decisions", "decisions", ("automated_by_others_unsaid",)),
    Duty("13(3)", "new purposes before they begin", "purposes", ("category_gap",)),
    Duty("14(1)(d)", "categories of data", "data", ("category_not_declared", "category_gap")),
    Duty("14(2)(f)", "sources", "sources"),
    Duty("21(4)", "the right to object, clearly and separately", "rights"),
)


def table(findings: Iterable[Finding]) -> tuple[Met, ...]:
    """Every duty with how it stands."""
    known = tuple(findings)
    return tuple(_met(duty, tuple(one for one in known if one.code in duty.kinds)) for duty in DUTIES)


def _met(duty: Duty, about: tuple[Finding, ...]) -> Met:
    if not about:
        return Met(duty, "met", ())
    grave = any(one.severity is Gravity.HIGH for one in about)
    return Met(duty, "open" if grave else "partly", about)
