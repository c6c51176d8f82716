"""The receipt of a consent: what it says, and a proof that somebody else's reading of the specification accepts."""

from hashlib import sha256
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rdflib.namespace import RDF

from app.consents.signing import canonical, multibase
from tests.consents.calls import given, register
from tests.terms import DPV, IRIS, graph_of, unknown_terms
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


def decoded(multibase: str) -> bytes:
    """Base 58, written anew."""
    assert multibase[0] == "z"
    digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number = 0
    for digit in multibase[1:]:
        number = number * 58 + digits.index(digit)
    zeros = len(multibase) - 1 - len(multibase[1:].lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def verify(receipt: dict[str, Any]) -> None:
    """As the cryptosuite says: the hash of the proof's terms before that of the document; raises when it is broken."""
    proof = dict(receipt["proof"])
    value = decoded(proof.pop("proofValue"))
    document = {name: said for name, said in receipt.items() if name != "proof"}
    assert proof["@context"] == document["@context"]
    named = decoded(proof["verificationMethod"].rpartition("#")[2])
    assert named[:2] == b"\xed\x01"
    key = Ed25519PublicKey.from_public_bytes(named[2:])
    key.verify(value, sha256(canonical(proof)).digest() + sha256(canonical(document)).digest())


async def test_a_receipt_is_signed_and_names_nobody(call: Caller, world: World) -> None:
    """It holds the record that the other route answers; any change breaks the proof; every term exists."""
    who = await register(call)
    await call("booking", "POST", "/v1/consents", given(who), expect=201)
    path = f"/v1/customers/{who}/consents/newsletter/receipt"
    record = await call("booking", "GET", path, expect=200)
    receipt = await call("booking", "GET", f"{path}/signed", expect=200)

    verify(receipt)
    del record["@context"]
    assert receipt["dpv:hasRecordOfActivity"] == record
    assert (receipt["@type"], receipt["dct:publisher"]) == ("dpv:ConsentReceipt", "Lumicos Oy")
    assert "aino" not in str(receipt).lower()
    record["dpv:hasConsentStatus"][0]["@type"] = "dpv:ConsentWithdrawn"
    with pytest.raises(InvalidSignature):
        verify({**receipt, "dpv:hasRecordOfActivity": record})
    with pytest.raises(InvalidSignature):
        verify({**receipt, "proof": {**receipt["proof"], "created": "2027-01-01T00:00:00+00:00"}})

    graph = graph_of(receipt)
    (made,) = graph.subjects(RDF.type, DPV.ConsentReceipt)
    assert graph.value(made, DPV.hasRecordOfActivity) == next(graph.subjects(RDF.type, DPV.ConsentRecord))
    assert not IRIS.exists() or unknown_terms(graph) == set()


def test_leading_zeros_survive() -> None:
    """Of a signature one in 256 begins with one."""
    for raw in (b"\0\0\x01abc", b"abc", bytes(range(64))):
        assert decoded(multibase(raw)) == raw
