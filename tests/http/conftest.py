"""The stage with something to work on for every operation."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.columns import must_fit
from tests.databases import sqlite_copy
from tests.http.asking import Asking, Ready
from tests.http.stage import build
from tests.worlds import Caller, Template, World

_ready: dict[str, Ready] = {}


@pytest.fixture
async def world(world: World) -> AsyncIterator[World]:
    """The same; whatever these tests sent has to fit where it was kept."""
    yield world
    await must_fit(world)


@pytest.fixture
async def ready(world: World, call: Caller, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """Built once for all tests of this worker; on SQLite."""
    if "here" not in _ready:
        stage = await build(world, call)
        kept = tmp_path_factory.mktemp("stage") / "ready.db"
        sqlite_copy(tmp_path / "seloste.db", kept)
        _ready["here"] = Ready(stage, kept, world.now)
    return _ready["here"]


@pytest.fixture
def asking(app: FastAPI, template: Template, ready: Ready, tmp_path: Path) -> Asking:
    """Calls on copies of the stage."""
    return Asking(app, template, ready, tmp_path)
