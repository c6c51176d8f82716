"""Another controller is another document: no line of code knows either of the two."""

from datetime import date

import pytest

from app.policy.retention import AccountingPeriod, accounting_period
from app.policy.vocabulary import Material
from app.register.definition_attributes import AttributesInvalid
from tests.register.documents import irish_shop, lumicos


def test_it_has_its_own_purposes_and_recipients() -> None:
    """Purposes, categories and recipients are the document's; none of them is shared with the Finnish one."""
    irish, finnish = irish_shop(), lumicos()
    assert {p.code for p in irish.purposes}.isdisjoint(p.code for p in finnish.purposes)
    assert {r.code for r in irish.recipients}.isdisjoint(r.code for r in finnish.recipients)
    assert [p.code for p in irish.consent_purposes] == ["mailing_list"]


def test_switched_off_fields_and_records() -> None:
    """What no category lists is switched off: this shop holds no telephone numbers and no bookings."""
    assert irish_shop().contact_fields == {"name", "email", "address"}
    assert "bookings" not in irish_shop().records
    assert "bookings" in lumicos().records


def test_it_keeps_irish_holidays_and_hours() -> None:
    """Saint Patrick's Day is a holiday in Dublin and a working day in Helsinki."""
    day = date(2026, 3, 17)
    assert day in irish_shop().holidays()
    assert day not in lumicos().holidays()
    assert irish_shop().zone.key == "Europe/Dublin"


def test_financial_years_close_in_june() -> None:
    """An explicit year comes first, the closing day gives the rest."""
    years = irish_shop().policy_financial_years()
    assert years.containing(date(2024, 2, 1)).end == date(2025, 6, 30)
    assert years.containing(date(2025, 7, 1)).end == date(2026, 6, 30)


def test_its_own_statute_gives_the_accounting_date() -> None:
    """Seven years under its own law: a sale booked in March 2026 stays through the end of 2033."""
    register = irish_shop()
    sale = date(2026, 3, 2)
    years, rules = register.policy_financial_years(), register.accounting_rules()
    period = accounting_period(Material.VOUCHER, sale, sale, years, rules)
    assert isinstance(period, AccountingPeriod)
    assert (period.until, period.law) == (date(2033, 12, 31), "Taxes Consolidation Act 1997")


def test_requests_go_to_the_contact() -> None:
    """What the contact gives replaces the controller's; what it leaves out stays the controller's."""
    register = irish_shop()
    assert register.request_email == "privacy@example.com"
    assert register.request_phone is register.controller.phone


def test_declared_fields_are_validated() -> None:
    """Declared fields are stored in their type; what was not given is not stored."""
    given = {"frame_size": "M", "frame_number": "  X-1 ", "serviced_on": "2026-05-04"}
    stored = irish_shop().validate_attributes(given)
    assert stored == {"frame_size": "M", "frame_number": "X-1", "serviced_on": "2026-05-04"}
    assert irish_shop().validate_attributes({}) == {}


@pytest.mark.parametrize(
    ("attributes", "field"),
    [
        ({"frame_size": "XXL"}, "frame_size"),
        ({"frame_number": "X" * 31}, "frame_number"),
        ({"serviced_on": "yesterday"}, "serviced_on"),
        ({"serviced_on": 86400}, "serviced_on"),
        ({"shoe_size": "42"}, "shoe_size"),
        ({"name": "Nomen"}, "name"),
    ],
)
def test_undeclared_or_wrong_fields_are_refused(attributes: dict[str, object], field: str) -> None:
    """F26: fields that are not declared are refused; the refusal names the field and never the value."""
    with pytest.raises(AttributesInvalid) as caught:
        irish_shop().validate_attributes(attributes)
    assert [name for name, _ in caught.value.problems] == [field]
    assert str(next(iter(attributes.values()))) not in str(caught.value)


def test_lumicos_declares_no_further_fields() -> None:
    """F26: the Finnish register takes no further field at all."""
    with pytest.raises(AttributesInvalid):
        lumicos().validate_attributes({"frame_size": "M"})
