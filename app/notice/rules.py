"""Where the notice, the definition and practice drift apart. Pure: the same facts give the same findings."""

from collections.abc import Callable, Iterator

from app.notice.facts import Practice, names_of
from app.notice.findings import Finding, Gravity, found
from app.notice.promises import Promise, unkept
from app.notice.rules_recipients import recipients
from app.policy.deadlines import nominal
from app.policy.vocabulary import Right
from app.register.definition import Definition
from app.register.definition_base import Label

ORDER = tuple(Gravity)
UNDERTAKEN = {
    Promise.COMPLETE: "notice_is_complete",
    Promise.VERIFIED: "providers_verified",
    Promise.CONTRACTED: "outsourcing_under_contract",
}
"""The undertaking by which a controller makes a promise; F91 is made with every transfer."""


def lint(definition: Definition, practice: Practice) -> tuple[Finding, ...]:
    """Every finding, the gravest first."""
    findings = [finding for rule in RULES for finding in rule(definition, practice)]
    findings += _promises(definition, practice)
    named = {number for finding in findings for number in finding.numbers}
    findings += _questions(definition, named)
    if Promise.COMPLETE in promised(definition) and _grave(findings):
        findings.append(_untrue(Promise.COMPLETE, ("the linter finds what is grave",)))
    return tuple(sorted(findings, key=lambda one: (ORDER.index(one.severity), one.code, one.about)))


def kept(definition: Definition, practice: Practice) -> frozenset[Promise]:
    """The promises that the controller makes and that are true today; only these are printed."""
    broken = set(unkept(practice))
    if _grave(lint(definition, practice)):
        broken.add(Promise.COMPLETE)
    return promised(definition) - broken


def promised(definition: Definition) -> frozenset[Promise]:
    """What the controller's notice promises."""
    codes = {undertaking.code for undertaking in definition.undertakings}
    made = {promise for promise, code in UNDERTAKEN.items() if code in codes}
    return frozenset(made | ({Promise.PROTECTED} if definition.transfers.outside_eea else set()))


def _grave(findings: tuple[Finding, ...] | list[Finding]) -> bool:
    return any(finding.severity is Gravity.HIGH for finding in findings)


def _promises(definition: Definition, practice: Practice) -> Iterator[Finding]:
    for promise, reasons in unkept(practice).items():
        if promise in promised(definition):
            yield _untrue(promise, reasons)


def _untrue(promise: Promise, reasons: tuple[str, ...]) -> Finding:
    numbers = ("F3", "N29") if promise is Promise.COMPLETE else (promise.value,)
    return found("promise_untrue", promise.value, numbers, reasons="; ".join(reasons) + ".")


def _questions(definition: Definition, named: set[str]) -> Iterator[Finding]:
    """Open questions that no other finding is about."""
    for one in definition.corrections:
        if one.treatment == "open_question" and one.defect not in named:
            yield found("question_open", one.defect, (one.defect,), reason=one.reason)


def _controller(definition: Definition, _: Practice) -> Iterator[Finding]:
    officer, contact = definition.dpo, definition.contact
    if definition.controller.business_id is None:
        yield found("business_id_missing")
    if officer.status == "contact_only":
        yield found("officer_undecided", officer.name or "")
    if officer.status == "appointed" and officer.name == contact.person_in_charge:
        yield found("officer_in_conflict", officer.name or "")
    if contact.substitute is None:
        yield found("substitute_missing", contact.person_in_charge)


def _mailbox(definition: Definition, _: Practice) -> Iterator[Finding]:
    """The domain of the address for requests bears a recipient's name."""
    domain = definition.request_email.rpartition("@")[2].casefold()
    for recipient in definition.recipients:
        names = {recipient.code, *(name.casefold() for name in recipient.names)}
        if names.intersection(domain.split(".")):
            yield found("mailbox_elsewhere", recipient.name)


def _purposes(definition: Definition, practice: Practice) -> Iterator[Finding]:
    asking = {purpose.code for purpose in definition.consent_purposes}
    for code in sorted(practice.asked_for - asking):
        yield found("purpose_not_declared", code, how="Consent is asked")
    for code in sorted(practice.disclosed_for - {purpose.code for purpose in definition.purposes}):
        yield found("purpose_not_declared", code, how="Data were disclosed")


def _categories(definition: Definition, practice: Practice) -> Iterator[Finding]:
    for name in sorted(practice.records | practice.fields):
        yield found("category_not_declared", name)
    for category in definition.categories:
        if category.gap is not None:
            yield found("category_gap", category.code)


def _retention(definition: Definition, practice: Practice) -> Iterator[Finding]:
    retention = definition.retention
    yield from _accounting(definition)
    if retention.inactivity.confirmed_on is None:
        yield found("retention_unconfirmed", months=retention.inactivity.months)
    need = definition.claims_window().necessity_assessment
    outdated = need is not None and need.until < practice.today
    if outdated or (need is None and retention.claims.necessity_assessment is not None):
        yield found("claims_assessment_outdated")
    reviewed = practice.suppressions_reviewed_on
    if reviewed is not None and nominal(reviewed, retention.suppression_review.months) < practice.today:
        yield found("suppression_review_due", reviewed.isoformat())


def _accounting(definition: Definition) -> Iterator[Finding]:
    kept = definition.retention.accounting
    for name in ("voucher", "ledger"):
        rule = getattr(kept.by_class, name)
        if kept.profile == "by_class" and rule is None and "vouchers" in definition.records:
            yield found("retention_without_end", name)
        if kept.profile == "as_notice" and rule is not None and rule.years < kept.as_notice.years:
            statute = {"law": rule.law, "section": rule.section, "statute": rule.years}
            yield found("accounting_overstated", name, said=kept.as_notice.years, **statute)


def _rights(definition: Definition, _: Practice) -> Iterator[Finding]:
    offered = {one.right for one in definition.rights}
    yield from (found("right_not_offered", right.value) for right in Right if right not in offered)


def _staff(definition: Definition, practice: Practice) -> Iterator[Finding]:
    others = sorted(practice.employments - {"employee"})
    if others and definition.notice.staff is None:
        yield found("staff_not_employees", ", ".join(others))


def _unsaid(definition: Definition, practice: Practice) -> Iterator[Finding]:
    said = {undertaking.code for undertaking in definition.undertakings}
    deciding = [party for party in practice.named if party.decides and party.purposes]
    if deciding and "no_automated_decisions" in said and definition.notice.automated_by_others is None:
        yield found("automated_by_others_unsaid", names_of(deciding))
    if definition.notice.security is None:
        yield found("security_unsaid")
    if definition.notice.cookies is None:
        yield found("cookies_unsaid")


def _languages(definition: Definition, _: Practice) -> Iterator[Finding]:
    """Titles and labels that somebody would read in another language."""
    named: list[tuple[str, Label]] = [("title", definition.title), ("authority.name", definition.authority.name)]
    for place in ("categories", "purposes", "sources"):
        named += [(f"{place}.{one.code}", one.label) for one in getattr(definition, place)]
    for language in definition.languages:
        lacking = [place for place, label in named if language not in label.languages]
        if lacking:
            yield found("not_in_every_language", language, places=", ".join(lacking))


RULES: tuple[Callable[[Definition, Practice], Iterator[Finding]], ...] = (
    _controller,
    _mailbox,
    _purposes,
    _categories,
    recipients,
    _retention,
    _rights,
    _staff,
    _unsaid,
    _languages,
)
