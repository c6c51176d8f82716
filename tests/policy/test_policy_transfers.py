"""Chapter V: no transfer outside the EEA without a mechanism that holds that day."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policy.transfers import (
    EEA,
    UNKNOWN,
    AdequacyCondition,
    AdequacyDecision,
    Bcr,
    CompellingInterests,
    DpfEntry,
    Mechanism,
    Permitted,
    Refused,
    Scc,
    Tia,
    TiaOutcome,
    Transfer,
    is_eea,
    justify,
    justify_any,
)
from tests.policy.chapter_v import (
    AMERICA,
    DPF,
    ON_DPF,
    ON_SCC,
    SCC,
    START,
    TABLE,
    TODAY,
    TOMORROW,
    YESTERDAY,
    decision,
    reasons,
)


def test_the_eea_has_thirty_countries() -> None:
    """The Member States with Iceland, Liechtenstein and Norway; not Switzerland, not the United Kingdom."""
    assert len(EEA) == 30
    assert all(map(is_eea, ("FI", "SE", "IE", "GR", "HR", "IS", "LI", "NO", " fi ")))
    assert not any(map(is_eea, ("CH", "GB", "US", "UK", "AX", UNKNOWN, "")))


def test_inside_the_eea_chapter_v_does_not_apply() -> None:
    """A recipient in Sweden needs no mechanism, and the answer names none."""
    found = justify(Transfer("SE", regular=True, mechanism=None, valid_from=TOMORROW), (), TODAY)
    assert isinstance(found, Permitted)
    assert (found.article, found.mechanism, found.cautions) == (None, None, ())


@pytest.mark.parametrize("country", [UNKNOWN, "Unknown", "", " "])
def test_an_unknown_country_blocks_even_with_papers(country: str) -> None:
    """Clauses for a place nobody has named justify nothing."""
    assert "unknown" in reasons(justify(replace(ON_SCC, country=country), TABLE, TODAY))[0]


def test_outside_the_eea_a_mechanism_must_be_named() -> None:
    """A promise of confidentiality is no mechanism."""
    found = justify(Transfer("US", regular=True, mechanism=None, valid_from=START), TABLE, TODAY)
    assert "No mechanism" in reasons(found)[0]


@pytest.mark.parametrize(
    ("transfer", "holds"),
    [
        (ON_SCC, True),
        (replace(ON_SCC, valid_from=TODAY), True),
        (replace(ON_SCC, valid_from=TOMORROW), False),
        (replace(ON_SCC, valid_to=TODAY), True),
        (replace(ON_SCC, valid_to=YESTERDAY), False),
        (replace(ON_SCC, scc=replace(SCC, signed_on=TODAY)), True),
    ],
)
def test_a_mechanism_holds_from_its_first_to_its_last_day(transfer: Transfer, holds: bool) -> None:
    """Both days included, and nothing outside them."""
    assert isinstance(justify(transfer, TABLE, TODAY), Permitted) is holds


def test_adequacy_needs_a_decision_in_force_that_day() -> None:
    """The British decision is used from its first day to its last, as the table says."""
    transfer = Transfer("gb", regular=True, mechanism=Mechanism.ADEQUACY, valid_from=START)
    found = justify(transfer, TABLE, date(2027, 12, 31))
    assert isinstance(found, Permitted)
    assert (found.article, found.mechanism) == ("Art. 45", Mechanism.ADEQUACY)
    assert "Art. 45" in reasons(justify(transfer, TABLE, date(2028, 1, 1)))[0]
    early = replace(transfer, valid_from=date(2000, 1, 1))
    assert isinstance(justify(early, TABLE, date(2021, 6, 27)), Refused)
    assert isinstance(justify(early, TABLE, date(2021, 6, 28)), Permitted)
    assert isinstance(justify(replace(transfer, country="IN"), TABLE, TODAY), Refused)


@pytest.mark.parametrize(
    ("dpf", "holds"),
    [
        (DPF, True),
        (replace(DPF, expires_on=TODAY), True),
        (replace(DPF, expires_on=YESTERDAY), False),
        (replace(DPF, status="inactive"), False),
        (replace(DPF, names_importer=False), False),
        (replace(DPF, covers_data=False), False),
        (replace(DPF, checked_on=TOMORROW), False),
        (replace(DPF, checked_on=date(2025, 11, 22)), True),
        (replace(DPF, checked_on=date(2025, 11, 21)), False),
        (None, False),
    ],
)
def test_america_is_adequate_only_for_an_active_listing(dpf: DpfEntry | None, holds: bool) -> None:
    """The Data Privacy Framework covers listed organisations, and a listing lapses."""
    found = justify(replace(ON_DPF, dpf=dpf), TABLE, TODAY)
    assert isinstance(found, Permitted) is holds
    assert holds or "Privacy Framework" in reasons(found)[0]


@pytest.mark.parametrize(
    ("dpf", "late"),
    [
        (DPF, False),
        (replace(DPF, checked_on=date(2026, 5, 22)), False),
        (replace(DPF, checked_on=date(2026, 5, 21)), True),
        (replace(DPF, checked_on=date(2026, 5, 21), next_check_on=TODAY), False),
        (replace(DPF, next_check_on=YESTERDAY), True),
        (replace(DPF, names_importer=None), True),
    ],
)
def test_a_late_check_of_a_listing_is_first_a_caution(dpf: DpfEntry, late: bool) -> None:
    """Half a year, or the day that was named; after a whole year the check has missed a renewal and is a refusal."""
    found = justify(replace(ON_DPF, dpf=dpf), TABLE, TODAY)
    assert isinstance(found, Permitted)
    assert bool(found.cautions) is late


@pytest.mark.parametrize("country", ["CA", "JP"])
@pytest.mark.parametrize(("confirmed_on", "holds"), [(TODAY, True), (TOMORROW, False), (None, False)])
def test_a_decision_with_a_scope_needs_somebody_to_have_checked_it(
    country: str, confirmed_on: date | None, holds: bool
) -> None:
    """Canada covers organisations under PIPEDA, Japan the private sector: a person confirms that it fits."""
    transfer = Transfer(
        country, regular=True, mechanism=Mechanism.ADEQUACY, valid_from=START, scope_confirmed_on=confirmed_on
    )
    assert isinstance(justify(transfer, TABLE, TODAY), Permitted) is holds


def test_of_several_decisions_one_that_fits_is_enough() -> None:
    """A renewed decision with fewer conditions is used whatever its place in the table."""
    wider = decision("US", "2030/1", START, None, AdequacyCondition.NONE)
    unlisted = replace(ON_DPF, dpf=None)
    assert isinstance(justify(unlisted, (*TABLE, wider), TODAY), Permitted)
    assert isinstance(justify(unlisted, (wider, *TABLE), TODAY), Permitted)


def test_a_fallback_takes_over_when_the_framework_falls() -> None:
    """Mailchimp: listed in the framework, with clauses behind it that need their assessment."""
    fallen = (*(one for one in TABLE if one is not AMERICA), replace(AMERICA, valid_to=YESTERDAY))
    assert isinstance(first := justify_any([ON_DPF, ON_SCC], TABLE, TODAY), Permitted)
    assert first.mechanism is Mechanism.ADEQUACY
    assert isinstance(second := justify_any([ON_DPF, ON_SCC], fallen, TODAY), Permitted)
    assert second.mechanism is Mechanism.SCC
    unassessed = justify_any([ON_DPF, replace(ON_SCC, tia=None)], iter(fallen), TODAY)
    assert len(reasons(unassessed)) == 2


def test_a_refusal_of_all_alternatives_says_each_thing_once() -> None:
    """The same fault in two alternatives is one reason; no alternative at all is a reason too."""
    bare = replace(ON_SCC, tia=None)
    assert len(reasons(justify_any([bare, bare], TABLE, TODAY))) == 1
    assert reasons(justify_any([], TABLE, TODAY))


def test_a_flow_inside_the_eea_does_not_cover_one_outside() -> None:
    """Alternatives are for one flow: the Swedish hosting does not justify the American support desk."""
    sweden = Transfer("SE", regular=True, mechanism=None, valid_from=START)
    assert "one country" in reasons(justify_any([sweden, replace(ON_DPF, dpf=None)], TABLE, TODAY))[0]


dates = st.sampled_from((START, YESTERDAY, TODAY, TOMORROW))
transfers = st.builds(
    Transfer,
    country=st.sampled_from(("US", "CH", "IN", "CA", UNKNOWN)),
    regular=st.booleans(),
    mechanism=st.none() | st.sampled_from(Mechanism),
    valid_from=dates,
    valid_to=st.none() | dates,
    dpf=st.none() | st.builds(DpfEntry, st.just("e"), st.sampled_from(("active", "inactive")), dates, dates),
    importer_role=st.sampled_from((None, "controller", "processor", "sub_processor")),
    scc=st.none() | st.builds(Scc, st.just("M2"), dates, st.booleans()),
    bcr=st.none() | st.builds(Bcr, st.sampled_from(("C", "P")), dates, st.booleans()),
    tia=st.none() | st.builds(Tia, st.none() | dates, st.none() | st.sampled_from(TiaOutcome)),
    instrument=st.sampled_from((None, "doc 4")),
    scope_confirmed_on=st.none() | dates,
    compelling=st.none() | st.builds(CompellingInterests, dates, dates),
)
tables = st.lists(st.sampled_from(TABLE), unique=True)


@given(transfers, tables, dates)
def test_no_transfer_outside_the_eea_without_a_mechanism_valid_that_day(
    transfer: Transfer, table: list[AdequacyDecision], on: date
) -> None:
    """Whatever is recorded, a permission has a named mechanism, in force, with the evidence it needs."""
    found = justify(transfer, table, on)
    if isinstance(found, Refused):
        assert found.reasons
        return
    assert found.mechanism is not None
    assert found.mechanism is transfer.mechanism
    assert transfer.country != UNKNOWN
    assert transfer.valid_from <= on
    assert transfer.valid_to is None or on <= transfer.valid_to
    if found.mechanism is Mechanism.ADEQUACY:
        assert transfer.country in {one.country for one in table}
    if found.mechanism.startswith("46"):
        assert transfer.tia is not None
        assert transfer.tia.outcome in (TiaOutcome.ADEQUATE, TiaOutcome.ADEQUATE_WITH_MEASURES)
    if transfer.country == "US" and found.mechanism is Mechanism.ADEQUACY:
        assert transfer.dpf is not None
        assert transfer.dpf.checked_on <= on <= transfer.dpf.expires_on


@given(st.lists(transfers.map(lambda one: replace(one, country="US")), max_size=4), tables, dates)
def test_alternatives_permit_exactly_when_one_of_them_does(
    alternatives: list[Transfer], table: list[AdequacyDecision], on: date
) -> None:
    """The first that holds is the one that is named."""
    each = [justify(one, table, on) for one in alternatives]
    first = next((one for one in each if isinstance(one, Permitted)), None)
    found = justify_any(alternatives, table, on)
    assert found == first if first else isinstance(found, Refused)
