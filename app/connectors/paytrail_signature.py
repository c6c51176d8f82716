"""Paytrail's signature over requests, answers and callbacks: HMAC of every `checkout-` header or parameter, sorted."""

import hashlib
import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

ALGORITHMS: Mapping[str, Any] = MappingProxyType({"sha256": hashlib.sha256, "sha512": hashlib.sha512})
_SIGNED = "checkout-"


def signature_of(secret: str, members: Mapping[str, str], body: bytes = b"") -> str:
    """In hexadecimal, by the algorithm that `checkout-algorithm` announces; members that are added one day are signed.

    Raises `ValueError` for an algorithm that is not one of theirs.
    """
    signed = {name.lower(): value for name, value in members.items() if name.lower().startswith(_SIGNED)}
    algorithm = ALGORITHMS.get(signed.get("checkout-algorithm", ""))
    if algorithm is None:
        raise ValueError("the algorithm is not one of Paytrail's")
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    return hmac.new(secret.encode(), lines.encode() + body, algorithm).hexdigest()


def is_signed(secret: str, members: Mapping[str, str], body: bytes = b"") -> bool:
    """Whether headers with a body, or the parameters of a callback, carry Paytrail's signature."""
    given = next((value for name, value in members.items() if name.lower() == "signature"), "")
    try:
        return hmac.compare_digest(signature_of(secret, members, body).encode(), given.encode())
    except ValueError:
        return False
