"""Links by which a recipient answers without an account: unguessable, and of no use once the notification is closed."""

import base64
import binascii
import hmac
from uuid import UUID

from app.keys import Keys

_MAC = 16
CALLBACKS = "/opendsr/v2/callbacks"


def acknowledge_url(keys: Keys, base_url: str, notification_id: UUID) -> str:
    """The page on which a recipient answers."""
    return f"{base_url}/answers/{token_of(keys, notification_id)}"


def callback_url(base_url: str) -> str:
    """Where a recipient's machine answers (OpenDSR 2.0)."""
    return base_url + CALLBACKS


def token_of(keys: Keys, notification_id: UUID) -> str:
    """The id and a keyed hash of it, which only this installation can make."""
    return base64.urlsafe_b64encode(notification_id.bytes + _mac(keys, notification_id)).decode().rstrip("=")


def notification_of(keys: Keys, token: str) -> UUID | None:
    """The notification that a token stands for; None for one that this installation did not make."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        found = UUID(bytes=raw[:16])
    except (ValueError, binascii.Error):
        return None
    return found if hmac.compare_digest(raw[16:], _mac(keys, found)) else None


def _mac(keys: Keys, notification_id: UUID) -> bytes:
    return keys.mac("recipients-answer", str(notification_id))[:_MAC]
