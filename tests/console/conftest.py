"""The console's tests run on SQLite alone: what runs below it has its tests on both databases."""

import httpx
import pytest

from tests.console.browsing import Browser
from tests.subject_requests.people import Desk
from tests.worlds import Caller, Template


@pytest.fixture
def template(sqlite_template: Template) -> Template:
    """One database is enough."""
    return sqlite_template


@pytest.fixture
def desk(call: Caller) -> Desk:
    """Somebody who registers people and receives requests through the API."""
    return Desk(call)


@pytest.fixture
async def browser(api: httpx.AsyncClient) -> Browser:
    """The data-protection contact's, signed in."""
    made = Browser(api)
    await made.sign_in("dpo")
    return made
