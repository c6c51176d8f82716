"""Where a recipient's interface is: an address that a configuration may name."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _base(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("must be an https:// address")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("must be https://, unless it is this machine")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("holds neither credentials nor a query")
    return url.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base)]
"""An address without a trailing slash; in the clear only on this machine."""
