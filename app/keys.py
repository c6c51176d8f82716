"""Secret keys of one installation: for keyed hashes, cursors, idempotency and links.

They live in `SELOSTE_SECRET_FILE`, made on first start and never stored in the database, so that a copy
of the database alone can neither guess an erased address nor forge a link (GDPR Art. 4(5), 32(1)(a)).
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Keys:
    """The current master key and its id; every use derives a key of its own."""

    key_id: str
    master: bytes

    def mac(self, use: str, *parts: str) -> bytes:
        """HMAC-SHA256 under the key derived for `use`; parts are length-framed, so they cannot run together."""
        framed: list[bytes] = []
        for part in parts:
            raw = part.encode()
            framed += (len(raw).to_bytes(4, "big"), raw)
        begun = _begun(self.master, use)
        inner, outer = begun[0].copy(), begun[1].copy()
        inner.update(b"".join(framed))
        outer.update(inner.digest())
        return outer.digest()

    def hash(self, use: str, *parts: str) -> str:
        """`mac` as lower-case hex."""
        return self.mac(use, *parts).hex()


@lru_cache(maxsize=64)
def _begun(master: bytes, use: str) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    """Both hashes of HMAC (RFC 2104) with the key taken in; going on from them takes a third of beginning anew."""
    key = hmac.digest(master, b"seloste/" + use.encode(), "sha256").ljust(_BLOCK, b"\0")
    return hashlib.sha256(key.translate(_INNER)), hashlib.sha256(key.translate(_OUTER))


_BLOCK = hashlib.sha256().block_size
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def load_keys(path: Path) -> Keys:
    """Read the key file, making it first when there is none; safe when two processes start together.

    Raises `ValueError` when the file is there but is not a key file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return _read(path)
    document = {"current": "k1", "keys": {"k1": base64.b64encode(secrets.token_bytes(32)).decode()}}
    with os.fdopen(handle, "w") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    return _read(path)


def _read(path: Path) -> Keys:
    text = path.read_text()
    for _ in range(50):
        if text:
            break
        time.sleep(0.02)  # another process has made the file and is about to fill it
        text = path.read_text()
    try:
        document = json.loads(text)
        current = document["current"]
        return Keys(current, base64.b64decode(document["keys"][current], validate=True))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a Seloste key file") from error
