"""Chapter V: safeguards of Article 46 and the derogations of Article 49."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.policy.transfers import (
    Bcr,
    CompellingInterests,
    Mechanism,
    Permitted,
    Scc,
    Tia,
    TiaOutcome,
    Transfer,
    justify,
)
from tests.policy.chapter_v import BCR, ON_SCC, SCC, START, TABLE, TIA, TODAY, TOLD, TOMORROW, YESTERDAY, reasons


@pytest.mark.parametrize("mechanism", [m for m in Mechanism if m.startswith("46")])
@pytest.mark.parametrize(
    "tia",
    [
        None,
        Tia(None, TiaOutcome.ADEQUATE),
        Tia(TOMORROW, TiaOutcome.ADEQUATE),
        Tia(START, TiaOutcome.INADEQUATE),
        Tia(START, None),
    ],
)
def test_no_safeguard_of_article_46_without_a_favourable_assessment(mechanism: Mechanism, tia: Tia | None) -> None:
    """Schrems II: the destination is assessed first, the assessment completed, and its outcome permits."""
    transfer = replace(ON_SCC, mechanism=mechanism, instrument="doc 7", bcr=BCR, tia=tia)
    assert "assessment" in reasons(justify(transfer, TABLE, TODAY))[0]
    for outcome in (TiaOutcome.ADEQUATE, TiaOutcome.ADEQUATE_WITH_MEASURES):
        found = justify(replace(transfer, tia=Tia(TODAY, outcome)), TABLE, TODAY)
        assert isinstance(found, Permitted)
        assert found.article == f"Art. {mechanism}"


def test_an_overdue_review_is_a_caution_not_a_refusal() -> None:
    """The assessment still stands, and whoever reads the answer sees that it is late."""
    assert isinstance(on_time := justify(ON_SCC, TABLE, date(2027, 1, 1)), Permitted)
    assert on_time.cautions == ()
    assert isinstance(late := justify(ON_SCC, TABLE, date(2027, 1, 2)), Permitted)
    assert "2027-01-01" in late.cautions[0]


@pytest.mark.parametrize(
    ("scc", "count"),
    [
        (None, 1),
        (replace(SCC, signed_on=TOMORROW), 1),
        (replace(SCC, annexes_complete=False), 1),
        (Scc("M2", TOMORROW, annexes_complete=False), 2),
        (replace(SCC, signed_on=date(2021, 6, 26)), 1),
    ],
)
def test_clauses_must_be_signed_and_complete(scc: Scc | None, count: int) -> None:
    """Everything that is missing is named, not only the first."""
    assert len(reasons(justify(replace(ON_SCC, scc=scc), TABLE, TODAY))) == count


@pytest.mark.parametrize(
    ("role", "module", "holds"),
    [
        ("controller", "M1", True),
        ("controller", "M4", True),
        ("controller", "M2", False),
        ("processor", "M2", True),
        ("processor", "M1", False),
        ("sub_processor", "M3", True),
        ("sub_processor", "M2", False),
        (None, "M4", True),
    ],
)
def test_a_module_is_written_for_the_role_of_the_importer(role: Any, module: Any, holds: bool) -> None:
    """The clauses between controllers bind no processor to instructions, and the other way round."""
    found = justify(replace(ON_SCC, importer_role=role, scc=replace(SCC, module=module)), TABLE, TODAY)
    assert isinstance(found, Permitted) is holds


def test_clauses_without_a_named_law_and_forum_are_a_caution() -> None:
    """Clauses 17 and 18 are filled in the document; what the record leaves out makes them no less binding."""
    found = justify(replace(ON_SCC, scc=replace(SCC, law_and_forum=False)), TABLE, TODAY)
    assert isinstance(found, Permitted)
    assert "clauses 17 and 18" in found.cautions[0]


@pytest.mark.parametrize(
    ("bcr", "role", "holds"),
    [
        (BCR, "processor", True),
        (BCR, "sub_processor", True),
        (BCR, "controller", False),
        (replace(BCR, kind="C"), "controller", True),
        (replace(BCR, names_importer=False), "processor", False),
        (replace(BCR, approved_on=TOMORROW), "processor", False),
        (None, "processor", False),
    ],
)
def test_corporate_rules_bind_the_entities_they_list_once_approved(bcr: Bcr | None, role: Any, holds: bool) -> None:
    """A document somewhere is no approval, and rules for a group's own data bind no processor."""
    transfer = replace(ON_SCC, mechanism=Mechanism.BCR, importer_role=role, bcr=bcr, instrument="doc 4")
    assert isinstance(justify(transfer, TABLE, TODAY), Permitted) is holds


DOCUMENTED = [m for m in Mechanism if m not in (Mechanism.ADEQUACY, Mechanism.SCC, Mechanism.BCR)]


@pytest.mark.parametrize("mechanism", DOCUMENTED)
@pytest.mark.parametrize("instrument", [None, " "])
def test_every_other_mechanism_needs_its_document(mechanism: Mechanism, instrument: str | None) -> None:
    """An approval, a permission, or the record of why a derogation was strictly necessary."""
    transfer = Transfer(
        "US",
        regular=False,
        mechanism=mechanism,
        valid_from=YESTERDAY,
        valid_to=TOMORROW,
        tia=TIA,
        compelling=TOLD,
        instrument=instrument,
    )
    assert str(mechanism) in reasons(justify(transfer, TABLE, TODAY))[0]
    assert isinstance(justify(replace(transfer, instrument="doc 4"), TABLE, TODAY), Permitted)


@pytest.mark.parametrize(
    ("mechanism", "regular_too"),
    [
        (Mechanism.EXPLICIT_CONSENT, True),
        (Mechanism.CONTRACT, False),
        (Mechanism.CONTRACT_IN_INTEREST, False),
        (Mechanism.PUBLIC_INTEREST, True),
        (Mechanism.LEGAL_CLAIMS, False),
        (Mechanism.VITAL_INTERESTS, True),
        (Mechanism.PUBLIC_REGISTER, True),
        (Mechanism.COMPELLING_INTERESTS, False),
    ],
)
def test_regular_transfers_never_rest_on_an_occasional_derogation(mechanism: Mechanism, regular_too: bool) -> None:
    """The notice says that transfers are regular, so Recital 111 rules these out however well documented."""
    transfer = Transfer("US", regular=True, mechanism=mechanism, valid_from=TODAY, instrument="doc 4", compelling=TOLD)
    single = replace(transfer, regular=False, valid_to=TODAY + timedelta(days=31))
    assert isinstance(justify(transfer, TABLE, TODAY), Permitted) is regular_too
    assert isinstance(justify(single, TABLE, TODAY), Permitted)
    for lasting in (replace(single, valid_to=None), replace(single, valid_to=TODAY + timedelta(days=32))):
        assert isinstance(justify(lasting, TABLE, TODAY), Permitted) is regular_too


@pytest.mark.parametrize("told", [None, CompellingInterests(TOMORROW, TODAY), CompellingInterests(TODAY, TOMORROW)])
def test_compelling_interests_need_the_authority_and_the_persons_informed(
    told: CompellingInterests | None,
) -> None:
    """Both, and before the transfer."""
    transfer = Transfer(
        "US",
        regular=False,
        mechanism=Mechanism.COMPELLING_INTERESTS,
        valid_from=YESTERDAY,
        valid_to=TOMORROW,
        instrument="doc 4",
        compelling=told,
    )
    assert "informed" in reasons(justify(transfer, TABLE, TODAY))[0]
