"""Files for a recipient without an API: whole or not there, private, and the same however often they are written."""

import csv
import io
import json
import os
import stat
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.connectors.connector import ConnectorsInvalid
from app.connectors.file_drop import COLUMNS, ByFile, FileDropConfig
from app.connectors.instruction import Change, Subject
from app.connectors.outcome import Later, Sent
from app.policy.notifications import Act
from tests.connectors.told import PERSONAL, on_loopback, relay_at, told
from tests.mail.relay import serving

pytestmark = pytest.mark.anyio
NAME = str(told().id)
WAITING = Sent(reference=f"{NAME}.csv", task="await_answer", look_after=timedelta(days=1))


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def dropping(folder: Path, **given: Any) -> ByFile:
    async with on_loopback() as outside:
        return FileDropConfig(kind="file_drop", folder=folder, **given).connect("takk", outside)


async def test_a_file_is_whole_private_and_the_same_at_every_attempt(tmp_path: Path) -> None:
    """Its name is the notification's id, and nothing but the file is left behind."""
    connector = await dropping(tmp_path)
    outcomes = [await connector.apply(told()) for _ in range(2)]
    assert outcomes == [WAITING] * 2
    [file] = left_in(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    head, row = csv.reader(file.read_text("utf-8-sig").splitlines(), delimiter=";")
    found = dict(zip(head, row, strict=True))
    assert found["email"] == "maija@example.fi"
    assert found["phone"] == "'+358401234567"
    assert found["references"] == "mycashflow 4711"
    assert found["answer_by"] == "2026-04-01"


async def test_json_says_the_same(tmp_path: Path) -> None:
    """With an address as its parts, and only the fields that the recipient needs."""
    connector = await dropping(tmp_path, format="json", fields=("name", "references"))
    changes = (Change("address", None, {"street": "Aleksanterinkatu 2", "city": "Helsinki"}),)
    await connector.apply(told(Act.RECTIFICATION, changes=changes))
    found = json.loads((tmp_path / f"{NAME}.json").read_text("utf-8"))
    assert set(found) == set(COLUMNS)
    assert (found["name"], found["email"]) == ("Maija Meikäläinen", None)
    assert found["changes"] == [{"about": "address", "was": None, "now": changes[0].now}]


async def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    """Somebody opens the file in a spreadsheet."""
    connector = await dropping(tmp_path, delimiter=",")
    subject = Subject(name='=HYPERLINK("https://example.com")', address="@SUM(A1);\n1")
    await connector.apply(told(Act.RECTIFICATION, subject=subject, changes=(Change("name", "=1", "-1"),)))
    text = (tmp_path / f"{NAME}.csv").read_bytes().decode("utf-8-sig")
    [_, row] = csv.reader(io.StringIO(text, newline=""))
    assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert "@SUM(A1);\n1" in row[COLUMNS.index("address")]


async def test_a_file_that_was_taken_comes_back_once_at_most(tmp_path: Path) -> None:
    """An attempt that knows of one that succeeded writes nothing."""
    connector = await dropping(tmp_path)
    await connector.apply(told())
    (tmp_path / f"{NAME}.csv").unlink()
    await connector.apply(told(reference=f"{NAME}.csv"))
    assert left_in(tmp_path) == []


async def test_what_nobody_takes_does_not_lie_there_for_ever(tmp_path: Path) -> None:
    """Our own old files, whole or broken off; never anything else in the folder, and no file before its time."""
    connector = await dropping(tmp_path, keep_days=10)
    await connector.apply(told())
    for name in (f"{UUID(int=1)}.csv", f"{UUID(int=2)}.json", ".seloste-x.part", "report.csv", f"{UUID(int=3)}.csv"):
        (tmp_path / name).touch()
        age = 9 if name.startswith(str(UUID(int=3))) else 11
        os.utime(tmp_path / name, times=(time.time() - age * 86400,) * 2)
    assert await connector.verify(told(reference=f"{NAME}.csv")) == WAITING
    assert {file.name for file in left_in(tmp_path)} == {f"{NAME}.csv", f"{UUID(int=3)}.csv", "report.csv"}


async def test_a_folder_that_is_away_is_tried_again(tmp_path: Path) -> None:
    """A network share comes back; a folder that never was is an error of the configuration."""
    folder = tmp_path / "share"
    with pytest.raises(ConnectorsInvalid, match="takk: folder is no directory"):
        await dropping(folder)
    folder.mkdir()
    connector = await dropping(folder)
    folder.rmdir()
    assert await connector.apply(told()) == Later("folder_not_writable")


async def test_a_broken_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither under its name nor half under another."""

    def full(_: int) -> None:
        raise OSError("no space")

    connector = await dropping(tmp_path)
    monkeypatch.setattr("os.fsync", full)
    assert await connector.apply(told()) == Later("folder_not_writable")
    assert left_in(tmp_path) == []


async def test_a_human_is_told_that_there_is_a_file(tmp_path: Path) -> None:
    """By a mail that names nobody; while it cannot be sent, the whole is tried again."""
    notice = {"to": "tietosuoja@takk.example.fi"}
    with serving() as relay:
        async with on_loopback(relay=relay_at(relay.port), mail_from="seloste@example.com") as outside:
            config = FileDropConfig.model_validate({"kind": "file_drop", "folder": tmp_path, "notice": notice})
            connector = config.connect("takk", outside)
            relay.refuses = {notice["to"]}
            assert await connector.apply(told()) == Later("mail_not_taken")
            relay.refuses = set()
            assert isinstance(await connector.apply(told()), Sent)
    [message] = relay.messages
    assert not [value for value in PERSONAL if value in message.get_content()]
    assert "Maija Meikäläinen" in (tmp_path / f"{NAME}.csv").read_text("utf-8-sig")
