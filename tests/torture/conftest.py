"""Real processes for the tests: a prepared database of each kind."""

from collections.abc import Iterator

import pytest

from tests.nursery import Nursery
from tests.torture.installation import Installation, Prepared


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Prepared:
    """A SQLite file to be copied."""
    return Prepared(tmp_path_factory.mktemp("torture-sqlite"), nursery, None)


@pytest.fixture(scope="session")
def prepared_postgres(
    tmp_path_factory: pytest.TempPathFactory, nursery: Nursery, postgres_url: str
) -> Iterator[Prepared]:
    """A PostgreSQL database to be copied, on the server of the tests."""
    made = Prepared(tmp_path_factory.mktemp("torture-postgresql"), nursery, postgres_url)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgres"])
def installation(request: pytest.FixtureRequest) -> Iterator[Installation]:
    """An installation on each kind of database in turn."""
    prepared: Prepared = request.getfixturevalue(f"prepared_{request.param}")
    made = prepared.fresh()
    yield made
    made.drop()


@pytest.fixture
def on_postgres(prepared_postgres: Prepared) -> Iterator[Installation]:
    """An installation on PostgreSQL."""
    made = prepared_postgres.fresh()
    yield made
    made.drop()
