"""A thousand random tamperings with an exported trail: every one is found, and laid at the right batch or row."""

import asyncio
import base64
import json
import random
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.audit import seals as seals_module
from app.audit.exporting import seal_line, verify_export
from app.audit.merkle import leaves_of, root
from app.audit.seals import PublicKeys, Seal, Signer, members_of
from app.audit.verifying import Kind, Verifier
from app.db import open_database
from app.keys import Keys
from app.migrating import upgrade
from tests.audit.trails import KEYS, exported, made

Lines = list[bytes]
Tampering = Callable[[random.Random, Lines], "int | None"]
"""Changes the lines; the batch that must be named, if one is at fault by itself."""
ROWS = 80
TIMES = 1000


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    """The lines of a trail of eight batches."""
    place = tmp_path_factory.mktemp("trail") / "trail.db"

    async def lines() -> Lines:
        db = open_database(f"sqlite:///{place}")
        await db.write(upgrade)
        await made(db, ROWS)
        found = await exported(db)
        await db.close()
        return found

    return asyncio.run(lines())


def verified(lines: Lines, expect: str | None = None, keys: Keys | None = KEYS) -> Verifier:
    """What a verification of the lines finds."""
    verifier = Verifier(PublicKeys([Signer(keys).public] if keys else []), expect)
    verify_export(lines, verifier)
    return verifier


def seals_in(lines: Lines) -> list[int]:
    return [n for n, line in enumerate(lines) if line.startswith(b'{"seal"')]


def rows_in(lines: Lines) -> list[int]:
    return [n for n, line in enumerate(lines) if line.startswith(b'{"id"')]


def batch_of(lines: Lines, place: int) -> int:
    return sum(line.startswith(b'{"seal"') for line in lines[: place + 1])


