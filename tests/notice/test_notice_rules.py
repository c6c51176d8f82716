"""The linter: each kind of drift is found where it is, with article, numbers and remedy, and nowhere else."""

from dataclasses import replace
from datetime import date

import pytest

from app.notice.duties import table
from app.notice.facts import Practice
from app.notice.findings import KINDS, Finding
from app.notice.promises import Promise
from app.notice.rules import kept, lint
from app.register.definition import Definition
from tests.notice.corrected import corrected
from tests.notice.practices import TODAY, as_declared, in_order
from tests.register.documents import irish_shop, lumicos

SEEN_IN_LUMICOS = {
    *("N1", "N3", "N6", "N15", "N17", "N18", "N19", "N20", "N21", "N22", "N23", "N26"),
    *("N29", "N31", "N32", "N33", "N34", "N39", "N40"),
}
"""Defects of the published notice that the definition still shows; the others are of words, which are written anew."""


def codes(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    """What was found about whom."""
    return {(one.code, one.about) for one in findings}


def changed(practice: Practice, code: str, **values: object) -> Practice:
    """The practice with one recipient changed."""
    parties = tuple(replace(party, **values) if party.code == code else party for party in practice.parties)  # type: ignore[arg-type] # of whatever field
    return replace(practice, parties=parties)


def test_the_published_notice_yields_its_defects() -> None:
    """Every defect that a machine can see in the definition read out of it; each finding says what to do."""
    found = lint(lumicos(), as_declared(lumicos()))
    numbers = {number for finding in found for number in finding.numbers}
    assert {number for number in numbers if number.startswith("N")} == SEEN_IN_LUMICOS
    assert {"F3", "F74", "F87", "F91"} <= numbers
    assert all(one.what and one.remedy and one.article and "{" not in one.what + one.remedy for one in found)
    assert [one.severity for one in found] == sorted(
        (one.severity for one in found), key=["high", "medium", "low"].index
    )


def test_a_definition_in_order_yields_nothing() -> None:
    """The corrected definition, with agreements and transfers on record."""
    definition = corrected()
    assert lint(definition, in_order(definition)) == ()
    assert kept(definition, in_order(definition)) == frozenset(Promise)
    assert {met.state for met in table(())} == {"met"}


def test_every_duty_of_article_13_is_told() -> None:
    """The table of what Art. 13 and 14 ask, as it stands for the published notice; each kind in it exists."""
    states = {met.duty.article: met.state for met in table(lint(lumicos(), as_declared(lumicos())))}
    assert {article for article, state in states.items() if state == "open"} == {"13(1)(c)", "13(1)(f)", "13(2)(a)"}
    assert states["13(1)(b)"] == states["13(1)(e)"] == states["13(2)(f)"] == "partly"
    assert states["13(1)(d)"] == states["13(2)(e)"] == states["21(4)"] == "met"
    assert {kind for met in table(()) for kind in met.duty.kinds} <= KINDS.keys()


DRIFT: list[tuple[str, str, dict[str, object]]] = [
    ("recipient_not_named", "Unknown Mailer", {"strangers": ("Unknown Mailer",)}),
    ("purpose_not_declared", "raffle", {"asked_for": frozenset({"raffle"})}),
    ("purpose_not_declared", "accounting", {"asked_for": frozenset({"accounting"})}),
    ("purpose_not_declared", "resale", {"disclosed_for": frozenset({"resale"})}),
    ("category_not_declared", "attributes", {"fields": frozenset({"attributes"})}),
    ("category_not_declared", "bookings", {"records": frozenset({"bookings"})}),
    ("suppression_review_due", "2025-11-22", {"suppressions_reviewed_on": date(2025, 11, 22)}),
]


@pytest.mark.parametrize(("code", "about", "values"), DRIFT)
def test_practice_drifts_from_the_definition(code: str, about: str, values: dict[str, object]) -> None:
    """What is done and not declared."""
    found = lint(corrected(), replace(in_order(corrected()), **values))  # type: ignore[arg-type] # of whatever field
    expected = {(code, about)}
    if KINDS[code].severity == "high":
        expected.add(("promise_untrue", "F3"))
    assert codes(found) == expected


PARTIES: list[tuple[str, dict[str, object], set[tuple[str, str]]]] = [
    (
        "tehden",
        {"matters": frozenset({"agreement_missing"})},
        {("agreement_missing", "tehden"), ("promise_untrue", "F74"), ("promise_untrue", "F87")},
    ),
    (
        "mailchimp",
        {"matters": frozenset({"agreement_review_due"})},
        {("agreement_review_due", "mailchimp"), ("promise_untrue", "F74"), ("promise_untrue", "F87")},
    ),
    (
        "klarna",
        {"matters": frozenset({"agreement_missing"})},
        {("agreement_missing", "klarna"), ("promise_untrue", "F74"), ("promise_untrue", "F87")},
    ),
    (
        "paytrail",
        {"matters": frozenset({"country_unknown"}), "country": "unknown"},
        {("country_unknown", "paytrail"), ("promise_untrue", "F74"), ("promise_untrue", "F91")},
    ),
    ("tehden", {"listed": False, "got_data": True}, {("recipient_not_named", "tehden")}),
    ("tehden", {"active": False, "got_data": False}, set()),
]


@pytest.mark.parametrize(("code", "values", "wanted"), PARTIES)
def test_a_recipient_falls_out_of_order(code: str, values: dict[str, object], wanted: set[tuple[str, str]]) -> None:
    """What is wrong with one of them is found of that one, and breaks the promises about it."""
    found = codes(lint(corrected(), changed(in_order(corrected()), code, **values)))
    assert found - {("promise_untrue", "F3")} == wanted


def test_a_transfer_loses_its_ground() -> None:
    """No mechanism holds: the reasons are told and F91 is not true; a copy that nobody names is asked for (N18)."""
    practice = in_order(corrected())
    mailchimp = next(party for party in practice.parties if party.code == "mailchimp")
    lost = tuple(replace(flow, article=None, reasons=("The entry is not active.",)) for flow in mailchimp.reached)
    found = lint(corrected(), changed(practice, "mailchimp", reached=lost, matters=frozenset({"transfer_refused"})))
    assert {("transfer_without_mechanism", "mailchimp"), ("promise_untrue", "F91")} <= codes(found)
    assert any("The entry is not active." in one.what for one in found)
    silent = without(corrected(), "transfers", copy_from=None)
    assert ("safeguards_copy_unsaid", "") in codes(lint(silent, practice))


def without(definition: Definition, place: str, **values: object) -> Definition:
    """The definition with members of one part changed."""
    part = getattr(definition, place)
    return definition.model_copy(update={place: part.model_copy(update=values)})


def test_promises_that_nobody_makes_are_not_broken() -> None:
    """A controller that claims nothing, and sends nothing outside the EEA, has nothing to keep."""
    found = codes(lint(irish_shop(), as_declared(irish_shop())))
    assert kept(irish_shop(), in_order(irish_shop())) == frozenset()
    assert {code for code, _ in found if code == "promise_untrue"} == set()
    assert ("agreement_missing", "post_room") in found


def test_an_assessment_that_has_run_out() -> None:
    """Art. 17(3)(e): what is said to be needed for claims must be said anew."""
    definition = corrected()
    retention = definition.retention
    claims = retention.claims.model_copy(update={"necessity_assessment": "Needed."})
    outdated = without(definition, "retention", claims=claims)
    assert codes(lint(outdated, in_order(outdated))) == {("claims_assessment_outdated", "")}
    assert in_order(definition).today == TODAY
