"""Keyed hashes are HMAC-SHA256, however they are computed: what is stored must be found again by any release."""

import hmac

from hypothesis import given, settings
from hypothesis import strategies as st

from app.keys import Keys

KEYS = Keys("k1", b"\x07" * 32)
TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=4)


@settings(deadline=None, max_examples=50)
@given(TEXTS)
def test_a_mac_is_what_the_standard_library_says(parts: list[str]) -> None:
    """Length-framed parts under the key that belongs to the use."""
    framed = b"".join(len(raw).to_bytes(4, "big") + raw for raw in map(str.encode, parts))
    derived = hmac.digest(KEYS.master, b"seloste/address", "sha256")

    assert KEYS.mac("address", *parts) == hmac.digest(derived, framed, "sha256")


def test_parts_do_not_run_together() -> None:
    """Neither parts nor uses can be moved into one another."""
    said = (("a", "b", "c"), ("a", "bc"), ("ab", "c"), ("a", "b", "c", ""))
    assert len({KEYS.hash(*one) for one in said}) == len(said)