def dumped(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def change_a_column(rng: random.Random, lines: Lines) -> int:
    place = rng.choice(rows_in(lines))
    row = json.loads(lines[place])
    column = rng.choice(sorted(row))
    new: dict[str, Any] = {"register_version": row["register_version"] + 1, "details": {"found": -1}, "subjects": []}
    row[column] = new.get(column, uuid4().hex)
    if column == "subjects" and not json.loads(lines[place])["subjects"]:
        row[column] = [uuid4().hex]
    lines[place] = dumped(row)
    return batch_of(lines, place)


def date_back(rng: random.Random, lines: Lines) -> int:
    place = rng.choice(rows_in(lines))
    lines[place] = lines[place].replace(b'"at":"2026-1', b'"at":"2025-1')
    return batch_of(lines, place)


def drop_a_subject(rng: random.Random, lines: Lines) -> int:
    place = rng.choice([n for n in rows_in(lines) if b'"subjects":[]' not in lines[n]])
    row = json.loads(lines[place])
    row["subjects"].pop(rng.randrange(3))
    lines[place] = dumped(row)
    return batch_of(lines, place)


def delete_a_row(rng: random.Random, lines: Lines) -> int:
    place = rng.choice(rows_in(lines))
    batch = batch_of(lines, place)
    del lines[place]
    return batch


def insert_a_row(rng: random.Random, lines: Lines) -> int:
    place = rng.choice(rows_in(lines))
    row = json.loads(lines[place])
    if rng.random() < 0.7:
        row["id"] = uuid4().hex
    lines.insert(place + rng.randrange(2), dumped(row))
    return batch_of(lines, place)


def swap_two_rows(rng: random.Random, lines: Lines) -> int:
    one, two = rng.sample(rows_in(lines), 2)
    lines[one], lines[two] = lines[two], lines[one]
    return batch_of(lines, one)


def move_a_row(rng: random.Random, lines: Lines) -> int:
    place = rng.choice(rows_in(lines))
    batch, row = batch_of(lines, place), lines.pop(place)
    elsewhere = [n for n in rows_in(lines) if batch_of(lines, n) != batch]
    lines.insert(rng.choice(elsewhere), row)
    return batch


def change_a_seal(rng: random.Random, lines: Lines) -> None:
    place = rng.choice(seals_in(lines))
    held = json.loads(lines[place])
    name = rng.choice([*held["seal"], "members"])
    old = held["seal"].get(name)
    if name == "members":
        raw = bytearray(base64.b64decode(held["members"]))
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
        held["members"] = base64.b64encode(raw).decode()
    elif isinstance(old, int):
        held["seal"][name] = old + rng.choice([-1, 1, 1000])
    elif name.endswith("_at"):
        held["seal"][name] = old.replace("2026", "2025")
    else:
        at = rng.randrange(len(old))
        held["seal"][name] = old[:at] + ("0" if old[at] != "0" else "1") + old[at + 1 :]
    lines[place] = dumped(held)


def drop_a_seal(rng: random.Random, lines: Lines) -> None:
    place = rng.choice(seals_in(lines))
    end = next((n for n in seals_in(lines) if n > place), len(lines))
    del lines[place : rng.choice([place + 1, end])]


def swap_two_seals(rng: random.Random, lines: Lines) -> None:
    one, two = rng.sample(seals_in(lines), 2)
    lines[one], lines[two] = lines[two], lines[one]


def cut_the_end_off(rng: random.Random, lines: Lines) -> None:
    del lines[rng.randrange(1, len(lines)) :]
    if rng.random() < 0.5 and len(lines) > 2:
        lines[-1] = lines[-1][: rng.randrange(len(lines[-1]) - 1)]


def flip_a_bit(rng: random.Random, lines: Lines) -> None:
    place = rng.randrange(1, len(lines))
    raw = bytearray(lines[place])
    raw[rng.randrange(len(raw) - 1)] ^= 1 << rng.randrange(8)
    lines[place] = bytes(raw)


def forge_one_batch(rng: random.Random, lines: Lines) -> None:
    """What a forger with patience but no key does: change a row and make its seal anew to fit."""
    place = rng.choice(seals_in(lines))
    end = next((n for n in seals_in(lines) if n > place), len(lines))
    lines[place + 1] = lines[place + 1].replace(b'"outcome":"done"', b'"outcome":"dine"')
    rows = [line[:-1] for line in lines[place + 1 : end]]
    leaves = leaves_of(rows)
    held = json.loads(lines[place])["seal"] | {"root": root(leaves).hex()}
    held["hash"] = Seal.read(held).computed_hash()
    lines[place] = seal_line(Seal.read(held), members_of(rows, leaves)) + b"\n"


TAMPERINGS: tuple[Tampering, ...] = (
    change_a_column,
    change_a_column,
    change_a_column,
    date_back,
    drop_a_subject,
    delete_a_row,
    insert_a_row,
    swap_two_rows,
    move_a_row,
    change_a_seal,
    change_a_seal,
    drop_a_seal,
    swap_two_seals,
    cut_the_end_off,
    flip_a_bit,
    forge_one_batch,
)
WITH_KEY = (change_a_seal, flip_a_bit)
"""What may hit nothing but a signature; all else is found without the key."""


def test_the_trail_itself_is_in_order(trail: Lines) -> None:
    """Nothing is found in what nobody touched, with the key, without it, and against the seal in the first line."""
    assert len(rows_in(trail)) == ROWS
    for verifier in (verified(trail), verified(trail, keys=None), verified(trail, json.loads(trail[0])["last_seal"])):
        assert (verifier.findings, verifier.notices, verifier.rows) == ([], [], ROWS)


def test_a_thousand_random_tamperings_are_all_found(trail: Lines) -> None:
    """Each is reported; those with the rows of one batch name that batch."""
    missed = []
    for n in range(TIMES):
        tampering, rng, lines = TAMPERINGS[n % len(TAMPERINGS)], random.Random(n), list(trail)
        batch = tampering(rng, lines)
        assert lines != trail, (n, tampering)
        findings = verified(lines, keys=KEYS if tampering in WITH_KEY else None).findings
        if not findings or (batch is not None and batch not in {finding.batch for finding in findings}):
            missed.append((n, tampering.__name__, batch, findings))
    assert missed == []


@pytest.mark.parametrize(
    ("tampering", "kind"),
    [
        (date_back, Kind.CHANGED),
        (drop_a_subject, Kind.CHANGED),
        (delete_a_row, Kind.DELETED),
    ],
)
def test_the_row_is_named(trail: Lines, tampering: Tampering, kind: Kind) -> None:
    """A changed and a missing row by their identifiers, without the key."""
    for n in range(20):
        lines = list(trail)
        tampering(random.Random(n), lines)
        (gone,) = set(trail) - set(lines)
        found = verified(lines, keys=None).findings
        assert [(one.kind, one.row) for one in found] == [(kind, str(UUID(json.loads(gone)["id"])))]


def rebuilt(lines: Lines, keys: Keys) -> Lines:
    """The whole chain made anew over the rows that are there, with another key."""
    signer, last, out = Signer(keys), None, []
    for line in lines[1:]:
        if not line.startswith(b'{"seal"'):
            out.append(line)
            continue
        held = json.loads(line)["seal"] | {"previous": last.hash if last else seals_module.NOTHING}
        last = signer.signed(Seal.read(held))
        out.append(seal_line(last, base64.b64decode(json.loads(line)["members"])) + b"\n")
    assert last is not None
    return [dumped(json.loads(lines[0]) | {"last_seal": last.hash}), *out]


def test_a_chain_built_anew_is_found_by_the_key_or_by_a_seal_noted_elsewhere(trail: Lines) -> None:
    """What an administrator of the database can do alone: consistent in itself, and so not found without either."""
    lines, noted = list(trail), json.loads(trail[0])["last_seal"]
    forge_one_batch(random.Random(1), lines)
    forged = rebuilt(lines, Keys("k1", b"1" * 32))

    assert verified(forged, keys=None).findings == []
    assert {finding.kind for finding in verified(forged).findings} == {Kind.SIGNATURE}
    assert [finding.kind for finding in verified(forged, noted, keys=None).findings] == [Kind.TRUNCATED]


def test_what_is_no_export_is_said_to_be_none() -> None:
    """Whatever stands in the file."""
    for lines in ([], [b""], [b"{}\n"], [b"[1]\n"], [b"\xff\n"], [b'{"format":"seloste audit export 1"}\n']):
        assert [finding.kind for finding in verified(lines).findings] == [Kind.UNREADABLE]
