"""A world whose erasure ledger is kept, in the test's own folder."""

from pathlib import Path

import pytest

from app.ledger.follower import Ledger
from tests.ledger.story import Story
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "seloste.ledger"


@pytest.fixture
def ledger(world: World, place: Path) -> Ledger:
    """The ledger of the app, as a process with background work sees it."""
    return kept(world, place)


def kept(world: World, place: Path) -> Ledger:
    """Let the world's app keep its ledger there."""
    served = world.services
    settings = served.settings.model_copy(update={"ledger_file": place})
    world.app.state.ledger = Ledger(type(served)(settings, served.db, served.keys, served.clock), keeps=True)
    return world.ledger


@pytest.fixture
def desk(call: Caller) -> Desk:
    """Somebody who registers people and handles their requests over HTTP."""
    return Desk(call)


@pytest.fixture
async def story(world: World, ledger: Ledger, call: Caller) -> Story:
    """People, up to the moment of the backup."""
    told = Story(world, call)
    await told.before()
    assert await ledger.drain()
    return told
