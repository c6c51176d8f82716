"""A definition whose parts contradict each other does not load; each refusal names the place to mend."""

import pytest

from app.register.loading import bundled
from tests.register.documents import edited, irish_shop, only_problem, problems


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("code: warranty", "code: order_service", "purposes[1].code", "'order_service' occurs twice"),
        ("code: proof", "code: orders", "categories[3].code", "'orders' occurs twice"),
        ("languages: [en]", "languages: [en, en]", "languages[1]", "'en' occurs twice"),
        ("{right: erasure,", "{right: access,", "rights[2].right", "'access' occurs twice"),
        (
            "categories: [contact, proof]",
            "categories: [contact, cats]",
            "purposes[2].categories[1]",
            "no category",
        ),
        (
            "recipients: [courier]",
            "recipients: [courier, bank]",
            "purposes[0].recipients[1]",
            "no recipient 'bank'",
        ),
        ("    recipients: [courier]\n", "", "recipients[0].purposes[0]", "does not list the recipient"),
        (
            "purposes: [mailing_list]",
            "purposes: []",
            "purposes[2].recipients[0]",
            "does not list the purpose",
        ),
        ("fields: [name, address]", "fields: [name, frame_size]", "recipients[0].fields[1]", "no field"),
        (
            "name: Example Mail",
            "name: example couriers",
            "recipients[1].name",
            "already belongs to 'courier'",
        ),
        ("name: Example Mail", "name: courier", "recipients[1].name", "already belongs to 'courier'"),
        ("name: frame_size", "name: phone", "categories[1].fields[0].name", "shadows a built-in"),
        ("name: frame_size", "name: customer_hetu", "categories[1].fields[0].name", "identity codes"),
        ("name: frame_number", "name: frame_size", "categories[1].fields[1].name", "is declared twice"),
        (
            "{name: email, builtin: true}",
            "{name: name, builtin: true}",
            "categories[0].fields[1].name",
            "twice",
        ),
        (
            "records: [consents,",
            "records: [purchases,",
            "categories[3].records[0]",
            "'purchases' occurs twice",
        ),
        (
            "type: date",
            "type: date\n        max_length: 3",
            "categories[1].fields[2].max_length",
            "'text' only",
        ),
        ("type: choice", "type: text", "categories[1].fields[0].choices", "type 'choice' and for no other"),
        ("[S, M, L, XL]", "[S, M, S, XL]", "categories[1].fields[0].choices[2]", "occurs twice"),
        ("title: {en: Privacy", "title: {fi: Privacy", "title", "no text in the default language 'en'"),
        ("{en: Orders}", "{en: Orders, sv: Order}", "categories[2].label.sv", "not one of the languages"),
        ("+35315550100", "+35315550101", "controller.phone.e164", "is not the number that 'display' shows"),
        ("display: (01) 555 0100", "display: none at all", "controller.phone.e164", "'display' shows"),
        ("country: NO", "country: US", "recipients[1].country", "outside the EEA although"),
        ("regular: false", "regular: true", "transfers.regular", "no transfers take place"),
        ("status: none", "status: appointed", "dpo.name", "is missing although"),
        ("status: none", "status: none, name: Somebody", "dpo.name", "is given although"),
        ("Europe/Dublin", "Europe/Nowhere", "time_zone", "is not a time zone"),
        ("Europe/Dublin", "../Europe/Dublin", "time_zone", "is not a time zone"),
        ("phone_region: IE", "phone_region: XX", "phone_region", "telephone numbers"),
        ("calendar: {country: IE}", "calendar: {country: XX}", "holiday_calendar.country", "no calendar"),
        (
            "calendar: {country: IE}",
            "calendar: {country: IE, subdivision: Q}",
            "holiday_calendar.subdivision",
            "not",
        ),
        ("closing: 06-30", "closing: 06-31", "financial_years.closing", "is not a day of the year"),
        ("end: 2025-06-30", "end: 2025-07-01", "financial_years.explicit[0].end", "longer than 18 months"),
        ("end: 2025-06-30", "end: 2023-06-30", "financial_years.explicit[0].end", "is not after the start"),
        ("profile: as_notice", "profile: by_class", "retention.accounting.profile", "no class has a rule"),
        (
            "minimum_consent_age: 16",
            "minimum_consent_age: 12",
            "minimum_consent_age",
            "greater than or equal to 13",
        ),
        (
            "records: [purchases, vouchers]",
            "fields: []",
            "categories[2].fields",
            "neither fields nor records",
        ),
    ],
)
def test_contradictions_between_parts(old: str, new: str, place: str, message: str) -> None:
    """Codes, references, names, languages, telephone, time and periods must agree with each other."""
    found = [problem.message for problem in problems(edited((old, new))) if problem.place == place]
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        (
            "6(1)(a)\n    nature: direct",
            "6(1)(c)\n    nature: direct",
            "purposes[2].basis",
            "cannot rest on 6(1)(c)",
        ),
        (
            "6(1)(c)\n    nature: accounting",
            "6(1)(a)\n    nature: accounting",
            "purposes[3].basis",
            "obligation",
        ),
        ("6(1)(c)\n    nature: subject", "6(1)(f)\n    nature: subject", "purposes[5].basis", "obligation"),
        (
            "    interests: Establishing and defending legal claims.\n",
            "",
            "purposes[4].interests",
            "13(1)(d)",
        ),
        (
            "Warranty and safety recalls}",
            "Warranty and safety recalls}\n    tell_first: [right_to_object]",
            "purposes[1].tell_first",
            "no right to object",
        ),
        ("channels: [email]", "channels: []", "purposes[2].channels", "must name its channels"),
        ("channels: [email]", "channels: [email, email]", "purposes[2].channels[1]", "'email' occurs twice"),
        (
            "channels: [email]",
            "channels: [email]\n    soft_opt_in: true",
            "purposes[2].soft_opt_in",
            "without consent",
        ),
        (
            "channels: [email]",
            "channels: [email]\n    product_groups: [bells]",
            "purposes[2].product_groups",
            "no soft",
        ),
        (
            "label: {en: Warranty and",
            "channels: [sms]\n    label: {en: W and",
            "purposes[1].channels",
            "not direct",
        ),
        (
            "channels: [email]",
            "channels: [email]\n    interests: Sales",
            "purposes[2].interests",
            "not 6(1)(f)",
        ),
    ],
)
def test_a_purpose_and_its_basis_must_agree(old: str, new: str, place: str, message: str) -> None:
    """Art. 6, 13(1)(d), 21: which bases, channels and interests a nature allows."""
    found = {problem.place: problem.message for problem in problems(edited((old, new)))}
    assert message in found[place]


