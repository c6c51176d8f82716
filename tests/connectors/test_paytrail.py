"""Paytrail: its published signatures, looking up, reports of which only the person's own rows stay, notices."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.connectors.connector import ConnectorsInvalid
from app.connectors.outcome import Failed, Later, Sent
from app.connectors.outside import Outside, Unreachable, new_client
from app.connectors.paytrail import REPORT_FIELDS, Paytrail, PaytrailConfig, ReportRefused
from app.connectors.paytrail_signature import is_signed, signature_of
from app.policy.notifications import Act
from tests.connectors.told import PERSON, on_loopback, told
from tests.vendors import paytrail
from tests.vendors.paytrail import MERCHANT, OTHERS, PAID, SECRET, create_app
from tests.vendors.schemas import problems
from tests.vendors.serving import Troubles, serving

BODY = (
    '{"stamp":"unique-identifier-for-merchant","reference":"3759170","amount":1525,"currency":"EUR","language":"FI",'
    '"items":[{"unitPrice":1525,"units":1,"vatPercentage":25.5,"productCode":"#1234","deliveryDate":"2018-09-01"}],'
    '"customer":{"email":"test.customer@example.com"},"redirectUrls":{"success":"https://ecom.example.com/cart/success",'
    '"cancel":"https://ecom.example.com/cart/cancel"}}'
)
POST = {
    "checkout-account": MERCHANT,
    "checkout-algorithm": "sha256",
    "checkout-method": "POST",
    "checkout-nonce": "564635208570151",
    "checkout-timestamp": "2018-07-06T10:01:31.904Z",
}
GET = {
    "checkout-account": MERCHANT,
    "checkout-algorithm": "sha256",
    "checkout-method": "GET",
    "checkout-nonce": "87ac41e1-e6e6-4789-b8e0-c83930cfc447",
    "checkout-timestamp": "2019-11-01T08:48:50.832Z",
    "checkout-transaction-id": PAID,
}
CALLBACK = {
    "checkout-account": MERCHANT,
    "checkout-algorithm": "sha256",
    "checkout-amount": "2964",
    "checkout-stamp": "15336332710015",
    "checkout-reference": "192387192837195",
    "checkout-transaction-id": OTHERS,
    "checkout-status": "ok",
    "checkout-provider": "nordea",
}
VECTORS = [
    (POST, BODY, "9a4a7735279de4c99268e4566a5526ae887e73e6e58f2918cb2309ccac366129"),
    (POST, BODY.replace("25.5", "24"), "3708f6497ae7cc55a2e6009fc90aa10c3ad0ef125260ee91b19168750f6d74f6"),
    (GET, "", "4d84e3aedaa847b23e672ff3bc9c57ae5d1c1e84aec251ce39914eaf250bb8b2"),
    (CALLBACK, "", "b2d3ecdda2c04563a4638fcade3d4e77dfdc58829b429ad2c2cb422d0fc64080"),
]


@pytest.mark.parametrize(("members", "body", "signature"), VECTORS)
def test_published_signatures(members: dict[str, str], body: str, signature: str) -> None:
    """In whatever order and case the members come, with others that are not signed between them."""
    shuffled = {name.title(): value for name, value in reversed(members.items())}
    assert signature_of(SECRET, shuffled, body.encode()) == signature
    assert is_signed(SECRET, {**shuffled, "platform-name": "seloste", "Signature": signature}, body.encode())
    assert not is_signed(SECRET, {**members, "checkout-new": "x", "signature": signature}, body.encode())
    assert not is_signed(SECRET, {**members, "signature": signature}, body.encode() + b" ")
    assert not is_signed("other", {**members, "signature": signature}, body.encode())


@pytest.mark.parametrize("members", [{}, {"signature": ""}, {**CALLBACK}, {**CALLBACK, "checkout-algorithm": "md5"}])
def test_what_is_not_signed(members: dict[str, str]) -> None:
    """Without a signature, or by an algorithm that somebody else would like."""
    assert not is_signed(SECRET, members)
    assert not is_signed(SECRET, {**members, "signature": "é"})


@pytest.fixture
def fake() -> paytrail.Paytrail:
    return paytrail.Paytrail()


@pytest.fixture
def troubles() -> Troubles:
    return Troubles()


@pytest.fixture
def url(fake: paytrail.Paytrail, troubles: Troubles) -> Iterator[str]:
    with serving(create_app(fake, troubles)) as address:
        yield address


@asynccontextmanager
async def reaching(url: str, secret: str = SECRET, **given: Any) -> AsyncIterator[Paytrail]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAYTRAIL_SECRET", secret)
        wanted = {"kind": "paytrail", "merchant_id": MERCHANT, "secret": {"env": "PAYTRAIL_SECRET"}, "base_url": url}
        config = PaytrailConfig.model_validate({**wanted, "per_second": 100, **given})
    async with on_loopback() as outside:
        yield config.connect("paytrail", outside)


@pytest.mark.anyio
async def test_looking_up(url: str, fake: paytrail.Paytrail) -> None:
    """By transaction id; a shop's own order numbers and ids that are paths are never asked for."""
    person = replace(PERSON, references={"paytrail": f"{PAID} {OTHERS[:-1]}1"})
    async with reaching(url, algorithm="sha512") as connector:
        assert await connector.find(person) == (PAID,)
        assert await connector.find(replace(PERSON, references={"paytrail": "../settlements 1001"})) == ()
        [found] = await connector.transactions([PAID, PAID, "1001"])
    assert (found.status, found.reference, found.provider) == ("ok", "1001", "osuuspankki")
    asked = [PAID, f"{OTHERS[:-1]}1", PAID]
    assert [path for path, _, _ in fake.asked] == [f"GET /payments/{key}" for key in asked]
    assert [problems("paytrail", "Headers", dict(sent)) for _, sent, _ in fake.asked] == [[], [], []]
    assert len(fake.nonces) == 3


