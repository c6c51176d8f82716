"""The trail as a file: JSON Lines that can be verified without the database.

The first line says what the file holds. Then comes each seal with the list of its members, and after it its rows: the
very bytes that were hashed. Batches that have expired have a seal and no rows.
"""

import base64
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, BinaryIO

from app.audit import repository_seals as repository
from app.audit.checking import read_batch, seals
from app.audit.repository_seals import LOWEST
from app.audit.seals import Seal
from app.audit.verifying import Verifier
from app.db import Database

FORMAT = "seloste audit export 1"
_SEAL = b'{"seal":'


async def export(db: Database, public_key: str, now: datetime, file: BinaryIO) -> Seal | None:
    """Write every sealed batch; the last seal, None when there is none yet."""
    last = await db.read(repository.last_seal)
    expired, reach = last.expired_through if last else 0, LOWEST
    manifest = {
        "format": FORMAT,
        "made_at": now.astimezone(UTC).isoformat(),
        "batches": last.number if last else 0,
        "expired_through": expired,
        "last_seal": last.hash if last else None,
        "public_key": public_key,
    }
    file.write(_json(manifest) + b"\n")
    async for seal in seals(db, last.number if last else 0):
        rows, members = [], b""
        if seal.number > expired:
            batch = await db.read(read_batch, seal, reach, expired)
            rows, members = batch.rows, batch.members
        file.write(seal_line(seal, members) + b"\n" + b"".join(row + b"\n" for row in rows))
        reach = max(reach, seal.up_to)
    return last


def seal_line(seal: Seal, members: bytes) -> bytes:
    """The line of a seal."""
    return _json({"seal": seal.shown(), "members": base64.b64encode(members).decode()})


def verify_export(lines: Iterable[bytes], verifier: Verifier) -> None:
    """Give a verifier the lines of an export, of which one batch at a time is kept."""
    source = iter(lines)
    manifest = _manifest(next(source, b""))
    if manifest is None:
        verifier.unreadable(0, f"the file does not begin as a {FORMAT}")
        return
    verifier.expired = manifest["expired_through"]
    open_seal: tuple[Seal, bytes] | None = None
    rows: list[bytes] = []
    for line in source:
        if not line.startswith(_SEAL):
            rows.append(line.removesuffix(b"\n"))
            continue
        _close(verifier, open_seal, rows)
        rows, open_seal = [], _open(verifier, line.removesuffix(b"\n"))
    _close(verifier, open_seal, rows)
    if (verifier.last.hash if verifier.last else None) != manifest["last_seal"]:
        verifier.truncated(f"the file should end with batch {manifest['batches']}, {manifest['last_seal']}")
    verifier.end()


def _manifest(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
        fits = found["format"] == FORMAT and {"batches", "last_seal"} < found.keys()
        return found if fits and type(found["expired_through"]) is int else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _open(verifier: Verifier, line: bytes) -> tuple[Seal, bytes] | None:
    """Check the line of a seal; None when it cannot be read."""
    try:
        found = json.loads(line)
        seal, members = Seal.read(found["seal"]), base64.b64decode(found["members"], validate=True)
    except (ValueError, KeyError, TypeError, AttributeError):
        seal, members = None, b""
    if seal is None or seal_line(seal, members) != line:
        verifier.unreadable(verifier.last.number + 1 if verifier.last else 1, "the line of the seal cannot be read")
        return None
    verifier.seal(seal)
    return seal, members


def _close(verifier: Verifier, opened: tuple[Seal, bytes] | None, rows: list[bytes]) -> None:
    """Check the rows that stood after a seal."""
    if opened is None:
        if rows:
            verifier.unreadable(0, f"{len(rows)} rows without the seal of their batch")
        return
    seal, members = opened
    if seal.number > verifier.expired:
        verifier.batch(seal, rows, members)
    elif rows or members:
        verifier.unreadable(seal.number, "the batch has expired, and yet rows of it are here")


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
