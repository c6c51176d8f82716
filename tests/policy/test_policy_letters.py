"""What a letter must say (Art. 12(4) above all): each demanded part by itself, and any mixture of them."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policy.holdings import HoldingKind
from app.policy.letters import DEMANDED, INTERIM, Lacking, LetterKind, Part, Said, Staying, lacking, outcome

KEPT = Staying(
    kind=HoldingKind.VOUCHER,
    reason="accounting",
    ground="17(3)(b)",
    law="Kirjanpitolaki 1336/1997",
    section="2:10 §",
    until=date(2035, 12, 31),
    ends=None,
    access="accounting",
)
ALL = dict.fromkeys(Part, ("said",))
REFUSALS = [
    LetterKind.PARTIAL,
    LetterKind.REFUSED,
    LetterKind.FEE_OR_EXCESSIVE,
    LetterKind.OBJECTION_OUTCOME,
    LetterKind.RECTIFICATION_OUTCOME,
]


def test_every_kind_says_what_it_must_say() -> None:
    """No kind is without demands, and a letter that says all of it lacks nothing."""
    assert set(DEMANDED) == set(LetterKind)
    assert all(DEMANDED.values())
    assert [kind for kind in LetterKind if lacking(Said(kind, ALL, (KEPT,)))] == []


@pytest.mark.parametrize("kind", REFUSALS)
@pytest.mark.parametrize("part", [Part.REASONS, Part.COMPLAINT, Part.REMEDY])
def test_a_refusal_without_one_of_its_three_parts_is_not_whole(kind: LetterKind, part: Part) -> None:
    """Art. 12(4): reasons, complaint, remedy; blank words say nothing."""
    assert lacking(Said(kind, {**ALL, part: ()}, (KEPT,))) == (Lacking(part),)
    assert lacking(Said(kind, {**ALL, part: (" ", "")}, (KEPT,))) == (Lacking(part),)
    assert kind not in INTERIM


@pytest.mark.parametrize("part", [Part.EVIDENCE, Part.APPROVER, Part.CHARGE])
def test_an_excessive_request_needs_evidence_and_a_named_approver(part: Part) -> None:
    """Art. 12(5): the controller bears the burden of proof, and says whether it charges or refuses."""
    assert lacking(Said(LetterKind.FEE_OR_EXCESSIVE, {**ALL, part: ()})) == (Lacking(part),)


@pytest.mark.parametrize("member", ["reason", "ground", "law", "section", "access"])
def test_each_thing_that_stays_says_why_under_which_law_and_who_sees_it(member: str) -> None:
    """One row without it makes the letter incomplete, and is named."""
    blank: dict[str, Any] = {member: " "}
    said = Said(LetterKind.PARTIAL, ALL, (KEPT, replace(KEPT, **blank)))

    assert lacking(said) == (Lacking(Part.STAYING, member, 1),)


def test_what_has_no_date_names_the_event_that_ends_it() -> None:
    """ "For the time being" is no answer to until when."""
    endless = replace(KEPT, until=None)

    assert lacking(Said(LetterKind.PARTIAL, ALL, (endless,))) == (Lacking(Part.STAYING, "until", 0),)
    assert lacking(Said(LetterKind.PARTIAL, ALL, (replace(endless, ends="dispute"),))) == ()
    assert lacking(Said(LetterKind.PARTIAL, ALL)) == (Lacking(Part.STAYING),)


@given(st.sampled_from(LetterKind), st.frozensets(st.sampled_from(Part)), st.booleans())
def test_a_letter_lacks_exactly_what_is_demanded_and_unsaid(
    kind: LetterKind, parts: frozenset[Part], keeps: bool
) -> None:
    """Whatever is said beyond the demands changes nothing."""
    said = Said(kind, dict.fromkeys(parts, ("said",)), (KEPT,) if keeps else ())
    there = (parts - {Part.STAYING}) | ({Part.STAYING} if keeps else set())

    assert {one.part for one in lacking(said)} == set(DEMANDED[kind]) - there


@given(st.integers(0, 5), st.lists(st.sampled_from(HoldingKind), max_size=5))
def test_the_outcome_follows_from_what_went_and_what_stays(went: int, staying: list[HoldingKind]) -> None:
    """Anything kept but the mark of a ban makes it a partial refusal; kept and nothing gone, a refusal."""
    kept = [kind for kind in staying if kind is not HoldingKind.SUPPRESSION]
    found = outcome(went, staying)

    assert (found is LetterKind.FULFILLED) == (not kept)
    assert (found is LetterKind.REFUSED) == (bool(kept) and not went)
