"""Desks at which requests are handled and breaches are recorded."""

import pytest

from tests.breaches.calls import Register
from tests.subject_requests.people import Desk
from tests.worlds import Caller


@pytest.fixture
def register(call: Caller) -> Register:
    """Somebody who keeps the breach register over HTTP."""
    return Register(call)


@pytest.fixture
def desk(call: Caller) -> Desk:
    """Somebody who registers people and handles their requests over HTTP."""
    return Desk(call)
