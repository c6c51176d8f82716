"""Every kind in every language, as page and PDF: complete, escaped, cited as one cites, over several pages."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from app.letters import rendering
from app.letters.addressee import Addressee
from app.letters.composing import compose
from app.letters.document import Document, text_of
from app.letters.facts import Facts, Partial, Refused, read
from app.letters.service import TEMPLATE_VERSION, letter_language
from app.letters.words import LANGUAGES, words
from app.pdf import pictures_of
from app.policy.letters import LetterKind
from app.register.definition import Definition
from app.register.loading import bundled, load
from tests.letters.samples import SAMPLES, WENT, kept

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
AINO = Addressee("Aino <b>Esimerkki</b>", "Koetie 1", "33200", "Tampere", "FI", "aino@example.fi", "040 100 0001")
COMPLAINT = {"authority": "Tietosuoja", "address": None, "phone": None, "email": None, "url": "https://tietosuoja.fi/"}


@pytest.fixture(scope="module")
def definition() -> Definition:
    return load(bundled())


def composed(definition: Definition, facts: Facts, language: str, person: Addressee | None = AINO) -> Document:
    content = {"complaint": COMPLAINT, "remedy": {"courts": ["establishment"], "city": "Tampere"}}
    row: Any = SimpleNamespace(
        template_version=TEMPLATE_VERSION, language=language, number="K-2026-000001", case_number="2026-00001",
        issued_at=AT, content={**content, "facts": facts.model_dump(mode="json")},
    )  # fmt: skip
    return compose(row, definition, person)


def test_there_is_a_sample_of_each_kind() -> None:
    """And what is stored of each is read as it was."""
    assert {facts.kind for facts in SAMPLES} == set(LetterKind)
    assert [read(facts.model_dump(mode="json")) for facts in SAMPLES] == list(SAMPLES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_is_a_whole_page(definition: Definition, language: str) -> None:
    """Nothing is left to fill in, no code is left untranslated, what people wrote is escaped, no script runs."""
    for facts in SAMPLES:
        document = composed(definition, facts, language)
        page = rendering.html_of(document, TEMPLATE_VERSION)
        text = text_of(document)

        assert not re.search(r"[{}]|None|\b[a-z]+_[a-z_]+\b|1[78]\(\d\)\([a-f]\)\)?$", text), (facts.kind, text)
        assert f'<html lang="{language}">' in page
        assert "Aino &lt;b&gt;Esimerkki&lt;/b&gt;" in page
        assert "<script" not in page
        assert "2026-00001" in page
        assert "K-2026-000001" in page


def test_the_languages_say_the_same_things() -> None:
    """No text is missing in one language, and each asks for the same values."""

    def shape(texts: Any, place: str = "") -> Iterator[tuple[str, Any]]:
        if isinstance(texts, dict):
            for name, inner in texts.items():
                yield from shape(inner, f"{place}.{name}")
        else:
            yield place, len(texts) if isinstance(texts, list) else sorted(re.findall(r"{\w+}", texts))

    first, *others = (dict(shape(words(TEMPLATE_VERSION, language).texts)) for language in LANGUAGES)
    assert all(other == first for other in others)


@pytest.mark.parametrize("facts", SAMPLES, ids=lambda facts: facts.kind)
def test_every_kind_is_an_accessible_pdf(definition: Definition, facts: Facts) -> None:
    """PDF/UA-1 in one language after the other; the same letter has the same bytes."""
    language = LANGUAGES[len(facts.kind) % 3]
    made = rendering.pdf(composed(definition, facts, language), TEMPLATE_VERSION, AT)

    assert made.startswith(b"%PDF-")
    assert b"pdfuaid" in made


def test_a_long_table_goes_on_over_the_pages(definition: Definition) -> None:
    """Thirty vouchers need several pages; without a name the letter is still whole."""
    facts = Partial.model_validate(
        {**SAMPLES[4].model_dump(), "stays": tuple(kept(number) for number in range(30)), "went": WENT}
    )
    document = composed(definition, facts, "fi", None)

    assert document.recipient == ()
    assert len(pictures_of(rendering.typst_template(1), rendering.content_of(document), 20)) == 4
    assert "Tosite V-29, 10.5.2025" in text_of(document)
    assert "<thead>" in rendering.html_of(document, TEMPLATE_VERSION)


@pytest.mark.parametrize(
    ("language", "law", "article"),
    [
        (
            "fi",
            "Kirjanpitolaki 1336/1997, 2 luvun 10 §:n 2 momentti",
            "EU:n tietosuoja-asetus, 17 artiklan 3 kohdan b alakohta",
        ),
        ("sv", "Bokföringslagen 1336/1997, 2 kap. 10 § 2 mom.", "EU:s dataskyddsförordning, artikel 17.3 b"),
        ("en", "Accounting Act 1336/1997 (Finland), chapter 2, section 10(2)", "GDPR, Article 17(3)(b)"),
    ],
)  # fmt: skip
def test_statutes_are_cited_as_one_cites_them(language: str, law: str, article: str) -> None:
    """Law and section in the language of the letter; a law that we do not know is named as the definition does."""
    w = words(TEMPLATE_VERSION, language)

    assert w.cited("Kirjanpitolaki 1336/1997", "2:10 § 2 mom.") == law
    assert w.cited("GDPR", "Art. 17(3)(b)") == article
    assert w.cited("Companies Act 2014", "s. 285").startswith("Companies Act 2014, s. 285")


def test_the_language_is_the_persons_or_the_first_of_the_definition(definition: Definition) -> None:
    assert [letter_language(definition, code) for code in ("sv", "en", "de", None)] == ["sv", "en", "fi", "fi"]


def test_a_refusal_for_the_time_being_says_what_it_waits_for(definition: Definition) -> None:
    """An erasure under which everything stays is no refusal for ever."""
    facts = Refused.model_validate({**SAMPLES[5].model_dump(), "ground": None, "reasons": (), "stays": (kept(),)})

    assert composed(definition, facts, "fi").title == "Emme voi vielä poistaa tietojasi"
    assert composed(definition, SAMPLES[5], "sv").title == "Vi kan inte tillmötesgå din begäran"
