"""The Merkle root of a batch, as RFC 6962 section 2.1 defines it: leaves and nodes are hashed apart."""

from collections.abc import Sequence
from hashlib import sha256


def leaf(row: bytes) -> bytes:
    """The hash of one row."""
    return sha256(b"\x00" + row).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The hash over all leaves, in their order; a node without a partner moves up as it is."""
    level = list(leaves)
    if not level:
        raise ValueError("a batch has at least one row")
    while len(level) > 1:
        above = [sha256(b"\x01" + one + two).digest() for one, two in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]
