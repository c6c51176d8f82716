"""A desk at which requests are handled."""

import pytest

from tests.cli.conftest import environment, prepared, ready, seloste
from tests.subject_requests.people import Desk
from tests.worlds import Caller


@pytest.fixture
def desk(call: Caller) -> Desk:
    """Somebody who registers people and handles their requests over HTTP."""
    return Desk(call)


__all__ = ["desk", "environment", "prepared", "ready", "seloste"]
