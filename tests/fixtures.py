"""Fixtures: the whole service on SQLite and on PostgreSQL, with the Lumicos definition and a client per role."""

import gc
import os
import sys
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

from app import garbage, logs, openapi
from app.db import sqlite
from app.main import create_app
from app.register.loading import load
from app.settings import Settings
from tests import leaks, migrated
from tests.nursery import Nursery
from tests.worlds import TOKENS, Caller, Template, World, make_postgres_template, make_sqlite_template

POSTGRES = "SELOSTE_TEST_POSTGRES"


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """From here on look for garbage, but only in what the tests make, and not as often: it took a tenth of the time."""
    garbage.seldom()
    gc.enable()


@pytest.fixture(autouse=True, scope="session")
def no_leaks_in_metrics() -> Iterator[None]:
    """Begin to watch before the first test; after the last one no metric may name a person."""
    leaks.install()
    yield
    found = leaks.WATCH.leaks_in_metrics()
    assert not found, found


@pytest.fixture(autouse=True)
def no_leaks(no_leaks_in_metrics: None) -> Iterator[None]:
    """Nothing that a test sent about a person may come back in a refusal, a log line or an audit row (house rule 6)."""
    yield
    tokens = leaks.tokens_told()
    found = leaks.WATCH.leaks()
    assert not found, found
    assert not tokens, tokens


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Tests marked anyio run on the event loop that the service runs on; asyncio's own takes an eighth more time."""
    return "asyncio", {"use_uvloop": sys.platform != "win32"}


@pytest.fixture(scope="session", autouse=True)
async def one_event_loop(anyio_backend: tuple[str, dict[str, Any]]) -> AsyncIterator[None]:
    """As long as this fixture lives all tests run on its event loop, so that sessions can be passed on."""
    yield  # noqa: PT022 (a coroutine would be over before the first test, and its loop too)


@pytest.fixture(scope="session", autouse=True)
def each_definition_is_parsed_once() -> Iterator[None]:
    """Every test has a service of its own, and each would parse the same document again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.register.versions.load", lru_cache(maxsize=32)(load))
        yield


@pytest.fixture(scope="session", autouse=True)
def the_document_is_written_once() -> Iterator[None]:
    """All apps have the same routes, and describing them takes a second."""
    written: list[dict[str, Any]] = []
    describe = openapi._document

    def once(app: FastAPI) -> dict[str, Any]:
        if not written:
            written.append(describe(app))
        return deepcopy(written[0])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openapi, "_document", once)
        yield


@pytest.fixture(scope="session", autouse=True)
def nobody_looks_for_trio() -> Iterator[None]:
    """httpx looks for it at each request, and searching every folder in vain takes a tenth of a request's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "sniffio", None)
        yield


@pytest.fixture(scope="session", autouse=True)
def empty_databases_are_migrated_from_memory() -> Iterator[None]:
    """The statements of every revision would be worked out anew for a hundred tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alembic.command.upgrade", migrated.upgrade)
        yield


@pytest.fixture(scope="session", autouse=True)
def lines_are_written_plainly() -> None:
    """In colours and columns, as structlog writes them by itself, they take a tenth of a request's time."""
    render = structlog.processors.KeyValueRenderer(key_order=["event"])
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, logs.without_values, render])


@pytest.fixture(scope="session", autouse=True)
def commits_wait_for_no_disk() -> Iterator[None]:
    """Losing a test's data in a power cut is no loss, as on PostgreSQL; processes that tests start keep their own."""
    with pytest.MonkeyPatch.context() as patch:
        hasty = tuple(pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in sqlite.PRAGMAS)
        patch.setattr(sqlite, "PRAGMAS", hasty)
        yield


@pytest.fixture(scope="session", autouse=True)
def each_statement_is_compiled_once() -> Iterator[None]:
    """Every test opens a database of its own, and each engine would compile the same SQL again: a third of all time."""
    known, opened = LRUCache[Any, Any](2000), Engine.__init__

    def shared(engine: Engine, *args: Any, **options: Any) -> None:
        opened(engine, *args, **options)
        engine._compiled_cache = known

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "__init__", shared)
        # The dialect is part of the key; those of one kind write the same SQL.
        patch.setattr(DefaultDialect, "__hash__", lambda self: hash(type(self)))
        patch.setattr(DefaultDialect, "__eq__", lambda self, other: type(self) is type(other))
        yield


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The maintenance database of the tests' PostgreSQL server."""
    return os.environ[POSTGRES]


@pytest.fixture(scope="session")
def secret_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One key file for all databases of this worker."""
    return tmp_path_factory.mktemp("keys") / "seloste.secret"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, secret_file: Path) -> Template:
    """A migrated SQLite file with definition, clients and wordings."""
    return make_sqlite_template(tmp_path_factory.mktemp("template") / "ready.db", secret_file)


@pytest.fixture(scope="session")
async def postgres_template(postgres_url: str, secret_file: Path) -> AsyncIterator[Template]:
    """The same in a PostgreSQL database of this worker."""
    template = make_postgres_template(postgres_url, secret_file)
    yield template
    await template.close()
    template.drop()


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """The parent of the processes of this worker, forked from what the first worker that needed one has imported."""
    own = tmp_path_factory.getbasetemp()
    made = Nursery(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)
    yield made
    made.close()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, secret_file: Path) -> FastAPI:
    """The service's app; each test gives it a database of its own."""
    place = tmp_path_factory.mktemp("app") / "unused.db"
    return create_app(Settings(database_url=f"sqlite:///{place}", secret_file=secret_file, background=False))


@pytest.fixture(params=["sqlite", "postgresql"])
def template(request: pytest.FixtureRequest) -> Template:
    """The template of each database in turn."""
    name = "sqlite_template" if request.param == "sqlite" else "postgres_template"
    found: Template = request.getfixturevalue(name)
    return found


@pytest.fixture
async def world(app: FastAPI, template: Template, tmp_path: Path) -> AsyncIterator[World]:
    """The service on a clean database, with a clock that tests move."""
    made = World(app, template, template.fresh(tmp_path))
    yield made
    await leaks.look_into(made)
    await made.close()


@pytest.fixture
async def api(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the service."""
    transport = httpx.ASGITransport(world.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://seloste.test") as client:
        yield client


@pytest.fixture(scope="session")
def tokens() -> dict[str, str]:
    """The bearer token of each role."""
    return TOKENS


@pytest.fixture
def call(api: httpx.AsyncClient) -> Caller:
    """`await call(role, method, path, json, expect=status)`."""
    return Caller(api)
