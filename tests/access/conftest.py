"""Somebody at the desk, for requests that are answered with data."""

import pytest

from tests.subject_requests.people import Desk
from tests.worlds import Caller


@pytest.fixture
def desk(call: Caller) -> Desk:
    """A desk."""
    return Desk(call)
