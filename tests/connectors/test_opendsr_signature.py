"""Whose signature it is: a real processor's, RSA and ECDSA, certificates that hold and that do not."""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from app.connectors.opendsr_messages import status_in
from app.connectors.opendsr_signature import SignatureRefused, must_be_signed, public_roots, trusted_certificate
from tests.vendors.certificates import Authority, new_key, pem_of
from tests.vendors.opendsr import DOMAIN, Processor

NOW = datetime(2026, 3, 2, tzinfo=UTC)

# mParticle's public key of 2025 and a callback that it signed with it, as another of its customers has published it.
KEY = load_der_public_key(
    b64decode(
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxTF/HNO8tODePQyI+tQZwVwqE9LAfmoDo5a0ooUtQx6WMUmvRa3qhQzl7x+LbPM1"
        "FAxRqyA7dPO9WCSYz2vDO8oBClyu9HtfMiRDNcKHAAWe1+2kfzA7/d11X8MQCMxEBiuyU583P4FoLGdsFKZ8K+IAwzv7hW6VVdO5/XusknTo"
        "eInwXhdJFqiLttohSg+8aaRU2vNsYxpS/f+45XBEwv5gAEb7JlsmtkNj3TJlRiGoKRlocZcP3aoimqfXmwvj/w3ysF+5swBf1+9wWboYpL0H"
        "jU4jfeZZRf3eAFlKirrZlVANoNMu48B8ysoz+SLiNu/uQpkdueuax7zK1buitQIDAQAB"
    )
)
BODY = (
    b'{"controller_id":"1402","expected_completion_time":"2025-06-09T00:00:00Z",'
    b'"status_callback_url":"https://webhook.site/6dfd0447-e1f9-4a98-a391-25481898763b",'
    b'"subject_request_id":"475974fa-6b42-4370-bb56-b5d845686bb5","request_status":"completed",'
    b'"results_url":null,"extensions":null}'
)
SIGNATURE = (
    "q/zaWUW4dJYXo7Bu9NR0AkkwbS/lnab2cQ/6hxuhNw/8xnljzjXB3jJhUM7UTr5+KZZ5/delbtAKVNPXLAGZ7DoeWMnWwYeyq3Pzw4l5wugg3YtFLS"
    "5o0MRlGye6Vj0UH2c/T8vQ87/KNl5hYrhYqrZvNb+f+gL9eSZ80lQwMu27fVSrnh7yztNLHLP593kV9oq1QBXQqf8yRVGy7fcFieNHtgYAuKFJeDkC"
    "wx7e4ismhKNkfM8Xlt6TEdR8dAwB6TVbz3W7bk4dTUKQrAVX84js4V5Sphj+vUBT/NATel6HYlkSsOk10HLjbaM2BwQtd51rD6ex9VbtpP0G8mHDVw=="
)


def test_a_real_callback() -> None:
    """Over the bytes as they came: the same document with other spaces is another one."""
    must_be_signed(KEY, SIGNATURE, BODY)  # type: ignore[arg-type]  # a key of any kind was loaded
    status = status_in(json.loads(BODY))
    assert status is not None
    assert (status.status, status.subject_request_id[:8]) == ("completed", "475974fa")
    for signature, body in [(SIGNATURE, json.dumps(json.loads(BODY)).encode()), (SIGNATURE[:-8] + "AAAAAA==", BODY)]:
        with pytest.raises(SignatureRefused) as refused:
            must_be_signed(KEY, signature, body)  # type: ignore[arg-type]  # as above
        assert (refused.value.code, refused.value.status) == ("signature_invalid", 400)


@pytest.mark.parametrize(("kind", "raw"), [("rsa", False), ("ec", False), ("ec", True)])
def test_every_kind_of_signature(kind: str, raw: bool) -> None:
    """Chosen by the certificate's key, never by the sender."""
    one = Processor(authority=Authority.new(), key=new_key(kind), raw_ecdsa=raw)
    key = one.key.public_key()
    must_be_signed(key, one.sign(b"{}"), b"{}")
    for signature, body in [(one.sign(b"{}"), b"{ }"), ("", b"{}"), ("no base64", b"{}"), (one.sign(b"x"), b"{}")]:
        with pytest.raises(SignatureRefused):
            must_be_signed(key, signature, body)


def test_neither_another_padding_nor_another_kind_of_key() -> None:
    """PSS is not what the protocol's processors use; Ed25519 is in no version of it."""
    key = new_key("rsa")
    assert isinstance(key, rsa.RSAPrivateKey)
    pss = key.sign(b"{}", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    with pytest.raises(SignatureRefused, match="signature_invalid"):
        must_be_signed(key.public_key(), b64encode(pss).decode(), b"{}")
    other = ed25519.Ed25519PrivateKey.generate()
    with pytest.raises(SignatureRefused, match="certificate_invalid"):
        must_be_signed(other.public_key(), b64encode(other.sign(b"{}")).decode(), b"{}")


def test_a_certificate_holds_for_its_domain_and_its_time_only() -> None:
    """And only if an authority that we trust has signed it; the name in the SAN counts, no other."""
    authority, key = Authority.new(), new_key("ec")
    good = authority.certify(key, DOMAIN, NOW + timedelta(days=90))
    assert trusted_certificate(pem_of(good), DOMAIN, [authority.root], NOW) == good
    refused = [
        (pem_of(good), "opendsr.other.example", [authority.root], NOW),
        (pem_of(good), DOMAIN, [authority.root], NOW + timedelta(days=91)),
        (pem_of(good), DOMAIN, [authority.root], NOW - timedelta(days=400)),
        (pem_of(good), DOMAIN, [Authority.new().root], NOW),
        (pem_of(authority.root), DOMAIN, [Authority.new().root], NOW),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", DOMAIN, [authority.root], NOW),
        (b"", DOMAIN, [authority.root], NOW),
    ]
    for given in refused:
        with pytest.raises(SignatureRefused, match="certificate_invalid") as error:
            trusted_certificate(*given)
        assert error.value.status == 401


def test_authorities_are_those_of_tls() -> None:
    """Read once."""
    assert len(public_roots()) > 50
    assert public_roots() is public_roots()
    assert isinstance(public_roots()[0].public_bytes(serialization.Encoding.DER), bytes)
