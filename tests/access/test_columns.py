"""No column of the register can be forgotten: it is in the reply, or left out for a reason that is written down."""

import pytest

from app.access.labels import LANGUAGES, Speech, labels
from app.access.sections import BY_RECORD, SECTIONS
from app.access.writing import cell
from app.audit.tables import audit_subjects
from app.db import metadata
from app.letters.tables import letter_deliveries
from app.tables import TABLES

assert TABLES
JOINED = {audit_subjects.name, letter_deliveries.name}
"""Read beside the table of a section, and shown through it."""


def test_every_table_is_shown_or_outside() -> None:
    """A new table takes its place in `sections.py`, or in `outside` with the reason."""
    shown = {section.table.name for section in SECTIONS} | JOINED
    outside = set(labels().outside)

    assert not shown & outside
    assert shown | outside == set(metadata.tables)
    assert all(reason.strip() for reason in labels().outside.values())


@pytest.mark.parametrize("table", sorted({*(s.table.name for s in SECTIONS), *JOINED}))
def test_every_column_is_shown_or_left_out_for_a_reason(table: str) -> None:
    """And nothing is both, so that the list of what is left out stays true."""
    shown: set[str] = set()
    for section in SECTIONS:
        if section.table.name == table:
            shown |= {column.name for column in section.columns}
    left_out = labels().left_out[table]

    assert not shown & set(left_out)
    assert shown | set(left_out) == set(metadata.tables[table].c.keys())
    assert set(left_out.values()) <= set(labels().reasons)


def test_every_section_and_code_has_words() -> None:
    """Each section its title and fields, each list of codes its meanings, in every language; no record name twice."""
    assert set(labels().sections) == {section.code for section in SECTIONS}
    assert len(BY_RECORD) == len(SECTIONS)
    for section in SECTIONS:
        words = labels().sections[section.code]
        assert set(section.portable) <= set(words.fields)
        assert {one.codes for one in words.fields.values() if one.codes} <= set(labels().codes)
        assert section.named_by
    spoken = [Speech(language).word("title") for language in LANGUAGES]
    assert len(set(spoken)) == len(LANGUAGES)
    assert Speech("ga").word("title") == Speech("en").word("title")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+358401234567", "'+358401234567"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("-49.90", "-49.90"),
        ("Aino = Esimerkki", "Aino = Esimerkki"),
        (None, ""),
        (True, "true"),
        ([{"title": "=x"}], '[{"title": "=x"}]'),
    ],
)
def test_no_cell_is_a_formula(value: object, written: str) -> None:
    """What a person has typed is never run by the spreadsheet of whoever opens it; numbers stay numbers."""
    assert cell(value) == written
