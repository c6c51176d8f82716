"""A provider to sign in at: discovery, token endpoint and keys, behind the client that the console makes."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ISSUER = "https://login.example.com/realm"
CLIENT = "console"


def raw(value: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def number(value: int) -> str:
    """An integer of a key."""
    return raw(value.to_bytes((value.bit_length() + 7) // 8))


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key of a provider; making one takes a moment."""
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    """The same on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def rsa_jwk(**members: str) -> dict[str, str]:
    """The public half as providers publish it."""
    public = rsa_key().public_key().public_numbers()
    return {"kty": "RSA", "kid": "one", "n": number(public.n), "e": number(public.e), **members}


def ec_jwk() -> dict[str, str]:
    """The same on P-256."""
    public = ec_key().public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "kid": "two", "x": raw(public.x.to_bytes(32)), "y": raw(public.y.to_bytes(32))}


def signed(claims: Mapping[str, Any], algorithm: str = "RS256", kid: str | None = None, **header: Any) -> str:
    """A token."""
    kid = kid or {"ES256": "two"}.get(algorithm, "one")
    text = ".".join(raw(json.dumps(part).encode()) for part in ({"alg": algorithm, "kid": kid, **header}, claims))
    match algorithm:
        case "RS256":
            mark = rsa_key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        case "PS256":
            mark = rsa_key().sign(text.encode(), padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        case "ES256":
            r, s = decode_dss_signature(ec_key().sign(text.encode(), ec.ECDSA(hashes.SHA256())))
            mark = r.to_bytes(32) + s.to_bytes(32)
        case _:
            mark = b""
    return f"{text}.{raw(mark)}"


class FakeProvider:
    """What it answers can be changed by the test; `codes` remembers each sign-in's challenge and nonce."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.claims: dict[str, Any] = {"email": "Mari@example.com", "email_verified": True}
        self.algorithm = "RS256"
        self.issuer = ISSUER
        self.down = False
        self.codes: dict[str, dict[str, str]] = {}
        self.keys = [rsa_jwk(use="sig", alg="RS256"), ec_jwk()]
        self.asked: list[str] = []

    def client(self, **_: Any) -> httpx.AsyncClient:
        """In the place of `new_client`."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self.answer))

    def sign_in(self, place: str) -> tuple[str, str]:
        """Somebody signs in at the address that the console sent them to: code and state."""
        asked = dict(parse_qsl(urlsplit(place).query))
        assert asked["code_challenge_method"] == "S256"
        assert asked["scope"].split()[0] == "openid"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return code, asked["state"]

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Discovery, keys, tokens."""
        self.asked.append(request.url.path)
        if self.down:
            raise httpx.ConnectError("down")
        match request.url.path:
            case "/realm/.well-known/openid-configuration":
                ends = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "keys"}
                return httpx.Response(
                    200, json={"issuer": self.issuer, **{k: f"{ISSUER}/{v}" for k, v in ends.items()}}
                )
            case "/realm/keys":
                return httpx.Response(200, json={"keys": self.keys})
            case _:
                return self._token(request)

    def _token(self, request: httpx.Request) -> httpx.Response:
        """Each code once, to the client with the secret and the verifier."""
        form = dict(parse_qsl(request.content.decode()))
        asked = self.codes.pop(form["code"], None)
        verified = asked and raw(sha256(form["code_verifier"].encode()).digest()) == asked["code_challenge"]
        if asked is None or not verified or not request.headers["authorization"].startswith("Basic "):
            return httpx.Response(400, json={"error": "invalid_grant"})
        standing = {"iss": ISSUER, "aud": CLIENT, "sub": "1", "nonce": asked["nonce"]}
        times = {"iat": self.now, "exp": self.now + 300}
        return httpx.Response(200, json={"id_token": signed({**standing, **times, **self.claims}, self.algorithm)})
