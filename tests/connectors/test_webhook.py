"""Standard Webhooks: the specification's vector, rotation, and a receiver that checks signatures."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from app.connectors.connector import Connector, ConnectorsInvalid
from app.connectors.outcome import Failed, Later, Outcome, Sent
from app.connectors.outside import Outside, new_client
from app.connectors.webhook import WebhookConfig, payload, signed
from app.policy.notifications import Act
from tests.connectors.told import PERSONAL, on_loopback, told
from tests.vendors.serving import Troubles, serving
from tests.vendors.webhooks import SECRET, Receiver, create_app

OTHER = "whsec_" + "c2VsZXN0ZS1zZWNvbmQtc2VjcmV0LTI0Yi0="


@contextmanager
def receiving(troubles: Troubles | None = None, **given: Any) -> Iterator[tuple[Receiver, str]]:
    receiver = Receiver(**given)
    with serving(create_app(receiver, troubles)) as url:
        yield receiver, f"{url}/hook"


async def tell(url: str, *times: Act, previous: str | None = None) -> list[Outcome]:
    async with on_loopback() as outside:
        old = SecretStr(previous) if previous else None
        config = WebhookConfig(kind="webhook", url=url, secret=SecretStr(SECRET), previous_secret=old)
        connector: Connector = config.connect("takk", outside)
        return [await connector.apply(told(act)) for act in times or (Act.ERASURE,)]


def test_the_vector_of_the_specification() -> None:
    """Key, id, time and body as published; the time as an instant of any zone."""
    at = datetime.fromtimestamp(1614265330, timezone(timedelta(hours=3)))
    headers = signed([SecretStr(SECRET)], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("minutes", [-6, 0, 6])
def test_receivers_take_what_is_fresh(minutes: int) -> None:
    """The library's five minutes, against our headers; a signature that differs in one letter is none."""
    body, at = payload(told()), datetime.now(UTC) + timedelta(minutes=minutes)
    headers = signed([SecretStr(OTHER), SecretStr(SECRET)], "ntf_1", at, body)
    forged = {**headers, "webhook-signature": headers["webhook-signature"].replace("=", "A=", 1)[:60]}
    if minutes:
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(body, headers)
    else:
        assert Webhook(SECRET).verify(body, headers)["type"] == "data_subject.erasure"
        assert Webhook(OTHER).verify(body, headers)["timestamp"] == "2026-03-02T08:30:00Z"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, forged)


@pytest.mark.parametrize("act", Act)
def test_the_payload_names_nobody(act: Act) -> None:
    """Ids, the case, the act and the link."""
    sent = payload(told(act)).decode()
    assert not [value for value in PERSONAL if value in sent or value in json.loads(sent)["data"].values()]
    assert len(sent) < 1000


@pytest.mark.anyio
async def test_told_twice_is_done_once() -> None:
    """The message id stays the same over attempts, so a receiver that deduplicates does it once."""
    with receiving() as (receiver, url):
        outcomes = await tell(url, Act.ERASURE, Act.ERASURE)
    assert outcomes == [Sent(reference=f"ntf_{told().id}")] * 2
    assert (receiver.deliveries, len(receiver.done)) == (2, 1)


@pytest.mark.anyio
@pytest.mark.parametrize("known", [SECRET, OTHER])
async def test_while_keys_change_the_receiver_may_hold_either(known: str) -> None:
    with receiving(secret=known) as (receiver, url):
        outcomes = await tell(url, previous=OTHER)
    assert [type(one) for one in outcomes] == [Sent]
    assert receiver.deliveries == 1


@pytest.mark.anyio
async def test_what_a_receiver_answers() -> None:
    """A wrong key and a redirection stay; an outage passes, no sooner than it asks; 410 ends it."""
    with receiving(secret=OTHER) as (_, url):
        assert await tell(url) == [Failed("http_401")]
    with receiving(redirect="http://127.0.0.1:1/") as (_, url):
        assert await tell(url) == [Failed("http_307")]
    with receiving(gone=True) as (_, url):
        assert await tell(url) == [Failed("endpoint_gone")]
    with receiving(Troubles(outage=1, bare_429=1, lost=1, retry_after=7)) as (receiver, url):
        outcomes = await tell(url, Act.ERASURE, Act.ERASURE, Act.ERASURE, Act.ERASURE)
    waits = [Later("http_503", timedelta(seconds=7)), Later("http_429", timedelta(seconds=7)), Later("http_500")]
    assert outcomes == [*waits, Sent(reference=f"ntf_{told().id}")]
    assert (receiver.deliveries, len(receiver.done)) == (2, 1)


@pytest.mark.anyio
async def test_tls_is_demanded() -> None:
    """Unless everything happens on one machine."""
    config = WebhookConfig(kind="webhook", url="http://hooks.example.com/", secret=SecretStr(SECRET))
    async with new_client(verify=False) as client:
        with pytest.raises(ConnectorsInvalid, match="takk: its address must begin with https://"):
            config.connect("takk", Outside(client))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", SECRET.removeprefix("whsec_"), SECRET + "?"])
def test_a_key_that_is_none_is_refused(secret: str) -> None:
    """Empty, short, without its prefix, not base64; and the refusal does not repeat it."""
    with pytest.raises(ValueError, match="24 to 64 random bytes") as refused:
        WebhookConfig(kind="webhook", url="https://hooks.example.com/", secret=SecretStr(secret))
    assert "c2hvcnQ" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["ftp://a.example", "https://", "https://me:pw@a.example/", "https://a.example/#x", "x"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be https://HOST/PATH"):
        WebhookConfig(kind="webhook", url=url, secret=SecretStr(SECRET))
