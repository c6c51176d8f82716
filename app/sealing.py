"""Sealing: content under a key of its own (AES-256-GCM), which is wrapped by the installation's key.

Destroying the wrapped key destroys the content: nobody can open it any more, nor can a backup's reader without the
secret file.
"""

import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.keys import Keys


def sealed(keys: Keys, bound: str, content: dict[str, Any]) -> dict[str, Any]:
    """The columns `key_id`, `wrapped_key` and `sealed`; `bound` is what the content belongs to and opens with only."""
    key = AESGCM.generate_key(256)
    return {
        "key_id": keys.key_id,
        "wrapped_key": _encrypt(_wrapping(keys), key, bound.encode()),
        "sealed": _encrypt(key, json.dumps(content, ensure_ascii=False).encode(), bound.encode()),
    }


def unsealed(keys: Keys, bound: str, wrapped_key: bytes | None, content: bytes | None) -> dict[str, Any] | None:
    """The content, or None once the key is destroyed."""
    if wrapped_key is None or content is None:
        return None
    key = _decrypt(_wrapping(keys), wrapped_key, bound.encode())
    found: dict[str, Any] = json.loads(_decrypt(key, content, bound.encode()))
    return found


def _wrapping(keys: Keys) -> bytes:
    return keys.mac("envelope")


def _encrypt(key: bytes, content: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, content, bound)


def _decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], bound)
