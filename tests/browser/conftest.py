"""One headless Chromium and one served process for all tests of this folder.

The fixtures end with the package: while Playwright is started, its event loop runs in the thread of the tests.
"""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.visiting import PATIENCE, Visitors
from tests.cli.running import Process, process
from tests.nursery import Nursery

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The system's Chromium; without one these tests are skipped, and the report says why."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser on this machine ({', '.join(NAMES)}): apt-get install chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path)
        yield launched
        launched.close()


@pytest.fixture(scope="package")
def service(browser: Browser, nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """`seloste run` on an empty SQLite file, with its demo people; a decision is executed at once."""
    folder = tmp_path_factory.mktemp("browser")
    settings = {
        "DATABASE_URL": f"sqlite:///{folder / 'seloste.db'}",
        "SELOSTE_SECRET_FILE": str(folder / "secret"),
        "SELOSTE_PORT": "0",
        "SELOSTE_EXECUTION_DELAY_HOURS": "0",
        "SELOSTE_BACKGROUND_INTERVAL_SECONDS": "0.3",
    }
    with process("run", settings=settings, folder=folder / "run", nursery=nursery) as started:
        yield started
        assert started.stop() == 0


@pytest.fixture
def visitors(browser: Browser, service: Process) -> Iterator[Visitors]:
    """Opens a window for each visitor; at the end none of them has asked another site for anything."""
    made = Visitors(browser, service.url)
    yield made
    made.leave()