@pytest.mark.anyio
async def test_every_act_is_a_notice_whatever_the_look_up_says(
    url: str, fake: paytrail.Paytrail, troubles: Troubles
) -> None:
    """Its people answer; an outage of its API keeps no one from being told."""
    given = told(recipient="paytrail", orders=(PAID, "1001"))
    async with reaching(url) as connector:
        assert connector.capabilities == frozenset()
        for act in Act:
            told_of = Sent(task="tell_paytrail", memory={"transactions_found": 1})
            assert await connector.apply(replace(given, act=act)) == told_of
        assert isinstance(await connector.verify(given), Sent)
        troubles.outage = 1
        assert await connector.apply(given) == Sent(task="tell_paytrail")
    assert all(body is None for _, _, body in fake.asked)


@pytest.mark.anyio
async def test_what_it_answers(url: str, fake: paytrail.Paytrail, troubles: Troubles) -> None:
    """Refused credentials stay; what Paytrail did not sign is not believed; what passes is tried again."""
    person = replace(PERSON, references={"paytrail": PAID})

    async def failing(secret: str = SECRET) -> Any:
        async with reaching(url, secret) as connector:
            with pytest.raises(Unreachable) as failed:
                await connector.find(person)
        return failed.value.outcome

    assert await failing("wrong") == Failed("http_401")
    fake.signs_wrongly = True
    assert await failing() == Later("signature_invalid")
    fake.signs_wrongly = False
    troubles.bare_429, troubles.retry_after = 1, 3
    assert await failing() == Later("http_429", timedelta(seconds=3))
    troubles.half = 1
    assert await failing() == Later("unreachable")


@pytest.mark.anyio
async def test_a_report_gives_back_the_persons_own_rows_only(url: str, fake: paytrail.Paytrail) -> None:
    """Asked for with the fewest fields; everybody else's rows are forgotten at once, unsigned ones are not read."""
    since = datetime(2026, 3, 1, tzinfo=UTC)
    async with reaching(url) as connector:
        key = await connector.request_report("https://register.example.com/reports", since, since + timedelta(days=2))
        body, headers = fake.report(key)
        [row] = connector.rows_about({"1001"}, headers, body)
        with pytest.raises(ReportRefused):
            connector.rows_about({"1001"}, headers, body + b" ")
        nonsense = b"{"
        with pytest.raises(ReportRefused):
            connector.rows_about({"1001"}, fake.headers(nonsense), nonsense)
        with pytest.raises(Unreachable) as refused:
            await connector.request_report("http://register.example.com/reports", since, since)
    assert refused.value.outcome == Failed("http_400")
    assert row["familyname"] == "Meikäläinen"
    assert set(row) == set(REPORT_FIELDS)
    assert "Esimerkki" not in json.dumps(row)
    sent = fake.reports[key]
    assert problems("paytrail", "PaymentReportRequest", sent) == []
    assert (sent["startDate"], sent["endDate"]) == ("2026-03-01T00:00:00", "2026-03-03T00:00:00")


@pytest.mark.anyio
async def test_tls_is_demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a notice by mail needs a relay."""
    monkeypatch.setenv("PAYTRAIL_SECRET", SECRET)
    wanted = {"kind": "paytrail", "merchant_id": MERCHANT, "secret": {"env": "PAYTRAIL_SECRET"}}
    async with new_client(verify=False) as client:
        plain = PaytrailConfig.model_validate({**wanted, "base_url": "http://services.example.com"})
        with pytest.raises(ConnectorsInvalid, match="paytrail: its address must begin with https://"):
            plain.connect("paytrail", Outside(client))
        mailing = PaytrailConfig.model_validate({**wanted, "notice": {"to": "dpo@example.com"}})
        with pytest.raises(ConnectorsInvalid, match="paytrail: kind email_task needs"):
            mailing.connect("paytrail", Outside(client))
