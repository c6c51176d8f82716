"""A seal: what binds a batch of audit rows to its place in the chain, and who vouches for it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.audit.canonical import raw_ids_of
from app.keys import Keys

NOTHING = "0" * 64
"""What the first seal names as the one before it."""
_ID, _MARK, _HASH = 16, 8, 32
MEMBER = _ID + _MARK
"""Bytes of one member: its identifier and the start of its hash."""


@dataclass(frozen=True, slots=True)
class Seal:
    """One batch: its place, what it holds, the hash of the seal before it, its own hash and a signature of that."""

    number: int
    sealed_at: datetime
    row_count: int
    late_count: int
    up_to: UUID
    oldest_at: datetime
    newest_at: datetime
    expired_through: int
    root: str
    previous: str
    hash: str = ""
    key_id: str = ""
    signature: str = ""

    def computed_hash(self) -> str:
        """The hash over everything but itself and the signature."""
        bound = {name: value for name, value in self.shown().items() if name not in {"hash", "key_id", "signature"}}
        return sha256(b"\x02" + json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def shown(self) -> dict[str, Any]:
        """The seal as JSON takes it."""
        return {field.name: _text(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def read(cls, shown: Mapping[str, Any]) -> "Seal":
        """The seal that `shown` gave; raises `ValueError`, `KeyError` or `TypeError` when it is none."""
        return cls(**{field.name: _READ[field.type](shown[field.name]) for field in fields(cls)})


def _text(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case UUID():
            return value.hex
        case _:
            return value


_READ: Mapping[Any, Any] = {int: int, str: str, datetime: datetime.fromisoformat, UUID: UUID}


class Signer:
    """The installation's signing key, derived from its secret file and so never in the database."""

    def __init__(self, keys: Keys) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(keys.mac("audit-seal"))
        self.public = self._private.public_key().public_bytes_raw().hex()

    def signed(self, seal: Seal) -> Seal:
        """The seal with its hash and signature."""
        digest = seal.computed_hash()
        return replace(
            seal, hash=digest, key_id=key_id(self.public), signature=self._private.sign(_message(digest)).hex()
        )


def key_id(public: str) -> str:
    """A short name for a public key."""
    return sha256(bytes.fromhex(public)).hexdigest()[:16]


class PublicKeys:
    """The keys that a verifier trusts, as hexadecimal digits; without any, signatures are not looked at."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._keys = {key_id(public): Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)) for public in trusted}

    def __bool__(self) -> bool:
        return bool(self._keys)

    def objection(self, seal: Seal) -> str | None:
        """What is wrong with the signature of a seal; None when it holds or cannot be checked."""
        if not self._keys:
            return None
        key = self._keys.get(seal.key_id)
        if key is None:
            return f"the seal is signed with another key ({seal.key_id})"
        try:
            key.verify(bytes.fromhex(seal.signature), _message(seal.hash))
        except (InvalidSignature, ValueError):
            return "the signature does not belong to the seal"
        return None


def _message(digest: str) -> bytes:
    return b"seloste audit seal\n" + digest.encode()


def members_of(rows: Sequence[bytes], leaves: Sequence[bytes]) -> bytes:
    """Of each row its identifier and the start of its hash, so that a verifier can name what was changed."""
    ids, hashes, members = raw_ids_of(rows), b"".join(leaves), bytearray(MEMBER * len(rows))
    for n in range(_ID):  # the n-th byte of every member at once: there are fewer bytes than members
        members[n::MEMBER] = ids[n::_ID]
    for n in range(_MARK):
        members[_ID + n :: MEMBER] = hashes[n::_HASH]
    return bytes(members)


def marks_of(members: bytes) -> dict[UUID, bytes]:
    """Identifier and start of the hash of each member."""
    starts = range(0, len(members) - MEMBER + 1, MEMBER)
    return {UUID(bytes=members[n : n + _ID]): members[n + _ID : n + MEMBER] for n in starts}
