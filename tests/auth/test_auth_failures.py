"""Guessing tokens and links: an address that fails too often waits, and nobody else notices."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from app.auth.errors import TooManyFailures
from app.auth.failures import KEPT, Failures, group_of
from app.commands.serve import _configuration
from app.settings import Settings
from tests.worlds import TOKENS, World

pytestmark = pytest.mark.anyio

RIGHT = {"Authorization": f"Bearer {TOKENS['dpo']}"}
WRONG = {"Authorization": "Bearer seloste_of-nobody"}


class Watch:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def allowed(failures: Failures, host: str) -> int:
    """How many failures the address may have one after the other before it must wait."""
    for n in range(1000):
        try:
            failures.check(host)
        except TooManyFailures:
            return n
        failures.count(host)
    raise AssertionError


def test_failures_come_back_with_time() -> None:
    """Ten at once, then one every six seconds; after a quiet minute ten again. The wait that is told is enough."""
    watch = Watch()
    failures = Failures(10, clock=watch)
    assert allowed(failures, "192.0.2.1") == 10
    with pytest.raises(TooManyFailures) as refused:
        failures.check("192.0.2.1")
    wait = int(refused.value.headers["Retry-After"])
    assert wait == 6
    watch.now += wait
    assert allowed(failures, "192.0.2.1") == 1
    watch.now += 60
    assert allowed(failures, "192.0.2.1") == 10
    assert allowed(failures, "192.0.2.2") == 10


def test_one_network_is_one_address() -> None:
    """Of IPv6 the network of 64 bits counts, mapped IPv4 is IPv4, and what is no address is one and the same."""
    assert group_of("2001:db8::1") == group_of("2001:db8::ffff:ffff:ffff:ffff") != group_of("2001:db8:0:1::1")
    assert group_of("::ffff:192.0.2.1") == group_of("192.0.2.1") != group_of("192.0.2.2")
    assert group_of(None) == group_of("") == group_of("testclient") == group_of("x" * 10_000) == "no address"
    assert group_of("fe80::1%eth0") == group_of("fe80::2")


def test_a_spray_from_many_addresses_is_remembered_within_bounds() -> None:
    """Of 12 000 networks the last 10 000 are kept, in some hundred bytes each; a fresh address is still heard."""
    failures = Failures(10, clock=Watch())
    for n in range(12_000):
        failures.count(f"2001:db8:0:{n:x}::1")
    assert len(failures) == KEPT == 10_000
    failures.check("192.0.2.9")
    assert allowed(failures, "2001:db8:0:2edf::2") == 9


@asynccontextmanager
async def caller(world: World, host: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(world.app, raise_app_exceptions=False, client=(host, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://seloste.test") as api:
        yield api


@pytest.fixture
def strict(world: World) -> World:
    """The world with the limit of an installation that sets none."""
    failures = Failures(Settings.model_fields["sign_in_failures_per_minute"].default)
    world.app.state.clients._failures = failures
    world.app.state.link_failures = Failures(Settings.model_fields["sign_in_failures_per_minute"].default)
    return world


async def test_an_address_that_fails_too_often_waits(strict: World) -> None:
    """429 with Retry-After on every operation, also with a right token that was never seen; others are served."""
    before = REGISTRY.get_sample_value("seloste_sign_ins_refused_total", {"reason": "limited"}) or 0
    async with caller(strict, "192.0.2.1") as here, caller(strict, "192.0.2.2") as there:
        answers = [await here.get("/v1/register", headers=WRONG) for _ in range(12)]
        unseen = await here.get("/v1/register", headers=RIGHT)
        elsewhere = await there.get("/v1/register", headers=RIGHT)
        seen = await here.get("/v1/register", headers=RIGHT)
        without = await here.get("/v1/register")
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 6
    assert answers[-1].json()["code"] == "too-many-failures"
    assert (unseen.status_code, elsewhere.status_code, seen.status_code, without.status_code) == (429, 200, 200, 401)
    assert REGISTRY.get_sample_value("seloste_sign_ins_refused_total", {"reason": "limited"}) == before + 3


async def test_a_right_token_is_heard_at_an_address_where_others_fail(strict: World) -> None:
    """Behind a proxy that is not declared all have one address: who was signed in stays so."""
    async with caller(strict, "192.0.2.1") as here:
        assert (await here.get("/v1/register", headers=RIGHT)).status_code == 200
        failed = [(await here.get("/v1/register", headers=WRONG)).status_code for _ in range(11)]
        still = [(await here.get("/v1/register", headers=RIGHT)).status_code for _ in range(3)]
    assert (failed[-1], still) == (429, [200] * 3)


async def test_a_claimed_address_is_not_believed(strict: World) -> None:
    """X-Forwarded-For changes nothing: only a trusted proxy's is read, before the application sees the request."""
    async with caller(strict, "192.0.2.1") as here:
        for n in range(10):
            await here.get("/v1/register", headers={**WRONG, "X-Forwarded-For": f"198.51.100.{n}"})
        answer = await here.get("/v1/register", headers={**WRONG, "X-Forwarded-For": "198.51.100.99"})
    assert answer.status_code == 429


