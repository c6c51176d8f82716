"""The receipt that a person keeps: the consent record inside it, signed by the controller's installation.

The proof is a Data Integrity proof (W3C, cryptosuite eddsa-jcs-2022): Ed25519 over the canonical JSON (RFC 8785) of
the proof's own terms and of the receipt. Whoever has the public key checks it offline, with any library for it.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.consents.dpv import CONTEXT
from app.db import new_id
from app.keys import Keys
from app.register.operation import Operation

_SECURITY = {
    "sec": "https://w3id.org/security#",
    "schema": "https://schema.org/",
    "type": "@type",
    "DataIntegrityProof": "sec:DataIntegrityProof",
    "proof": {"@id": "sec:proof", "@type": "@id", "@container": "@graph"},
    "cryptosuite": "sec:cryptosuite",
    "created": {"@id": "dct:created", "@type": "xsd:dateTime"},
    "proofPurpose": {"@id": "sec:proofPurpose", "@type": "@vocab"},
    "assertionMethod": "sec:assertionMethod",
    "verificationMethod": {"@id": "sec:verificationMethod", "@type": "@id"},
    "proofValue": {"@id": "sec:proofValue", "@type": "sec:multibase"},
}
_ED25519 = b"\xed\x01"
"""The multicodec of an Ed25519 public key."""
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def receipt_of(op: Operation, record: Mapping[str, Any]) -> dict[str, Any]:
    """The receipt of a consent record as of now, signed."""
    inside = {name: value for name, value in record.items() if name != "@context"}
    receipt_id = str(new_id())
    return signed(
        op.keys,
        {
            "@context": {**CONTEXT, **_SECURITY},
            "@id": f"urn:uuid:{receipt_id}",
            "@type": "dpv:ConsentReceipt",
            "dct:identifier": receipt_id,
            "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr",
            "dct:created": op.at.isoformat(),
            "dct:publisher": op.definition.controller.legal_name,
            "schema:recipient": {"@id": record["dpv:hasDataSubject"]["@id"]},
            "dpv:hasRecordOfActivity": inside,
        },
        op.at.isoformat(timespec="seconds"),
    )


def signed(keys: Keys, document: Mapping[str, Any], created: str) -> dict[str, Any]:
    """The document with its proof."""
    key, proof = key_of(keys), {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "created": created}
    method = public_key(keys)
    proof |= {"verificationMethod": f"{method}#{method.removeprefix('did:key:')}", "proofPurpose": "assertionMethod"}
    terms = {"@context": document["@context"], **proof}
    value = key.sign(sha256(canonical(terms)).digest() + sha256(canonical(document)).digest())
    return {**document, "proof": {**terms, "proofValue": multibase(value)}}


def key_of(keys: Keys) -> Ed25519PrivateKey:
    """The installation's key for receipts, derived from its secret file and so never in the database."""
    return Ed25519PrivateKey.from_private_bytes(keys.mac("consent-receipt"))


def public_key(keys: Keys) -> str:
    """The public half as a did:key, which says all that a verifier needs."""
    return f"did:key:{multibase(_ED25519 + key_of(keys).public_key().public_bytes_raw())}"


def canonical(value: Any) -> bytes:
    """RFC 8785, for JSON whose names are ASCII and whose numbers, of which receipts have none, are integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def multibase(raw: bytes) -> str:
    """Base 58 as in Bitcoin, behind its letter."""
    number, digits = int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _BASE58[digit] + digits
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "z" + _BASE58[0] * zeros + digits
