"""What the linter can find: each kind with its severity, articles, facts and defects, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Gravity(StrEnum):
    """high: the notice says what is not so, or leaves out what Art. 13 or 14 demands, or data flow without a ground."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where notice, definition and practice drift apart. `numbers` are facts (F) and defects (N)."""

    code: str
    severity: Gravity
    article: str
    about: str
    what: str
    remedy: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding; `what` and `remedy` are filled in for each."""

    severity: Gravity
    article: str
    numbers: str
    what: str
    remedy: str


_H, _M, _L = Gravity.HIGH, Gravity.MEDIUM, Gravity.LOW
_APPLY = "seloste register apply FILE"

KINDS: dict[str, Kind] = {
    "recipient_not_named": Kind(
        _H,
        "Art. 13(1)(e), 15(1)(c)",
        "F75",
        "Data were sent to {about}, which the notice does not name.",
        f"List it under recipients in the definition ({_APPLY}), or see to it that nothing more is sent there.",
    ),
    "country_unknown": Kind(
        _H,
        "Art. 13(1)(f), 44",
        "F96 N19",
        "Nobody has said in which country {about} handles the data.",
        "Ask it, and enter the country: PATCH /v1/processors/{about}. Until then nothing is disclosed to it.",
    ),
    "transfer_without_mechanism": Kind(
        _H,
        "Art. 13(1)(f), 44 to 49",
        "F91 F95 N18",
        "Nothing carries data to {about} today: {reasons}",
        "Record a transfer whose mechanism holds (POST /v1/processors/{about}/transfers), or end the flow.",
    ),
    "agreement_missing": Kind(
        _H,
        "Art. 28(3)",
        "F87",
        "{about} processes data on the controller's behalf and no agreement is on record.",
        "Sign one and record it: POST /v1/processors/{about}/agreements.",
    ),
    "agreement_incomplete": Kind(
        _H,
        "Art. 28(3)",
        "F87",
        "The agreement with {about} does not meet every item of Art. 28(3).",
        "Have it completed, and record the new one: POST /v1/processors/{about}/agreements.",
    ),
    "agreement_review_due": Kind(
        _M,
        "Art. 28(1), 28(3)",
        "F74 F87",
        "The review of the agreement with {about} is overdue.",
        "Review it and record it with its next date: POST /v1/processors/{about}/agreements.",
    ),
    "purpose_not_declared": Kind(
        _H,
        "Art. 5(1)(b), 13(1)(c)",
        "F18",
        "{how} for '{about}', which the definition does not declare, or not as a purpose that rests on consent.",
        f"Declare the purpose with its basis before it is served ({_APPLY}), or stop.",
    ),
    "purpose_pending": Kind(
        _H,
        "Art. 5(1)(b), 13(1)(c)",
        "F66 N31",
        "The notice links {recipient} to '{about}' and declares no such purpose.",
        "Declare it under purposes with its basis and list it at the recipient, or take the recipient out.",
    ),
    "category_not_declared": Kind(
        _H,
        "Art. 5(1)(c), 14(1)(d), 30(1)(c)",
        "F26",
        "The register holds {about}, which no category of the definition declares.",
        "Declare the category, tell the people, or erase what is held.",
    ),
    "retention_without_end": Kind(
        _H,
        "Art. 5(1)(e), 13(2)(a)",
        "F82 N20",
        "No rule says how long accounting material of the class '{about}' is kept.",
        "Give the class a rule under retention.accounting.by_class.",
    ),
    "accounting_overstated": Kind(
        _H,
        "Art. 5(1)(c), 5(1)(e)",
        "F50 N6",
        "Accounting material of the class '{about}' is kept {said} years; {law}, {section} asks for {statute}.",
        "Write 'profile: by_class' under retention.accounting.",
    ),
    "right_not_offered": Kind(
        _H,
        "Art. 13(2)(b)",
        "F27 N13",
        "The right '{about}' is not offered.",
        "List it under rights; the service serves it already.",
    ),
    "safeguards_copy_unsaid": Kind(
        _H,
        "Art. 13(1)(f)",
        "F94 N18",
        "Data leave the EEA and the notice does not say how to get a copy of the safeguards.",
        "Say so under transfers.copy_from, or with the transfer as copy_of_safeguards.",
    ),
    "promise_untrue": Kind(
        _H,
        "Art. 5(1)(a), 5(2)",
        "",
        "The statement '{about}' is not true today: {reasons}",
        "Mend what stands against it; until then the notice prints the duty in its place.",
    ),
    "legal_name_unconfirmed": Kind(
        _M,
        "Art. 13(1)(e)",
        "N1 N3 N32",
        "Nobody has confirmed the legal name of {about} (C-154/21).",
        "Look it up, and enter legal_name and legal_name_confirmed: PATCH /v1/processors/{about}.",
    ),
    "role_unconfirmed": Kind(
        _M,
        "Art. 4(7)-(8), 28",
        "N17 N21",
        "Nobody has confirmed whether {about} processes on the controller's behalf or decides itself.",
        "Confirm it in the definition: role and role_confirmed.",
    ),
    "evidence_missing": Kind(
        _M,
        "Art. 5(2), 24, 28(1)",
        "F67 F74",
        "What is said of {about} is shown by no document.",
        "Name the document and its date under evidence.",
    ),
    "retention_unconfirmed": Kind(
        _M,
        "Art. 5(1)(e), 13(2)(a)",
        "F82 N20",
        "The published notice does not say when a customership ends; {months} months are only a proposal.",
        "Decide, and write confirmed_on under retention.inactivity.",
    ),
    "claims_assessment_outdated": Kind(
        _M,
        "Art. 17(3)(e)",
        "F48",
        "The assessment that data are needed for claims no longer holds, or says neither who made it nor until when.",
        "Make it anew under retention.claims.necessity_assessment; until then nothing is kept for claims.",
    ),
    "suppression_review_due": Kind(
        _M,
        "Art. 5(1)(e), 21(3)",
        "F38",
        "It was last asked on {about} whether the bans are still needed.",
        "Review them: POST /v1/suppression-reviews.",
    ),
    "officer_undecided": Kind(
        _M,
        "Art. 13(1)(b), 37",
        "F9 N15 N33",
        "The notice names {about} and leaves open whether a data-protection officer has been appointed.",
        "Set dpo.status to appointed or none.",
    ),
    "officer_in_conflict": Kind(
        _M,
        "Art. 38(6)",
        "F9 N15",
        "{about} is data-protection officer and in charge of the register at once.",
        "Put somebody else in charge, or name another officer.",
    ),
    "mailbox_elsewhere": Kind(
        _M,
        "Art. 28, 32",
        "F8 F30 N15",
        "Requests go to a mailbox at {about}, which is a recipient and not the controller.",
        "Give an address of the controller's own, or make an agreement about the mailbox.",
    ),
    "category_gap": Kind(
        _M,
        "Art. 13(3), 14(1)(d)",
        "F26 N23",
        "The published notice does not list the category '{about}'.",
        "Publish this notice, tell the people, and take 'gap' out of the category.",
    ),
    "automated_by_others_unsaid": Kind(
        _M,
        "Art. 13(2)(f), 22",
        "F97 F98 F99 N22",
        "The notice says there are no automated decisions; {about} may make some, and nobody has said who does.",
        "Say it under notice.automated_by_others.",
    ),
    "staff_not_employees": Kind(
        _M,
        "Art. 29, 32(4)",
        "F85 N39",
        "The notice says that employees process the data; access also have: {about}.",
        "Say so under notice.staff, or withdraw their access.",
    ),
    "not_in_every_language": Kind(
        _M,
        "Art. 12(1)",
        "F2",
        "The definition does not say in '{about}': {places}.",
        "Add the texts.",
    ),
    "question_open": Kind(
        _M,
        "Art. 5(2)",
        "",
        "Only the controller can answer this: {reason}",
        "Answer it in the definition, and set the correction's treatment to corrected or annotated.",
    ),
    "business_id_missing": Kind(
        _L, "Art. 13(1)(a)", "F4 N26", "The business identity code is not given.", "Write controller.business_id."
    ),
    "substitute_missing": Kind(
        _L,
        "Art. 12(3), 24",
        "F28 F41",
        "Nobody stands in for {about}, so a deadline may pass while they are away.",
        "Name a substitute under contact.",
    ),
    "security_unsaid": Kind(
        _L,
        "Art. 30(1)(g), 32",
        "N40",
        "Nothing is said of security beyond what this service does.",
        "Say it under notice.security.",
    ),
    "cookies_unsaid": Kind(
        _L,
        "Directive 2002/58/EC Art. 5(3)",
        "N40",
        "Nothing is said of cookies.",
        "Say under notice.cookies where the websites tell of theirs.",
    ),
    "published_defect": Kind(
        _M, "Art. 12(1), 13", "", "{reason}", "Publish the notice of this register in place of that text."
    ),
}


def found(code: str, about: str = "", numbers: tuple[str, ...] | None = None, **values: object) -> Finding:
    """A finding of a kind; `numbers` only where the kind leaves them open."""
    kind = KINDS[code]
    what, remedy = (text.format(about=about, **values) for text in (kind.what, kind.remedy))
    return Finding(code, kind.severity, kind.article, about, what, remedy, numbers or tuple(kind.numbers.split()))
