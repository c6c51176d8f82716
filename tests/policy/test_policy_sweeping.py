"""Cut-offs and spans say of many rows what an assessment says of each."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.policy.customership import active_since
from app.policy.deadlines import nominal
from app.policy.erasure import AccountingFacts, Erase, HoldingKind, Rules, assess, holding_outcome
from app.policy.retention import FinancialYear, FinancialYears
from app.policy.sweeping import cut_off, spans
from app.policy.vocabulary import Material
from tests.policy.worlds import AS_NOTICE, ASKED, BOOKS, CALENDAR_YEARS, IRISH, STATUTE, days, holding

LONG = FinancialYear(date(2020, 1, 1), date(2021, 6, 30))
YEARS = (CALENDAR_YEARS, FinancialYears((), (4, 30)), FinancialYears((LONG,), (6, 30)))
all_rules = st.builds(
    Rules, accounting=st.sampled_from((AS_NOTICE, STATUTE, IRISH)), financial_years=st.sampled_from(YEARS)
)
todays = st.dates(date(2020, 1, 1), date(2060, 12, 31))


def judged(material: Material, booked: date, transacted: date, rules: Rules, today: date) -> object:
    """An assessment of one voucher kept here."""
    facts = AccountingFacts(material, booked, transacted, "here", None, buyer_printed=True)
    one = holding(HoldingKind.VOUCHER, BOOKS, accounting=facts)
    return holding_outcome(assess([one], ASKED, rules, today), one.id)


@settings(deadline=None)
@given(rules=all_rules, today=todays, material=st.sampled_from(Material), booked=days, off=st.integers(-900, 900))
def test_spans_and_assessments_agree(rules: Rules, today: date, material: Material, booked: date, off: int) -> None:
    """A row lies in a case exactly when it would be erased, with the same reason.

    Rows booked years from their transaction may be left to be judged by themselves, but never the other way round.
    """
    transacted = booked + timedelta(days=off)
    verdict = judged(material, booked, transacted, rules, today)
    found = [
        case.verdict
        for span in spans((BOOKS,), rules, date(2015, 1, 1), today)
        for case in span.cases
        if span.booked_from <= booked <= span.booked_through
        and case.material is material
        and case.transacted_from <= transacted <= case.transacted_through
    ]
    assert len(found) <= 1
    if found:
        assert found == [verdict]
    elif isinstance(verdict, Erase):
        assert abs(transacted.year - booked.year) > 1
    cut = cut_off(material, rules, today)
    within = cut is not None and booked <= cut.booked_through and transacted <= cut.transacted_through
    assert within == isinstance(verdict, Erase)


@given(today=todays, months=st.integers(1, 120), off=st.integers(-40, 40))
def test_the_inactivity_limit_is_the_period_read_backwards(today: date, months: int, off: int) -> None:
    """Somebody is active as long as the period from the last interaction has not run out, its last day included."""
    last = nominal(today, -months) + timedelta(days=off)
    assert (last >= active_since(today, months)) == (nominal(last, months) >= today)


def test_what_no_purpose_is_recorded_for_is_in_no_span() -> None:
    """A question for a human, which the sweep does not answer."""
    rules = Rules(accounting=AS_NOTICE, financial_years=CALENDAR_YEARS)
    assert list(spans((), rules, date(2000, 1, 1), date(2040, 1, 1))) == []
    assert list(spans((BOOKS,), rules, date(2000, 1, 1), date(2040, 1, 1)))
