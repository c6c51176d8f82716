"""An ID token, checked as OpenID Connect Core 1.0 §3.1.3.7 demands; RS256, PS256 and ES256 only."""

import hmac
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

SKEW = timedelta(minutes=2)
LONGEST = 32 * 1024
SMALLEST_RSA = 2048


class TokenRefused(Exception):
    """The token does not hold; the message is a code, never a part of the token."""


class KeyUnknown(TokenRefused):
    """It names a key that the provider is not known to have."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token must have been made for."""

    issuer: str
    client_id: str
    nonce: str | None
    """None: no sign-in of ours is waiting for it; who shows it holds it."""


def claims_of(token: str, keys: Iterable[Mapping[str, Any]], expected: Expected, now: datetime) -> Mapping[str, Any]:
    """The claims of a token whose signature, issuer, audience, nonce and times hold; raises `TokenRefused`."""
    if len(token) > LONGEST or token.count(".") != 2:
        raise TokenRefused("unreadable")
    head, body, mark = token.split(".")
    try:
        header, claims = json.loads(_raw(head)), json.loads(_raw(body))
        signature = _raw(mark)
    except ValueError:
        raise TokenRefused("unreadable") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise TokenRefused("unreadable")
    _must_be_signed(f"{head}.{body}".encode(), signature, header, keys)
    _must_fit(claims, expected, now)
    return claims


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _number(text: str) -> int:
    return int.from_bytes(_raw(text), "big")


def _must_be_signed(
    signed: bytes, signature: bytes, header: Mapping[str, Any], keys: Iterable[Mapping[str, Any]]
) -> None:
    """By a key of the provider's that is meant for signatures, with an algorithm that fits the key."""
    if (
        str(header.get("typ", "JWT")).upper() != "JWT" or "crit" in header
    ):  # access and logout tokens are none (RFC 9068)
        raise TokenRefused("kind")
    named = header.get("kid")
    fitting = [one for one in keys if isinstance(one, dict) and (named is None or one.get("kid") in {None, named})]
    if not fitting:
        raise KeyUnknown("key")
    for key in fitting:
        if key.get("use", "sig") == "sig" and key.get("alg", header.get("alg")) == header.get("alg"):
            try:
                _verify(signed, signature, str(header.get("alg")), key)
            except (InvalidSignature, KeyError, ValueError, TypeError):
                continue
            return
    raise TokenRefused("signature")


def _verify(signed: bytes, signature: bytes, algorithm: str, key: Mapping[str, Any]) -> None:
    match algorithm, key["kty"]:
        case "RS256" | "PS256", "RSA":
            public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
            if public.key_size < SMALLEST_RSA:
                raise InvalidSignature
            salted = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
            public.verify(signature, signed, padding.PKCS1v15() if algorithm == "RS256" else salted, hashes.SHA256())
        case "ES256", "EC" if key["crv"] == "P-256" and len(signature) == 64:
            numbers = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1())
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            numbers.public_key().verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        case _:
            raise InvalidSignature


def _must_fit(claims: Mapping[str, Any], expected: Expected, now: datetime) -> None:
    """Made by that provider, for us alone, for this very sign-in, and now."""
    audience = claims.get("aud")
    for_us = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != expected.issuer:
        raise TokenRefused("issuer")
    if for_us != [expected.client_id] or claims.get("azp", expected.client_id) != expected.client_id:
        raise TokenRefused("audience")
    nonce = expected.nonce
    if nonce is not None and not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise TokenRefused("nonce")
    if instant(claims.get("exp")) <= now - SKEW or instant(claims.get("iat")) > now + SKEW:
        raise TokenRefused("time")


def instant(value: Any) -> datetime:
    """A time of the token; raises `TokenRefused`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**40:
        raise TokenRefused("time")
    return datetime.fromtimestamp(value, UTC)
