"""`lumicos.yaml` answers for the published notice whole: every fact F1-F99 and every defect N1-N40."""

from collections.abc import Iterator

from app.register.definition_base import Part, Stated
from tests.register.documents import lumicos, notice

CARRIERS = {
    "": {1},
    "authority": {54, 57, 58, 59},
    "categories.contact_details": {21, 22, 23, 24},
    "categories.customer_data": {25},
    "contact": {6, 28, 29, 30, 41},
    "controller": {4, 8},
    "controller.address": {5},
    "controller.phone": {7},
    "dpo": {9},
    "purposes.accounting": {49},
    "purposes.booking_data": {14, 16},
    "purposes.customer_relationship": {13, 19},
    "purposes.legal_claims": {48},
    "purposes.marketing": {14, 17},
    "purposes.newsletter": {14, 15},
    "purposes.telling_about_services": {20},
    "recipients.digitalbooker": {78},
    "recipients.klarna": {70, 72, 73, 80},
    "recipients.mailchimp": {68, 69, 76},
    "recipients.mycashflow": {79},
    "recipients.paytrail": {70, 71, 73, 81},
    "recipients.takk": {64, 65, 66, 67},
    "recipients.tehden": {77},
    "retention": {82},
    "retention.accounting": {51},
    "retention.accounting.as_notice": {50},
    "rights.access": {31, 32},
    "rights.consent_withdrawal": {52, 53},
    "rights.erasure": {42, 43, 44, 45, 46, 47},
    "rights.marketing_ban": {38, 39, 40},
    "rights.objection": {36, 37},
    "rights.rectification": {33, 34, 35},
    "rights.restriction": {55, 56},
    "sources.customer_relationship": {60},
    "sources.web_form": {61},
    "transfers": {90, 91, 92, 93, 94, 95, 96},
    "undertakings.customers_only": {10, 11},
    "undertakings.declared_purposes_only": {18},
    "undertakings.employees_only": {85},
    "undertakings.every_record_has_a_basis": {12},
    "undertakings.inform_clearly": {2},
    "undertakings.listed_data_only": {26},
    "undertakings.listed_providers_only": {75},
    "undertakings.no_automated_decisions": {97, 98},
    "undertakings.no_disclosure_for_marketing": {63},
    "undertakings.no_profiling": {99},
    "undertakings.notice_is_complete": {3},
    "undertakings.outsourcing_under_contract": {86, 87, 88, 89},
    "undertakings.providers_verified": {74},
    "undertakings.regular_sources_only": {62},
    "undertakings.rights_listed": {27},
    "undertakings.unsubscribe_link": {83, 84},
}


def _stated(part: object, path: str = "") -> Iterator[tuple[str, Stated]]:
    if isinstance(part, Stated):
        yield path, part
    if isinstance(part, Part):
        for name in type(part).model_fields:
            yield from _stated(getattr(part, name), f"{path}.{name}".removeprefix("."))
    elif isinstance(part, tuple):
        for item in part:
            yield from _stated(item, f"{path}.{getattr(item, 'right', None) or getattr(item, 'code', '')}")


def test_every_fact_stands_where_it_is_stated() -> None:
    """Each of F1-F99 is carried by exactly the elements that state it, and by no other."""
    carried = {path: {int(fact[1:]) for fact in part.facts} for path, part in _stated(lumicos()) if part.facts}
    assert carried == CARRIERS
    assert set().union(*carried.values()) == set(range(1, 100))


def test_quotations_are_verbatim() -> None:
    """Every text that claims to be the notice's own wording occurs in the notice, letter for letter."""
    text = notice()
    wrong = [words for _, part in _stated(lumicos()) for words in part.stated if words not in text]
    assert wrong == []


def test_all_forty_defects_are_answered() -> None:
    """N1-N40: each has exactly one correction, in order."""
    assert [correction.defect for correction in lumicos().corrections] == [f"N{n}" for n in range(1, 41)]


def test_corrections_lay_over_the_published_text() -> None:
    """Each original occurs in the notice verbatim; the corrected ones occur once and do not overlap."""
    text = notice()
    for correction in lumicos().corrections:
        assert correction.original is None or correction.original in text, correction.defect
    for correction in lumicos().corrections:
        if correction.treatment == "corrected" and correction.original and correction.corrected:
            assert text.count(correction.original) == 1, correction.defect
            text = text.replace(correction.original, f"<{correction.defect}>")
    assert "Paytraai" not in text