def test_electronic_marketing_without_consent_needs_the_soft_opt_in() -> None:
    """Directive 2002/58 Art. 13(2), SVPL 200 §: interests alone do not allow marketing by e-mail."""
    by_interest = (
        "6(1)(a)\n    nature: direct_marketing",
        "6(1)(f)\n    interests: Sales\n    nature: direct_marketing",
    )
    problem = only_problem(edited(by_interest))
    assert problem.place == "purposes[2].channels"
    assert "soft opt-in" in problem.message
    assert "soft_opt_in: true" in problem.hint


def test_financial_years_are_in_order_and_apart() -> None:
    """Explicit financial years must follow each other without overlap."""
    first = "    - {start: 2024-01-01, end: 2025-06-30}\n"
    overlapping = edited((first, first + "    - {start: 2025-06-30, end: 2026-05-31}\n"))
    assert only_problem(overlapping).message == "overlaps the financial year before it"
    backwards = edited((first, first + "    - {start: 2023-01-01, end: 2023-12-31}\n"))
    assert only_problem(backwards).place == "financial_years.explicit[1].start"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('corrected: "Paytrailille"', "corrected: null", "corrections[0].corrected"),
        ('corrected: "Paytrailille"', 'corrected: "Paytraai Oy:lle"', "corrections[0].corrected"),
        ("name: TAKK", "name: TAKK\n    purposes: [student_management]", "recipients[6].pending_purposes[0].code"),
        ("legal_name: Pulse247 Oy", "legal_name_confirmed: true", "recipients[3].legal_name_confirmed"),
        (
            "method\n        purpose: customer_relationship",
            "method\n        purpose: newsletter",
            "recipients[4].onward[0].purpose",
        ),
    ],
)
def test_corrections_and_recipients_must_agree(old: str, new: str, place: str) -> None:
    """A correction corrects; a pending purpose is not allowed; nothing is passed on without data."""
    document = bundled()
    assert old in document
    assert place in [problem.place for problem in problems(document.replace(old, new))]


def test_a_purpose_once_declared_is_no_longer_pending() -> None:
    """N31: whoever declares the missing purpose is told to move it from the pending ones."""
    pending = "    pending_purposes: [{code: warranty, reason: not declared}]\n    always_notified: false\n"
    problem = only_problem(edited(("    always_notified: false\n", pending)))
    assert problem.place == "recipients[0].pending_purposes[0].code"
    assert problem.hint == "move it to purposes"


def test_a_definition_cannot_be_changed_in_place() -> None:
    """A version that was applied stays what it was."""
    with pytest.raises(ValueError, match="frozen"):
        irish_shop().return_window_days = 1  # type: ignore[misc]  # mypy knows it is frozen
