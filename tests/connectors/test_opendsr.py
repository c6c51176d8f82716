"""Erasures at an OpenDSR processor: asked once, receipted, polled or called back, and believed only when signed."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.connectors.connector import ConnectorsInvalid
from app.connectors.instruction import Subject
from app.connectors.opendsr import OpenDsr, OpenDsrConfig
from app.connectors.opendsr_callbacks import callback_in
from app.connectors.opendsr_messages import request_id, status_in
from app.connectors.opendsr_signature import SignatureRefused
from app.connectors.outcome import Failed, Later, Sent, Verified
from app.connectors.outside import Outside, new_client
from app.policy.notifications import Act
from tests.connectors.told import PERSON, on_loopback, told
from tests.vendors.certificates import Authority, new_key, pem_of
from tests.vendors.opendsr import DOMAIN, Processor, create_app
from tests.vendors.serving import Troubles, serving

pytestmark = pytest.mark.anyio
KEY = request_id(told().id)
OURS = "https://register.example.com/opendsr/v2/callbacks"
ERASE = told(callback_url=OURS, queued_at=datetime.now(UTC))
ASKED = Sent(reference=KEY, look_after=timedelta(days=1))
LATER = replace(ERASE, reference=KEY)
AUTHORITY = Authority.new()


@pytest.fixture
def troubles() -> Troubles:
    return Troubles()


@pytest.fixture
def processor() -> Processor:
    return Processor(authority=AUTHORITY)


@pytest.fixture
def url(processor: Processor, troubles: Troubles) -> Iterator[str]:
    with serving(create_app(processor, troubles)) as address:
        yield address


@asynccontextmanager
async def reaching(url: str, folder: Path, **given: Any) -> AsyncIterator[OpenDsr]:
    """The connector, which trusts the fake's authority."""
    ca = folder / "ca.pem"
    ca.write_bytes(pem_of(AUTHORITY.root))
    wanted = {"kind": "opendsr", "base_url": f"{url}/v2", "domain": DOMAIN, "ca_file": str(ca), **given}
    async with on_loopback() as outside:
        yield OpenDsrConfig.model_validate(wanted).connect("cdp", outside)


async def test_an_erasure_from_the_request_to_the_proof(url: str, processor: Processor, tmp_path: Path) -> None:
    """The request as the protocol wants it; done only when the processor says so and signs it."""
    async with reaching(url, tmp_path) as connector:
        assert await connector.apply(ERASE) == ASKED
        assert await connector.verify(LATER) == ASKED
        processor.advance(KEY, "completed")
        assert await connector.verify(LATER) == Verified(reference=KEY)
    assert processor.people == set()
    assert processor.fetched == 1
    assert processor.posted == [
        {
            "regulation": "gdpr",
            "subject_request_id": KEY,
            "subject_request_type": "erasure",
            "submitted_time": ERASE.queued_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "api_version": "2.0",
            "subject_identities": [
                {"identity_type": "email", "identity_value": "maija@example.fi", "identity_format": "raw"}
            ],
            "status_callback_urls": [OURS],
        }
    ]
    assert (UUID(KEY).version, KEY) == (4, KEY.lower())


async def test_asking_again_asks_for_the_same(
    url: str, processor: Processor, troubles: Troubles, tmp_path: Path
) -> None:
    """The answer to the first was lost or broke off; the second is refused as a repetition and finds the first."""
    async with reaching(url, tmp_path) as connector:
        troubles.lost = 1
        assert await connector.apply(ERASE) == Later("http_500")
        assert await connector.apply(ERASE) == ASKED
        assert len(processor.requests) == 1
        troubles.outage, troubles.retry_after = 1, 60
        assert await connector.verify(LATER) == Later("http_503", timedelta(seconds=60))
        troubles.half = 1
        assert await connector.verify(LATER) == Later("unreachable")
        processor.requests.clear()
        assert await connector.verify(LATER) == Failed("unknown_there")


async def test_what_was_cancelled_there_is_for_a_human(url: str, processor: Processor, tmp_path: Path) -> None:
    """The protocol has no word for a refusal, and a cancelled request erases nobody."""
    async with reaching(url, tmp_path) as connector:
        await connector.apply(ERASE)
        processor.advance(KEY, "canceled")
        assert await connector.verify(LATER) == Failed("cancelled_there")
        processor.advance(KEY, "in-progress")
        assert await connector.verify(LATER) == ASKED
        processor.advance(KEY, "done, we think")
        assert await connector.verify(LATER) == Later("answer_unreadable")


async def test_the_protocol_carries_erasures_only(url: str, processor: Processor, tmp_path: Path) -> None:
    """Any other act, and a person without an identity that the processor knows, is a task."""
    by_hand = Sent(task="tell_recipient")
    async with reaching(url, tmp_path) as connector:
        for act in set(Act) - connector.capabilities:
            assert await connector.apply(told(act)) == by_hand
        nameless = replace(ERASE, subject=Subject(name="Maija Meikäläinen"))
        assert await connector.apply(nameless) == by_hand
        assert await connector.verify(nameless) == by_hand
        assert await connector.find(PERSON) == ()
    assert processor.posted == []


