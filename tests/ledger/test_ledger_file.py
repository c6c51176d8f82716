"""The ledger file: every line is authenticated together with the one before it."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.keys import Keys
from app.ledger.errors import LedgerUnfit
from app.ledger.file import BEGIN, LedgerFile

KEYS = Keys("k1", b"k" * 32)
NOBODY = UUID(int=7)


def written(place: Path, entries: int, keys: Keys = KEYS) -> LedgerFile:
    """A ledger with so many entries."""
    place.unlink(missing_ok=True)
    file = LedgerFile(place, keys)
    header = file.begin(NOBODY, "2026-11-23T09:00:00+00:00")
    file.append(header, [{"id": str(UUID(int=n)), "kind": "hold", "at": "2026"} for n in range(entries)])
    return file


def test_it_reads_what_was_appended_and_goes_on_from_any_place(tmp_path: Path) -> None:
    """Entries are numbered from 0, the line that names the ledger; reading may go on after each of them."""
    file = written(tmp_path / "ledger", 3)
    entries = list(file.entries())

    assert [entry.facts["n"] for entry in entries] == [0, 1, 2, 3]
    assert entries[0].facts["id"] == str(NOBODY)
    for entry in entries:
        assert [e.place.n for e in file.entries(entry.place)] == list(range(entry.place.n + 1, 4))
    assert oct((tmp_path / "ledger").stat().st_mode & 0o777) == "0o600"


def test_a_line_that_was_never_finished_is_overwritten(tmp_path: Path) -> None:
    """A process died while it wrote: nothing of that line counts, and the next entry takes its place."""
    file = written(tmp_path / "ledger", 1)
    with file.path.open("ab") as half:
        half.write(b'0123456789abcdef {"n":2,"kind":"era')
    last = list(file.entries())[-1].place
    file.append(last, [{"id": str(NOBODY), "kind": "hold", "at": "2026"}])

    assert last.n == 1
    assert [entry.place.n for entry in file.entries()] == [0, 1, 2]


CHANGES: dict[str, Callable[[list[bytes], int, int], list[bytes]]] = {
    "removed": lambda lines, n, _: lines[:n] + lines[n + 1 :],
    "repeated": lambda lines, n, _: [*lines[:n], lines[n], *lines[n:]],
    "moved": lambda lines, n, m: [*lines[:n], lines[m], *lines[n + 1 : m], lines[n], *lines[m + 1 :]],
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(CHANGES)), st.integers(0, 8), st.integers(1, 9))
def test_a_line_that_is_removed_repeated_or_moved_is_found(tmp_path: Path, how: str, first: int, second: int) -> None:
    """Whatever stands where another line stood, reading stops at it; a cut at the end is the database's to notice."""
    n, m = min(first, second), max(first, second, first + 1)
    file = written(tmp_path / "ledger", 10)
    lines = file.path.read_bytes().splitlines(keepends=True)
    file.path.write_bytes(b"".join(CHANGES[how](lines, n, m)))

    with pytest.raises(LedgerUnfit, match=rf"entry {n if how != 'repeated' else n + 1} "):
        list(file.entries())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_changed_byte_is_found(tmp_path: Path, data: st.DataObject) -> None:
    """One byte anywhere but the last line feed, which would only unmake the last entry."""
    file = written(tmp_path / "ledger", 4)
    content = bytearray(file.path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 2))
    content[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
    file.path.write_bytes(bytes(content))

    with pytest.raises(LedgerUnfit):
        list(file.entries())


def test_another_key_reads_nothing(tmp_path: Path) -> None:
    """With the secret file of another installation the first line is not as it was written."""
    file = written(tmp_path / "ledger", 2)
    with pytest.raises(LedgerUnfit, match=r"entry 0 .* another key"):
        list(LedgerFile(file.path, Keys("k1", b"x" * 32)).entries())


def test_a_shorter_file_than_before_is_found(tmp_path: Path) -> None:
    """Entries that were read are gone."""
    file = written(tmp_path / "ledger", 3)
    last = list(file.entries())[-1].place
    written(tmp_path / "ledger", 1)
    with pytest.raises(LedgerUnfit, match="shorter"):
        list(file.entries(last))
    assert BEGIN.n == -1


def test_only_one_holds_it(tmp_path: Path) -> None:
    """A second holder is told at once."""
    file = LedgerFile(tmp_path / "ledger", KEYS)
    with file.locked() as first, file.locked() as second:
        assert (first, second) == (True, False)
    with file.locked() as again:
        assert again
