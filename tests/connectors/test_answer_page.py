"""The page behind the one-time link, and what a recipient may answer on it."""

import re
from datetime import date
from typing import Any

import pytest

from app.connectors.answer_page import Shown, State, answer_page, ended_page, security_policy
from app.connectors.answers import Answer, AnswerIncomplete, read_answer
from app.connectors.instruction import Change
from app.connectors.texts import LANGUAGES, _texts
from app.policy.notifications import Act
from tests.connectors.told import PERSONAL, told

TODAY = date(2026, 3, 2)
STATES: tuple[State, ...] = ("open", "showing", "shown", "thanks", "ended")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_person_is_shown_in_one_state_only(language: str, state: State) -> None:
    """For every act: opening the page, coming back to it and answering show nobody."""
    for act in Act:
        page = answer_page(Shown(told(act, language=language), state))
        assert [value for value in PERSONAL if value in page] == (list(PERSONAL) if state == "showing" else [])
        assert page.startswith(f'<!doctype html>\n<html lang="{language}">')
        assert ("<form" in page) == (state in {"open", "showing", "shown"})
        assert "{" not in page.partition("</style>")[2]


def test_showing_is_a_button_and_opening_uses_nothing_up() -> None:
    """Mail scanners open links."""
    page = answer_page(Shown(told(), "open"))
    assert re.findall(r'method="(\w+)"', page) == ["post", "post"]
    assert 'name="do" value="show"' in page
    assert "show" not in re.findall(r'name="do" value="(\w+)"', answer_page(Shown(told(), "showing")))


def test_what_is_typed_comes_back_escaped() -> None:
    """With the problem announced, and the field that it lies in named."""
    given = {"answer": "refused", "ground": '"><script>', "until": "yesterday", "answered_by": "<b>"}
    page = answer_page(Shown(told(language="en"), "shown", problem="until", given=given))
    assert "<script>" not in page
    assert "&lt;b&gt;" in page
    assert 'role="alert"' in page
    assert re.search(r'name="until"[^>]*aria-invalid="true"', page)
    assert 'value="refused" required checked' in page


def test_it_shows_no_more_than_the_recipient_needs() -> None:
    """And an address that was rectified on one line."""
    was, now = {"street": "Hämeenkatu 1", "city": "Tampere"}, {"street": "Aleksanterinkatu 2", "city": "Helsinki"}
    given = told(Act.RECTIFICATION, language="en", changes=(Change("address", was, now), Change("phone", "1", None)))
    page = answer_page(Shown(given, "showing", fields=("name",)))
    assert "maija@example.fi" not in page
    assert "Aleksanterinkatu 2, Helsinki (was: Hämeenkatu 1, Tampere)" in page
    assert "nothing (was: 1)" in page


def test_a_link_that_has_ended_says_nothing() -> None:
    """Not even whether there was a case."""
    page = ended_page("sv", "tietosuoja@example.com")
    assert "gäller inte längre" in page
    assert "Lumicos" not in page
    assert "script-src" not in security_policy()
    assert security_policy().startswith("default-src 'none'; style-src 'sha256-")


def test_every_text_stands_in_every_language() -> None:
    """For every act there is, too."""

    def languages(node: Any) -> list[set[str]]:
        return [set(node)] if "fi" in node else [each for one in node.values() for each in languages(one)]

    assert all(found == set(LANGUAGES) for found in languages(_texts()))
    assert set(_texts()["acts"]) == {act.value for act in Act}


DONE = {"answer": "done", "answered_by": " Tietosuojavastaava \n", "ground": "ignored", "until": "ignored"}
REFUSED = {"answer": "refused", "answered_by": "T. Vastaava", "ground": "Kirjanpitolaki 2:10", "until": "2032-12-31"}


def test_an_answer() -> None:
    """Only a refusal has a ground and a day."""
    assert read_answer(DONE, TODAY) == Answer("done", "Tietosuojavastaava")
    assert read_answer({**DONE, "answer": "nothing_held"}, TODAY).kind == "nothing_held"
    whole = Answer("refused", "T. Vastaava", "Kirjanpitolaki 2:10", date(2032, 12, 31))
    assert read_answer(REFUSED, TODAY) == whole
    assert read_answer({**REFUSED, "until": ""}, TODAY).until is None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "answer"),
        ({**DONE, "answer": "maybe"}, "answer"),
        ({**DONE, "answered_by": " "}, "answered_by"),
        ({**DONE, "answered_by": "x" * 121}, "answered_by"),
        ({**DONE, "answered_by": "x\x00"}, "answered_by"),
        ({**REFUSED, "ground": ""}, "ground"),
        ({**REFUSED, "ground": "x" * 201}, "ground"),
        ({**REFUSED, "until": "31.12.2032"}, "until"),
        ({**REFUSED, "until": "2026-03-02"}, "until"),
    ],
)
def test_no_answer_yet(sent: dict[str, str], field: str) -> None:
    """Each says where it fails."""
    with pytest.raises(AnswerIncomplete) as refused:
        read_answer(sent, TODAY)
    assert refused.value.field == field
    assert field in _texts()["problems"]
