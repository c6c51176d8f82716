"""A person who can be found again, and the raw files in which to look for them."""

import mmap
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.worlds import World

NAME = "Zebulonia Quirkäfleeg"
PERSON = {
    "name": NAME,
    "email": "Zebulonia.Quirk@example.fi",
    "phone": "040 777 31415",
    "address": {"street": "Xylofonipolku 77 b", "postal_code": "33200", "city": "Tampere"},
}
VALUES = (NAME, "Zebulonia", "Zebulonia.Quirk@example.fi", "040 777 31415", "+3584077731415", "Xylofonipolku 77 b")
FOREIGN = ("pg_wal",)
"""Left out: what the write-ahead log still holds, and for how long, is in docs/erasure.md."""


def forms(values: Iterable[str]) -> set[bytes]:
    """The bytes of each value as it is, normalised as we store it, and as JSON would escape it."""
    spelled = {form for value in values for form in (value, value.lower(), value.upper(), value.replace(" ", ""))}
    escaped = {form.encode("unicode_escape").replace(b"\\x", b"\\u00") for form in spelled}
    return {form.encode() for form in spelled} | escaped


def found_in(files: Iterable[Path], values: Iterable[str] = VALUES) -> dict[str, list[str]]:
    """Which forms of the values stand in which files."""
    wanted = forms(values)
    found: dict[str, list[str]] = {}
    for file in files:
        hits = [form.decode(errors="replace") for form in wanted if _holds(file, form)]
        if hits:
            found[str(file)] = hits
    return found


def _holds(file: Path, form: bytes) -> bool:
    try:
        with file.open("rb") as opened:
            if os.fstat(opened.fileno()).st_size == 0:
                return False
            with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return content.find(form) >= 0
    except FileNotFoundError:
        return False


async def files_of(world: World, folder: Path) -> list[Path]:
    """Every file of the test's database, and whatever else lies in the test's folder."""
    if world.dialect == "sqlite":
        return _below(folder)
    await world.db.apart(lambda connection: connection.execute(text("CHECKPOINT")))
    (row,) = await world.rows(
        "SELECT current_setting('data_directory') AS data, oid FROM pg_database WHERE datname = current_database()"
    )
    return _below(folder) + _of_server(Path(row.data), str(row.oid))


def _below(folder: Path, is_ours: Callable[[Path], bool] = lambda _: True) -> list[Path]:
    """Folders that are not ours are not even entered: a database of another worker may be dropped meanwhile."""
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = [name for name in folders if is_ours((here / name).relative_to(folder))]
        ours = [here / name for name in files if is_ours((here / name).relative_to(folder))]
        found += [file for file in ours if file.is_file()]
    return found


def _of_server(data: Path, oid: str) -> list[Path]:
    """Not another worker's database, nor the log of all of them."""
    if not data.is_dir():
        pytest.skip("the files of the server in TEST_DATABASE_URL are out of reach")
    found = _below(data, lambda place: _is_ours(place, oid))
    assert any(file.parent.name == oid for file in found)
    return found


def _is_ours(place: Path, oid: str) -> bool:
    if place.parts[0] in FOREIGN:
        return False
    return place.parts[0] != "base" or len(place.parts) == 1 or place.parts[1] in {oid, "pgsql_tmp"}
