"""The shop's messages. How it proves who it is was not documented: so a message is believed to say only that an object
may have changed, and the object is read from the shop itself."""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from app.connectors.configuration import Connectors
from app.connectors.field_map import at
from app.connectors.mycashflow_config import Inbound, MyCashflowConfig, Webhooks

STREAMS = {"order": "orders", "customer": "customers"}
"""What a topic such as `order.created` is about."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """The shop that a secret address was made for."""

    recipient: str
    hooks: Webhooks
    inbound: Inbound | None


def addressed(connectors: Connectors, secret: str) -> Addressed | None:
    """Whose secret this is; every one is compared, in the same time."""
    found = None
    for recipient, config in connectors.connectors.items():
        if isinstance(config, MyCashflowConfig) and config.webhooks is not None:
            known = config.webhooks.secret.get_secret_value()
            if hmac.compare_digest(known.encode(), secret.encode()):
                found = Addressed(recipient, config.webhooks, config.inbound)
    return found


def is_genuine(hooks: Webhooks, headers: Mapping[str, str], raw: bytes) -> bool:
    """Whether the message carries what the configuration asks beyond the secret in the address."""
    match hooks.check:
        case "url_secret":
            return True
        case "uuid":
            said = [value.encode() for value in headers.values()]
            return any(_holds(uuid, raw, said) for uuid in hooks.uuids)
        case "hmac":
            told = headers.get(hooks.header or "", "").removeprefix("sha256=").strip().lower().encode()
            return any(hmac.compare_digest(_signed(uuid, raw), told) for uuid in hooks.uuids)


def _holds(uuid: SecretStr, raw: bytes, said: Iterable[bytes]) -> bool:
    """Whether the uuid stands in the body, or is what a header says; every header is compared."""
    value = uuid.get_secret_value().encode()
    return any([value in raw, *(hmac.compare_digest(value, one) for one in said)])


def _signed(uuid: SecretStr, raw: bytes) -> bytes:
    return hmac.new(uuid.get_secret_value().encode(), raw, sha256).hexdigest().encode()


def hinted(shop: Addressed, message: Any) -> tuple[str, str] | None:
    """The list and the id that a message is about; None when it is about nothing that is read."""
    if not isinstance(message, Mapping) or shop.inbound is None:
        return None
    stream = STREAMS.get(str(at(message, shop.hooks.topic)).partition(".")[0], "")
    its_id = str(at(message, shop.hooks.id) or "")
    is_id = 0 < len(its_id) <= 100 and its_id.isascii() and its_id.replace("-", "").isalnum()
    return (stream, its_id) if stream and is_id and getattr(shop.inbound, stream) is not None else None
