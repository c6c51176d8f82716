"""`lumicos.yaml` holds the values of the published notice, and says where the notice is silent."""

from datetime import date

import pytest

from app.policy.retention import CountedFrom
from app.policy.transfers import is_eea
from app.policy.vocabulary import Channel, LegalBasis, Material, Nature, Right
from app.register.definition_categories import CONTACT_FIELDS
from tests.register.documents import lumicos, notice

PURPOSES = {
    "customer_relationship": ("6(1)(b)", "service"),
    "booking_data": ("6(1)(a)", "service"),
    "newsletter": ("6(1)(a)", "direct_marketing"),
    "marketing": ("6(1)(a)", "direct_marketing"),
    "telling_about_services": ("6(1)(f)", "direct_marketing"),
    "accounting": ("6(1)(c)", "accounting"),
    "legal_claims": ("6(1)(f)", "legal_claims"),
    "subject_rights": ("6(1)(c)", "subject_rights"),
}


def test_contact_details_are_the_notices() -> None:
    """F4-F9, F28-F30: name, address, telephone and e-mail are the notice's, wherever it prints them (N24)."""
    text, register = notice(), lumicos()
    address = register.request_address
    printed = [
        register.controller.legal_name,
        register.request_phone.display,
        register.request_email,
        f"{address.street}\n{address.postal_code} {address.city}",
        str(register.dpo.name),
    ]
    assert printed == [
        "Lumicos Oy",
        "03-3138 2200",
        "mari.helenius@takk.fi",
        "Hämeenkatu 24\n33200 Tampere",
        "Mari Helenius",
    ]
    assert [words for words in printed if words not in text] == []
    assert text.count(address.street) == 4
    assert register.request_phone.e164 == "+358331382200"
    assert (register.dpo.status, register.contact.person_in_charge) == ("contact_only", "Mari Helenius")
    assert address is register.controller.address


def test_title_and_authority_are_the_notices() -> None:
    """F1, F59, N10: the title is the notice's; the authority's link is current and the original is kept."""
    register = lumicos()
    assert str(register.authority.url) == "https://tietosuoja.fi/yhteystiedot"
    assert register.authority.original_link is not None
    assert register.authority.original_link in notice()
    assert register.title.text("fi") in notice()


def test_purposes_are_closed_and_each_has_one_basis() -> None:
    """F12-F20, N12: exactly these purposes, each with its ground of Art. 6 and its nature."""
    declared = {p.code: (p.basis.value, p.nature.value) for p in lumicos().purposes}
    assert declared == PURPOSES
    assert lumicos().purpose("student_management") is None


def test_purposes_are_found_by_what_they_rest_on() -> None:
    """Consent purposes are F15-F17; a marketing ban stops newsletter, marketing and F20."""
    register = lumicos()
    assert [p.code for p in register.consent_purposes] == ["booking_data", "newsletter", "marketing"]
    marketing = ["newsletter", "marketing", "telling_about_services"]
    assert [p.code for p in register.marketing_purposes] == marketing
    telling = register.purpose("telling_about_services")
    assert telling is not None
    assert (telling.soft_opt_in, telling.basis) == (True, LegalBasis.LEGITIMATE_INTERESTS)
    assert set(telling.channels) == set(Channel)
    assert {p.code for p in register.purposes if p.nature is Nature.SERVICE and p.channels} == set()


def test_whitelist_is_the_notices() -> None:
    """F21-F26, N23: four contact fields and purchases; what only other sections imply is marked as a gap."""
    register = lumicos()
    details, data = register.category("contact_details"), register.category("customer_data")
    assert details is not None
    assert data is not None
    assert details.contact_fields == CONTACT_FIELDS == register.contact_fields
    assert data.records == ("purchases", "vouchers")
    assert "tiedot ostetuista tuotteista / palveluista" in data.label.text("fi")
    gaps = {category.code for category in register.categories if category.gap == "N23"}
    assert gaps == {"booking_data", "consent_records", "request_files"}
    assert register.validate_attributes({}) == {}