@pytest.mark.parametrize(("trusted", "last"), [("192.0.2.0/24", 401), ("203.0.113.1", 429), (None, 429)])
async def test_a_trusted_proxy_speaks_for_its_callers(strict: World, trusted: str | None, last: int) -> None:
    """As `serve` sets up its server: each caller behind a trusted proxy has an address of its own, others have not."""
    config = _configuration(strict.app, strict.settings.model_copy(update={"trusted_proxies": trusted}))
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, raise_app_exceptions=False, client=("192.0.2.1", 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://seloste.test") as behind:
        answers = [
            await behind.get("/v1/register", headers={**WRONG, "X-Forwarded-For": f"198.51.100.{n}"}) for n in range(11)
        ]
        for _ in range(10):  # the leftmost address is whatever a caller wrote; the proxy's own is the last
            forged = await behind.get("/v1/register", headers={**WRONG, "X-Forwarded-For": "10.0.0.1, 198.51.100.99"})
        forged = await behind.get("/v1/register", headers={**WRONG, "X-Forwarded-For": "10.0.0.2, 198.51.100.99"})
    assert [answer.status_code for answer in answers[:10]] == [401] * 10
    assert answers[10].status_code == last
    assert forged.status_code == 429


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_guessing_links_is_stopped_too(strict: World, method: str) -> None:
    """Unknown links are 404, then 429; another address is heard, and so are tokens at this one."""
    async with caller(strict, "192.0.2.1") as here, caller(strict, "192.0.2.2") as there:
        answers = [await here.request(method, f"/consents/{'guess' * 5}{n}") for n in range(12)]
        elsewhere = await there.request(method, f"/consents/{'guess' * 5}")
        signed_in = await here.get("/v1/register", headers=RIGHT)
    assert [answer.status_code for answer in answers] == [404] * 10 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert (elsewhere.status_code, signed_in.status_code) == (404, 200)


async def test_no_address_is_in_the_metrics(strict: World) -> None:
    """Counters know reasons only."""
    async with caller(strict, "192.0.2.77") as here:
        for _ in range(11):
            await here.get("/v1/register", headers=WRONG)
        metrics = (await here.get("/metrics")).text
    assert 'seloste_sign_ins_refused_total{reason="limited"}' in metrics
    assert "192.0.2" not in metrics


@pytest.mark.parametrize("value", ["*", "10.0.0.1, *", "proxy.example", "10.0.0.0/99"])
def test_only_addresses_can_be_trusted_as_proxies(value: str) -> None:
    """A star would let every caller claim any address."""
    with pytest.raises(ValueError, match="does not appear"):
        Settings(trusted_proxies=value)


def test_proxies_are_addresses_and_networks() -> None:
    """By commas; nobody by default."""
    assert Settings().trusted_proxies is None
    found: Any = Settings(trusted_proxies="127.0.0.1, 10.0.0.0/8,2001:db8::/32").trusted_proxies
    assert found.count(",") == 2
