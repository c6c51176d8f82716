"""Who signed it: answers and callbacks of OpenDSR processors, checked before a byte of them is read (OpenDSR 2.0 §8).

Order: the domain is on the list → its certificate is fetched, and its chain, dates and name (SAN) hold → the signature
over the raw body holds. Revocation is not asked for: a certificate is fetched anew each day and whenever it fails.
"""

import binascii
from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from warnings import catch_warnings

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

LONGEST_CERTIFICATE = 64 * 1024
_DOMAIN = ("x-opendsr-processor-domain", "x-opengdpr-processor-domain")
_SIGNATURE = ("x-opendsr-signature", "x-opengdpr-signature")


class SignatureRefused(Exception):
    """It cannot be shown who said it. `status` is what a callback is answered: 401 for whom, 400 for what."""

    def __init__(self, code: str, status: int = 401) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


def domain_of(headers: Mapping[str, str]) -> str:
    """Who says that they speak; the names of version 1 are honoured."""
    return next((headers[name].strip().lower() for name in _DOMAIN if name in headers), "")


def signature_of(headers: Mapping[str, str]) -> str:
    """What they sign with."""
    return next((headers[name].strip() for name in _SIGNATURE if name in headers), "")


@cache
def public_roots() -> tuple[x509.Certificate, ...]:
    """The authorities that TLS connections trust."""
    found = map(_root, httpx.create_ssl_context().get_ca_certs(binary_form=True))
    return tuple(one for one in found if one is not None)


def _root(der: bytes) -> x509.Certificate | None:
    """None for the odd old authority whose certificate breaks the standard."""
    try:
        with catch_warnings(action="error", category=CryptographyDeprecationWarning):
            return x509.load_der_x509_certificate(der)
    except (ValueError, CryptographyDeprecationWarning):
        return None


def trusted_certificate(pem: bytes, domain: str, roots: Iterable[x509.Certificate], now: datetime) -> x509.Certificate:
    """The first certificate of the chain, if an authority vouches for it, for this domain, today.

    Raises `SignatureRefused`. A self-signed certificate is nobody's.
    """
    try:
        leaf, *others = x509.load_pem_x509_certificates(pem[:LONGEST_CERTIFICATE])
        at = now.astimezone(UTC).replace(tzinfo=None)
        policy = PolicyBuilder().store(Store(list(roots))).time(at)
        policy.build_server_verifier(x509.DNSName(domain)).verify(leaf, others)
    except (ValueError, VerificationError, x509.UnsupportedGeneralNameType):
        raise SignatureRefused("certificate_invalid") from None
    return leaf


def must_be_signed(key: CertificatePublicKeyTypes, signature: str, body: bytes) -> None:
    """Raise `SignatureRefused` unless the key's owner signed these very bytes, with SHA-256.

    RSA in PKCS #1 v1.5, ECDSA as DER or as the two numbers side by side: the specification says neither, both occur.
    """
    try:
        raw = b64decode("".join(signature.split()), validate=True)
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(raw, body, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            _elliptic(key, raw, body)
        else:
            raise SignatureRefused("certificate_invalid")
    except (binascii.Error, InvalidSignature, ValueError):
        raise SignatureRefused("signature_invalid", 400) from None


def _elliptic(key: ec.EllipticCurvePublicKey, raw: bytes, body: bytes) -> None:
    method, size = ec.ECDSA(hashes.SHA256()), (key.curve.key_size + 7) // 8
    if len(raw) == 2 * size:
        halves = (int.from_bytes(half, "big") for half in (raw[:size], raw[size:]))
        try:
            key.verify(encode_dss_signature(*halves), body, method)
        except InvalidSignature:
            pass  # a DER signature may be as long by chance
        else:
            return
    key.verify(raw, body, method)