async def test_dialects(url: str, processor: Processor, tmp_path: Path) -> None:
    """Hashed identities, our own customer number, mParticle's object, signatures of RSA and of two numbers."""
    processor.key = new_key("rsa")
    both = {"identities": ["email", "controller_customer_id"], "customer_id_system": "mycashflow"}
    async with reaching(url, tmp_path, **both, format="sha256", identities_as="object") as connector:
        assert isinstance(await connector.apply(ERASE), Sent)
    found = processor.posted[0]["subject_identities"]
    assert {name: one["encoding"] for name, one in found.items()} == {
        "email": "sha256",
        "controller_customer_id": "sha256",
    }
    assert found["email"]["value"].startswith("2b5e888a4a99c8c4")


async def test_who_signs_with_another_key_is_not_believed(url: str, processor: Processor, tmp_path: Path) -> None:
    """Neither by receipt nor by callback; a key that was changed is fetched once it may have been."""
    async with reaching(url, tmp_path) as connector:
        await connector.apply(ERASE)
        processor.advance(KEY, "completed")
        processor.key = new_key("ec")
        assert await connector.verify(LATER) == Later("signature_invalid")
        connector._fetched_at = datetime.now(UTC) - timedelta(hours=1)
        assert await connector.verify(LATER) == Verified(reference=KEY)
        processor.until = datetime.now(UTC) - timedelta(days=1)
        connector._fetched_at = datetime.now(UTC) - timedelta(days=2)
        assert await connector.verify(LATER) == Later("certificate_invalid")
        processor.domain = "opendsr.elsewhere.example"
        assert await connector.verify(LATER) == Later("domain_unknown")


async def test_a_callback(url: str, processor: Processor, tmp_path: Path) -> None:
    """Whose domain is listed, who signed these bytes, and who meant us."""
    async with reaching(url, tmp_path) as connector:
        await connector.apply(ERASE)
        processor.advance(KEY, "completed")
        body, sent = processor.callback(KEY, OURS)
        headers, known = {name.lower(): value for name, value in sent.items()}, {"cdp": connector}
        recipient, status = await callback_in(known, headers, body, OURS)
        assert (recipient, status) == ("cdp", status_in(json.loads(body)))
        assert connector.outcome_of(LATER, status) == Verified(reference=KEY)
        assert connector.outcome_of(replace(LATER, id=UUID(int=7)), status) == Failed("another_request")
        v1 = {name.replace("opendsr", "opengdpr"): value for name, value in headers.items()}
        assert await callback_in(known, v1, body, OURS) == ("cdp", status)

        nonsense = b"[" * 100_000
        refusals = [
            ({}, body, OURS, "domain_unknown", 401),
            ({**headers, "x-opendsr-processor-domain": "opendsr.other.example"}, body, OURS, "domain_unknown", 401),
            (headers, body.replace(b"completed", b"cancelled"), OURS, "signature_invalid", 400),
            ({**headers, "x-opendsr-signature": ""}, body, OURS, "signature_invalid", 400),
            (headers, body, "https://other.example/callbacks", "callback_of_another", 400),
            ({**headers, "x-opendsr-signature": processor.sign(nonsense)}, nonsense, OURS, "callback_unreadable", 400),
        ]
        for given, content, ours, code, answered in refusals:
            with pytest.raises(SignatureRefused) as refused:
                await callback_in(known, given, content, ours)
            assert (refused.value.code, refused.value.status) == (code, answered)
    assert processor.fetched == 1


def test_the_certificate_comes_from_the_processor_itself() -> None:
    """Discovery must not send us to somebody else's, nor over an open line."""
    config = OpenDsrConfig(kind="opendsr", base_url=f"https://{DOMAIN}/v2", domain=DOMAIN)
    assert config.owns(f"https://{DOMAIN}/certificate.pem", private=False)
    for url in (
        f"http://{DOMAIN}/c",
        "https://elsewhere.example/c",
        f"https://{DOMAIN}.example/c",
        "https://169.254.1.1",
    ):
        assert not config.owns(url, private=False)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"username": "key"}, "username and password"),
        ({"identities": ["controller_customer_id"]}, "needs customer_id_system"),
        ({"identities": []}, "at least 1"),
        ({"domain": "https://processor.example"}, "pattern"),
        ({"base_url": "https://me@processor.example/v2"}, "without a user name"),
    ],
)
def test_a_configuration_that_does_not_fit(given: dict[str, Any], problem: str) -> None:
    """Said at start."""
    wanted = {"kind": "opendsr", "base_url": f"https://{DOMAIN}/v2", "domain": DOMAIN, **given}
    with pytest.raises(ValueError, match=problem):
        OpenDsrConfig.model_validate(wanted)


async def test_what_shows_only_when_it_connects(tmp_path: Path) -> None:
    """TLS unless on one machine; a file of authorities that can be read."""
    async with new_client(verify=False) as client:
        plain = OpenDsrConfig(kind="opendsr", base_url=f"http://{DOMAIN}/v2", domain=DOMAIN)
        with pytest.raises(ConnectorsInvalid, match="cdp: its address must begin with https://"):
            plain.connect("cdp", Outside(client))
        lost = OpenDsrConfig(
            kind="opendsr", base_url=f"https://{DOMAIN}/v2", domain=DOMAIN, ca_file=tmp_path / "no.pem"
        )
        with pytest.raises(ConnectorsInvalid, match="cdp: ca_file"):
            lost.connect("cdp", Outside(client))
