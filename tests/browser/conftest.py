"""One headless Chromium and one served process for all tests of this folder.

The fixtures end with the package: while Playwright is started, its event loop runs in the thread of the tests.
"""

import shutil
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.visiting import PATIENCE, Visitors
from tests.cli.running import Process, process
from tests.console.real_provider import missing, provider
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
def port(browser: Browser) -> int:
    """Where the service will listen, which the provider must know before."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found: int = listener.getsockname()[1]
    return found


@pytest.fixture(scope="package")
def issuer(port: int) -> Iterator[str | None]:
    """A real provider, where Swagger UI is a client without a secret; None where Node or its packages are missing."""
    if missing():
        yield None
        return
    back = [f"http://127.0.0.1:{port}/docs/oauth2-redirect"]
    docs = {"client_id": "docs", "token_endpoint_auth_method": "none", "redirect_uris": back}
    with provider([docs]) as started:
        yield started


@pytest.fixture(scope="package")
def service(
    issuer: str | None, port: int, nursery: Nursery, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    """`seloste run` on an empty SQLite file, with its demo people; a decision is executed at once."""
    at_provider = {"ISSUER": issuer, "CLIENT_ID": "console", "BROWSER_CLIENT_ID": "docs", "ROLE_CLAIM": "roles"}
    folder = tmp_path_factory.mktemp("browser")
    settings = {
        "DATABASE_URL": f"sqlite:///{folder / 'seloste.db'}",
        "SELOSTE_SECRET_FILE": str(folder / "secret"),
        "SELOSTE_PORT": str(port),
        "SELOSTE_EXECUTION_DELAY_HOURS": "0",
        "SELOSTE_BACKGROUND_INTERVAL_SECONDS": "0.3",
        **{f"SELOSTE_OIDC_{name}": said for name, said in at_provider.items() if issuer and said},
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
