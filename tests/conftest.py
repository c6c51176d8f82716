"""What comes before the tests: one PostgreSQL for all workers, and the fixtures where tests are run.

The process that only hands tests out to workers imports neither the service nor the fixtures: that takes two seconds.
"""

import gc
import os

import pytest

from tests.databases import ServerHandle, start_postgres

POSTGRES = "SELOSTE_TEST_POSTGRES"
_servers: list[ServerHandle] = []


def pytest_configure(config: pytest.Config) -> None:
    """Start the PostgreSQL; workers find it in the environment."""
    gc.disable()  # what is collected stays to the end, and looking for garbage in it takes a fifth of the time
    if not hasattr(config, "workerinput") and POSTGRES not in os.environ:
        _servers.append(start_postgres())
        os.environ[POSTGRES] = _servers[0].url
    if config.getoption("dist", "no") == "no":
        config.pluginmanager.import_plugin("tests.fixtures")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the PostgreSQL that this process started."""
    for server in _servers:
        server.stop()
        os.environ.pop(POSTGRES, None)
    _servers.clear()
    gc.collect()  # once shows what was never closed; pytest does it five times more
    gc.freeze()
