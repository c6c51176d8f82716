"""PDFs are made of data, not of markup, and are the same for the same content."""

from datetime import UTC, datetime

from app.pdf import pdf_of, pictures_of

TEMPLATE = b"""
#let content = json(bytes(sys.inputs.content))
#set document(title: content.title)
#set text(lang: content.language)
= #content.title
#content.text
"""
MADE_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LETTER = {"title": "Päätös", "language": "fi", "text": 'Ei #panic("komentoja") $x$ *tästä* – vain tekstiä.'}


def test_the_same_content_makes_the_same_bytes() -> None:
    """A letter that is made again is the letter that was sent; what people write stays text."""
    first, second = (pdf_of(TEMPLATE, LETTER, MADE_AT) for _ in range(2))

    assert first.startswith(b"%PDF-")
    assert first == second
    assert pdf_of(TEMPLATE, {**LETTER, "text": "Muuta"}, MADE_AT) != first
    assert pdf_of(TEMPLATE, LETTER, MADE_AT.replace(microsecond=5)) == first


def test_pages_can_be_looked_at() -> None:
    """One picture for each page."""
    long = {**LETTER, "text": "Rivi. " * 3000}

    assert len(pictures_of(TEMPLATE, LETTER)) == 1
    assert len(pictures_of(TEMPLATE, long)) > 1
