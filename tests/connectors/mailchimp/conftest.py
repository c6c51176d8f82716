"""A fake Mailchimp on loopback, and a connector to it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from app.connectors.mailchimp import Mailchimp
from app.connectors.outside import new_client
from tests.connectors.mailchimp.stage import KEY, Fake, connected
from tests.vendors.contract import assert_valid, spec
from tests.vendors.serving import serving


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Fake, str]]:
    fake = Fake()
    with serving(fake) as url:
        yield fake, url


@pytest.fixture
def fake(served: tuple[Fake, str]) -> Iterator[Fake]:
    """Everything that was asked of it is valid by the vendor's schema of members."""
    fake, _ = served
    fake.renew()
    yield fake
    members = [one for one in fake.account.asked if "/members" in one[1]]
    document = spec("mailchimp-members-swagger2.yml") if members else None
    for method, path, query, body in members:
        assert_valid(document, method, path.removeprefix("/3.0"), query, body)


@pytest.fixture
async def connector(fake: Fake, served: tuple[Fake, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mailchimp]:
    monkeypatch.setenv("MAILCHIMP_KEY", KEY)
    async with new_client(may_reach_private=True) as client:
        yield connected(client, served[1])