def test_recipients_are_the_six_providers_and_takk() -> None:
    """F64-F81: exactly these recipients, and each name the notice uses leads to its recipient."""
    register = lumicos()
    codes = ["mailchimp", "tehden", "digitalbooker", "mycashflow", "klarna", "paytrail", "takk"]
    assert [recipient.code for recipient in register.recipients] == codes
    names = {
        "Mailchimp (USA)": "mailchimp",
        "Tehden": "tehden",
        "DigitalBooker": "digitalbooker",
        "MCF-verkkokauppa-alusta": "mycashflow",
        "Klarna Online": "klarna",
        "Klarna Oy": "klarna",
        "Paytrail": "paytrail",
        "Paytraai Oy": "paytrail",
        "Tampereen Aikuiskoulutussäätiö": "takk",
    }
    text = notice()
    assert [name for name in names if name not in text] == []
    assert "Tampereen Aikuiskoulutuskeskukselle" in text
    for name, code in {**names, "Tampereen Aikuiskoulutuskeskus": "takk"}.items():
        found = register.recipient(name.upper())
        assert found is not None
        assert found.code == code
    assert register.recipient("An unlisted recipient") is None


def test_what_the_notice_does_not_say_is_unknown() -> None:
    """N1, N3, N19: only Mailchimp has a country; no legal name and no role counts as confirmed."""
    countries = {r.code: r.country for r in lumicos().recipients}
    assert countries.pop("mailchimp") == "US"
    assert set(countries.values()) == {"unknown"}
    assert not any(r.legal_name_confirmed or r.role_confirmed for r in lumicos().recipients)


def test_takk_gets_nothing_until_its_purpose_is_declared() -> None:
    """F66, N31: the only purpose of the disclosure is undeclared, so it is pending and nothing may be passed."""
    takk = lumicos().recipient("takk")
    assert takk is not None
    assert (takk.purposes, takk.categories) == ((), ())
    assert [(p.code, p.defect) for p in takk.pending_purposes] == [("student_management", "N31")]
    assert [proof.document for proof in takk.evidence] == [None]


def test_payment_providers_get_only_what_the_payment_needs() -> None:
    """F70, F73: both pass data on to the provider of the payment method; neither gets more than is listed."""
    for code in ("klarna", "paytrail"):
        recipient = lumicos().recipient(code)
        assert recipient is not None
        assert recipient.purposes == ("customer_relationship",)
        assert recipient.fields
        assert len(recipient.onward) == 1
        assert not recipient.always_notified


def test_transfers_are_regular() -> None:
    """F90, F92, F96, N18: transfers outside the EEA are regular, and nothing is said of copies."""
    register = lumicos()
    assert (register.transfers.outside_eea, register.transfers.regular) == (True, True)
    assert register.transfers.copy_from is None
    assert [r.code for r in register.recipients if r.country_known and not is_eea(r.country)] == ["mailchimp"]


def test_the_published_accounting_period_binds() -> None:
    """F49-F51, N6: ten years from the end of the financial year bind; the statute stands beside them."""
    rules = lumicos().accounting_rules()
    assert rules.profile == "as_notice"
    noticed = rules.as_notice
    assert (noticed.years, noticed.counted_from) == (10, CountedFrom.FINANCIAL_YEAR_END)
    assert {material: (rule.years, rule.counted_from) for material, rule in rules.by_class.items()} == {
        Material.VOUCHER: (6, CountedFrom.CALENDAR_YEAR_OF_FINANCIAL_YEAR_END),
        Material.LEDGER: (10, CountedFrom.FINANCIAL_YEAR_END),
        Material.OSS: (10, CountedFrom.CALENDAR_YEAR_OF_TRANSACTION),
    }


def test_every_other_period_has_its_source() -> None:
    """N20: the lengths that the notice leaves open are set, with law and reason; claims stay unused."""
    register = lumicos()
    kept = register.retention
    lengths = (
        kept.inactivity_months,
        kept.consent_evidence_years,
        kept.request_file_years,
        kept.audit_years,
        kept.suppression_review_months,
    )
    assert lengths == (24, 3, 3, 3, 12)
    assert register.claims_window().years == 3
    assert register.claims_window().necessity_assessment is None
    assert (register.return_window_days, register.minimum_consent_age) == (14, 13)


def test_rights_offered() -> None:
    """F27, N13: every right is offered, portability too."""
    assert {offered.right for offered in lumicos().rights} == set(Right)


def test_time_is_counted_in_helsinki() -> None:
    """Deadlines run in the controller's time zone, and the financial year is the calendar year."""
    register = lumicos()
    assert register.zone.key == "Europe/Helsinki"
    year = register.policy_financial_years().containing(date(2026, 3, 15))
    assert (year.start, year.end) == (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_labels_in_each_language(language: str) -> None:
    """Whoever reads Finnish, Swedish or English meets no text in another language."""
    register = lumicos()
    labels = [register.title, register.authority.name]
    labels += [category.label for category in register.categories]
    labels += [purpose.label for purpose in register.purposes]
    labels += [source.label for source in register.sources]
    assert all(language in label.languages for label in labels)
