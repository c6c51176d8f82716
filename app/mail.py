"""E-mail through the SMTP relay that SELOSTE_SMTP_URL names; a password never travels in the clear.

`smtps://` speaks TLS from the first byte (port 465), `smtp://` demands STARTTLS (port 587), and `smtp://…?tls=none` is
for a relay on this machine or in a network of its own. Certificates are checked against the system's authorities.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address
from types import MappingProxyType
from urllib.parse import parse_qs, unquote, urlsplit

PORTS: Mapping[str, int] = MappingProxyType({"smtp": 587, "smtps": 465})
SECONDS = 20.0
"""How long a relay may take to answer."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mail is handed over."""

    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    tls: str
    """`first` (from the first byte), `starttls` or `none`."""


def relay_of(url: str) -> Relay:
    """The relay that an address names; raises `ValueError`, which never repeats it."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("must be smtp://HOST or smtps://HOST")
    asked = parse_qs(parts.query).get("tls", ["starttls"])[-1]
    if asked not in {"starttls", "none"}:
        raise ValueError("tls is starttls or none")
    relay = Relay(
        parts.hostname,
        parts.port or PORTS[parts.scheme],
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        "first" if parts.scheme == "smtps" else asked,
    )
    if relay.tls == "none" and relay.username and not _is_here(relay.host):
        raise ValueError("a password needs TLS, unless the relay is this machine")
    return relay


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def send(relay: Relay, message: EmailMessage) -> None:
    """Hand a message over; raises `MailFailed` when the relay does not take it."""
    import aiosmtplib  # noqa: PLC0415 (commands that read the settings need not load it)

    try:
        await aiosmtplib.send(
            message,
            hostname=relay.host,
            port=relay.port,
            username=relay.username,
            password=relay.password,
            use_tls=relay.tls == "first",
            start_tls=relay.tls == "starttls",
            timeout=SECONDS,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise MailFailed(type(error).__name__, passes=any(one.code < 500 for one in error.recipients)) from None
    except aiosmtplib.SMTPResponseException as error:
        raise MailFailed(type(error).__name__, passes=error.code < 500) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        raise MailFailed(type(error).__name__) from None


class MailFailed(Exception):
    """The relay did not take a message; carries the kind of failure, never an address.

    `passes`: whether trying again may help; a 5xx reply of the relay says that it will not (RFC 5321 §4.2.1).
    """

    def __init__(self, kind: str, *, passes: bool = True) -> None:
        super().__init__(kind)
        self.passes = passes
