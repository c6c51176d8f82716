"""Reading exports: encodings, half lines, bombs, clocks and amounts; no database."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.imports.amounts import UnclearNumber, money, number
from app.imports.errors import ColumnMissing, NotAnExport
from app.imports.files import MAX_LINE, survey
from app.imports.mailchimp import Audience, Person
from app.imports.reading import Fault, Row, Table
from app.imports.schemas import Settled
from app.imports.times import ImpossibleTime, day, instant
from tests.imports.files import HEADING, UNSUB_HEADING, audience_plan, leaver, member, write

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def rows(path: Path) -> list[Row | Fault]:
    """Everything a file holds after its heading."""
    return list(Table(survey(path).parts[0]).rows())


def faults(path: Path) -> list[tuple[int, str]]:
    """The faults of a file by line."""
    return [(row.line, row.reason) for row in rows(path) if isinstance(row, Fault)]


def records(path: Path, **options: object) -> list[Person | Settled]:
    """The audience that a file holds."""
    return list(Audience(survey(path), audience_plan(**options), NOW).records())


def test_utf8_with_and_without_mark_and_windows_1252_read_the_same(tmp_path: Path) -> None:
    """Excel saves what Mailchimp exported in three ways; the name is the same in each."""
    for encoding in ("utf-8", "utf-8-sig", "cp1252"):
        path = write(tmp_path, "Nimi;Sähköposti", "Väinö Älvåker;v@example.fi", name=encoding, encoding=encoding)
        table = Table(survey(path).parts[0])
        assert table.heading == ["Nimi", "Sähköposti"]
        assert [row.cells[0] for row in table.rows() if isinstance(row, Row)] == ["Väinö Älvåker"]


def test_one_line_of_another_encoding_is_that_lines_fault(tmp_path: Path) -> None:
    """Among UTF-8 lines a broken one is reported by number; its neighbours are read."""
    path = tmp_path / "mixed.csv"
    path.write_bytes("a,b\nä,1\nö,2\n".encode() + b"\xe4,3\n" + "å,4\n".encode())
    assert faults(path) == [(4, "wrong_encoding")]
    assert len(rows(path)) == 4


def test_half_lines_do_not_swallow_their_neighbours(tmp_path: Path) -> None:
    """An open quote, a line cut off and one too long in columns are three faults; the rest is read."""
    path = write(tmp_path, "a,b,c", '1,"open,3', "2,x,y", "3,x", "4,x,y,z", "5,x,y", '6,"half')
    assert faults(path) == [(2, "open_quote"), (4, "too_few_columns"), (5, "too_many_columns"), (7, "open_quote")]
    assert [row.cells[0] for row in rows(path) if isinstance(row, Row)] == ["2", "5"]


def test_a_quoted_cell_may_hold_line_breaks(tmp_path: Path) -> None:
    """A note over three lines is one record, numbered by its first line."""
    path = write(tmp_path, "a,b", '1,"one\ntwo\nthree"', "2,x")
    assert rows(path) == [Row(2, ["1", "one\ntwo\nthree"]), Row(5, ["2", "x"])]


def test_a_bomb_of_a_line_is_passed_over(tmp_path: Path) -> None:
    """A line of a megabyte is one fault, and the next line is read."""
    path = write(tmp_path, "a,b", f"1,{'x' * 16 * MAX_LINE}", "2,x")
    assert rows(path) == [Fault(2, "line_too_long"), Row(3, ["2", "x"])]


def test_an_open_quote_before_many_lines_stays_one_fault(tmp_path: Path) -> None:
    """A quote that is never closed costs its own line, not the thousands after it."""
    path = write(tmp_path, "a,b", '1,"open', *(f"{n},x" for n in range(2, 3000)))
    assert faults(path) == [(2, "open_quote")]
    assert len(rows(path)) == 2999


@settings(deadline=None)
@given(st.lists(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=8), min_size=2, max_size=2)))
def test_whatever_a_file_holds_reading_ends_and_faults_have_lines(
    tmp_path_factory: object, lines: list[list[str]]
) -> None:
    """No text makes the reader raise; every record and fault names a line of the file."""
    folder = tmp_path_factory.getbasetemp()  # type: ignore[attr-defined] # pytest's factory
    path = write(folder, "a,b", *(",".join(line) for line in lines), name="anything.csv", encoding="utf-8")
    assert all(row.line >= 2 for row in rows(path))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "no heading"),
        (b"%PDF-1.7\n", "no text"),
        (b"\xff\xfea\0b\0", "UTF-16"),
        (b"\0\1\2\n", "no text"),
        (b"x" * (2 * MAX_LINE), "longer than any heading"),
    ],
)
def test_what_is_no_csv_is_refused_whole(tmp_path: Path, content: bytes, says: str) -> None:
    """One clear sentence about the file, before anything is read."""
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    with pytest.raises(NotAnExport, match=says):
        Table(survey(path).parts[0])


def test_archives_are_read_and_bombs_refused(tmp_path: Path) -> None:
    """A zip gives its CSV files; one without any, and one that unpacks a thousandfold, are refused."""
    good, empty, bomb = (tmp_path / name for name in ("good.zip", "empty.zip", "bomb.zip"))
    with zipfile.ZipFile(good, "w") as archive:
        archive.writestr("a/subscribed_x.csv", "a,b\n1,2\n")
        archive.writestr("__MACOSX/._subscribed_x.csv", "junk")
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("readme.md", "nothing")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("subscribed_x.csv", "0" * 20_000_000)
    assert [part.name for part in survey(good).parts] == ["a/subscribed_x.csv"]
    with pytest.raises(NotAnExport, match="no CSV"):
        survey(empty)
    with pytest.raises(NotAnExport, match="far more"):
        survey(bomb)


@pytest.mark.parametrize("at", [60, 200])
def test_a_damaged_archive_is_told(tmp_path: Path, at: int) -> None:
    """Packed bytes that are wrong are a refusal, whichever part of the unpacking meets them."""
    path = tmp_path / "audience.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("subscribed_x.csv", "".join(f"{n},{n * n}\n" for n in range(2000)))
    whole = path.read_bytes()
    path.write_bytes(whole[:at] + b"\xff" * 40 + whole[at + 40 :])
    with pytest.raises(NotAnExport, match="damaged"):
        survey(path)


def test_times_are_read_in_the_zone_and_the_changes_of_clocks_are_noted() -> None:
    """Summer and winter offsets, the hour that came twice and the hour that never was."""
    assert instant("2021-07-01 12:00:00", HELSINKI).at == datetime(2021, 7, 1, 9, tzinfo=UTC)
    assert instant("2021-12-01 12:00:00", HELSINKI).at == datetime(2021, 12, 1, 10, tzinfo=UTC)
    earlier, later = (instant("2021-10-31 03:30:00", HELSINKI, later=late) for late in (False, True))
    assert (earlier.at.hour, later.at.hour) == (0, 1)
    assert earlier.note == later.note == "time_ambiguous"
    never = instant("2021-03-28 03:30:00", HELSINKI)
    assert (never.at, never.note) == (datetime(2021, 3, 28, 1, 30, tzinfo=UTC), "time_nonexistent")
    assert instant("2021-07-01T12:00:00+00:00", HELSINKI).at == datetime(2021, 7, 1, 12, tzinfo=UTC)
    assert instant("1.7.2021 klo 12.00", HELSINKI).at == datetime(2021, 7, 1, 9, tzinfo=UTC)
    assert day("2021-06-30T23:30:00Z", HELSINKI).isoformat() == "2021-07-01"


@pytest.mark.parametrize(
    "text", ["2021-02-30 10:00:00", "2021-13-01", "yesterday", "0021-01-01", "2021-01-01 25:00", ""]
)
def test_impossible_times_are_refused(text: str) -> None:
    """What the calendar does not know is no time."""
    with pytest.raises(ImpossibleTime):
        instant(text, HELSINKI)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("49,90", "49.90"), ("1 234,50 €", "1234.50"), ("1.234,50", "1234.50"), ("1,234.50", "1234.50"), ("-5", "-5.00")],
)
def test_amounts_are_read_as_spreadsheets_write_them(text: str, amount: str) -> None:
    """Decimal comma or point, spaces and the euro sign."""
    assert money(text) == amount


@pytest.mark.parametrize("text", ["1.234", "abc", "", "1,2,3", "10,005"])
def test_unclear_amounts_are_refused(text: str) -> None:
    """A number that could be two, or is none, is not guessed."""
    with pytest.raises(UnclearNumber):
        money(text)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_every_amount_survives_the_finnish_way_of_writing(value: object) -> None:
    """What is written with a decimal comma is read as the same number."""
    assert number(f"{value:.2f}".replace(".", ",")) == value


def test_columns_are_found_by_label_by_option_and_by_their_values(tmp_path: Path) -> None:
    """Finnish labels are known, an option names others, and unknown ones are found by what they hold."""
    finnish = HEADING.replace("Email Address,First Name,Last Name", "Sähköposti,Etunimi,Sukunimi")
    odd = HEADING.replace("Email Address", "Yhteys")
    for heading, options in ((finnish, {}), (odd, {"email_column": "yhteys"}), (odd, {})):
        (found,) = records(write(tmp_path, heading, member("aino@example.fi")), **options)
        assert isinstance(found, Person)
        assert (found.email, found.reference) == ("aino@example.fi", "1")


def test_missing_columns_stop_the_import(tmp_path: Path) -> None:
    """Without addresses, or without the time of consent, nothing is imported."""
    with pytest.raises(ColumnMissing, match="e-mail"):
        records(write(tmp_path, "a,OPTIN_TIME", "x,2021-01-01 10:00:00"))
    with pytest.raises(ColumnMissing, match="OPTIN_TIME"):
        records(write(tmp_path, "Email Address,LEID", "a@example.fi,1"))


def test_rows_that_say_no_consent_are_refused_by_reason(tmp_path: Path) -> None:
    """Each fault of a row has its code; the good row between them is read."""
    path = write(
        tmp_path, HEADING, member("a@example.fi", confirm="2021-02-30 10:00:00"), member("not-an-address"),
        member("b@example.fi", confirm="", optin=""), member("c@example.fi", name="x" * 300),
        member("d@example.fi", confirm="2036-01-01 10:00:00"), member(""), member("ok@example.fi"),
        member("e@example.fi", name="010190-900P"),
    )  # fmt: skip
    reasons = [r.reason if isinstance(r, Settled) else "read" for r in records(path)]
    assert reasons == [
        "time_impossible", "email_invalid", "time_missing", "name_too_long", "time_in_future", "email_missing", "read",
        "name_invalid",
    ]  # fmt: skip


def test_withdrawals_come_first_and_are_never_read_as_consent(tmp_path: Path) -> None:
    """A part called unsubscribed by its heading or by its name is a withdrawal, and is taken before consents."""
    path = tmp_path / "audience.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("subscribed_x.csv", f"{HEADING}\n{member('a@example.fi')}\n")
        archive.writestr("unsubscribed_x.csv", f"{HEADING}\n{member('b@example.fi')}\n")
        archive.writestr("other.csv", f"{UNSUB_HEADING}\n{leaver('c@example.fi')}\n")
    found = [(r.part, r.withdrawn) for r in records(path) if isinstance(r, Person)]
    assert found == [(2, True), (3, True), (1, False)]


def test_double_opt_in_is_evidence_only_where_it_happened(tmp_path: Path) -> None:
    """CONFIRM_TIME alone is a single opt-in; after OPTIN_TIME it is a confirmation."""
    path = write(tmp_path, HEADING, member("a@example.fi"), member("b@example.fi", optin=""))
    confirmed = [r.confirmed_at is not None for r in records(path) if isinstance(r, Person)]
    assert confirmed == [True, False]
