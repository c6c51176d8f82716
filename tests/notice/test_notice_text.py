"""The Finnish notice says every fact of the published one and none of its defects; the others say as much."""

import re
from collections.abc import Callable

import pytest

from app.notice.composing import compose
from app.notice.document import text_of
from app.notice.facts import Practice
from app.notice.promises import Promise
from app.notice.rules import kept
from app.notice.rules_text import defects_in
from app.register.definition import Definition
from tests.notice.corrected import corrected
from tests.notice.numbers import DEFECTS, FACTS, PROMISES
from tests.notice.practices import as_declared, in_order
from tests.register.documents import irish_shop, lumicos, notice

World = tuple[Definition, Practice]
WORLDS: dict[str, Callable[[], World]] = {
    "as it is": lambda: (lumicos(), as_declared(lumicos())),
    "in order": lambda: (corrected(), in_order(corrected())),
}
MAY_CHANGE = {"F8", "F9", "F50"}
"""Facts that the corrected definition corrects: mailbox, officer, ten years."""


def written(world: World, language: str = "fi") -> str:
    """The notice as one line of plain text."""
    definition, practice = world
    text = text_of(compose(definition, practice, kept(definition, practice), language).stored())
    return " ".join(text.split())


def test_the_tables_are_whole() -> None:
    """No number of the fact base is left out."""
    assert FACTS.keys() | PROMISES.keys() == {f"F{n}" for n in range(1, 100)}
    assert list(DEFECTS) == [f"N{n}" for n in range(1, 41)]


@pytest.mark.parametrize("name", WORLDS)
def test_every_fact_is_stated(name: str) -> None:
    """F1-F99, in the notice as it is today and in the one of a controller who has put everything in order."""
    text, skipped = written(WORLDS[name]()), MAY_CHANGE if name == "in order" else set()
    lacking = [
        (number, pattern)
        for number, patterns in FACTS.items()
        for pattern in patterns
        if number not in skipped and not re.search(pattern, text)
    ]
    assert lacking == []


def test_a_promise_is_printed_only_while_it_is_true() -> None:
    """F3, F74, F87, F91: today the duty stands in their place; in order, the promise itself."""
    today, then = (written(make()) for make in WORLDS.values())
    for number, (promise, duty) in PROMISES.items():
        assert (promise in today, duty in today) == (False, True), number
        assert (promise in then, duty in then) == (True, False), number


@pytest.mark.parametrize("name", WORLDS)
def test_every_defect_is_mended(name: str) -> None:
    """N1-N40: the faulty words are gone and the right ones are there."""
    text = written(WORLDS[name]())
    assert [n for n, (gone, _) in DEFECTS.items() if any(re.search(pattern, text) for pattern in gone)] == []
    assert [n for n, (_, there) in DEFECTS.items() if not all(re.search(pattern, text) for pattern in there)] == []
    assert text.count("Hämeenkatu 24") == 1


def test_the_published_text_shows_every_defect() -> None:
    """All forty are seen in the text as it was published, and only what is still open in the one written from it."""
    assert [one.about for one in defects_in(notice(), lumicos())] == list(DEFECTS)


def test_what_is_written_shows_no_defect() -> None:
    """Of today's only the business code and the undeclared purpose are left; in order, none."""
    dated = " Versio 1"
    today, then = WORLDS["as it is"](), WORLDS["in order"]()
    assert [one.about for one in defects_in(written(today) + dated, lumicos(), kept(*today))] == ["N26", "N31"]
    assert kept(*then) == frozenset(Promise)
    assert defects_in(written(then) + dated, corrected(), kept(*then)) == ()


def test_the_other_languages_say_as_much() -> None:
    """The same sections and blocks in each; a controller of another country needs no other code."""
    definition, practice = WORLDS["as it is"]()
    shapes = []
    for language in definition.languages:
        stored = compose(definition, practice, frozenset(), language).stored()
        shapes.append([(s["code"], [block["sort"] for block in s["blocks"]]) for s in stored["sections"]])
    assert shapes[0] == shapes[1] == shapes[2]
    assert len(shapes[0]) == 13
    irish = written((irish_shop(), in_order(irish_shop())), "en")
    assert "Liffey Cycles Limited" in irish
    assert "Data are not transferred outside the EU" in irish
    assert not re.search("Lumicos|Finland|{", irish)
