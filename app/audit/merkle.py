"""The Merkle root of a batch, as RFC 6962 section 2.1 defines it: leaves and nodes are hashed apart."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

_PAIR = 64
"""Bytes of two hashes."""


def leaves_of(rows: Iterable[bytes]) -> list[bytes]:
    """The hash of each row."""
    return [sha256(b"\x00" + row).digest() for row in rows]


def root(leaves: Sequence[bytes]) -> bytes:
    """The hash over all leaves, in their order; a node without a partner moves up as it is."""
    level = list(leaves)
    if not level:
        raise ValueError("a batch has at least one row")
    while len(level) > 1:
        row, pairs = b"".join(level), len(level) // 2 * _PAIR
        above = [sha256(b"\x01" + row[n : n + _PAIR]).digest() for n in range(0, pairs, _PAIR)]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]
