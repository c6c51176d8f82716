"""A real OpenID provider (npm `oidc-provider`) beside the real service, and somebody who signs in there."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

SCRIPT = Path(__file__).parents[1] / "node" / "provider.mjs"
ACCOUNTS = {
    "mari": {"email": "mari@example.com", "email_verified": True, "roles": ["dpo", "gardener"]},
    "eino": {"email": "eino@example.com", "email_verified": True, "roles": ["accountant"]},
    "former": {"email": "former@example.com", "email_verified": True, "roles": ["gardener"]},
    "unsure": {"email": "mari@example.com", "email_verified": False, "roles": ["dpo"]},
}


def missing() -> str | None:
    """Why there can be no provider on this machine."""
    if shutil.which("node") is None:
        return "no node on this machine: apt-get install nodejs npm, make node-tools"
    packages = SCRIPT.with_name("node_modules") / "oidc-provider"
    return None if packages.is_dir() else "tests/node/node_modules has no oidc-provider: make node-tools"


@contextmanager
def provider(clients: list[dict[str, Any]]) -> Iterator[str]:
    """A process of its own; its issuer. It ends with its standard input, so it outlives nobody."""
    said = json.dumps({"clients": clients, "accounts": ACCOUNTS})
    with subprocess.Popen(
        ["node", str(SCRIPT), said],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            ready = next((line for line in process.stdout if line.startswith("{")), None)
            assert ready is not None, "the provider did not start: run node tests/node/provider.mjs by hand"
            yield json.loads(ready)["issuer"]
        finally:
            process.kill()


async def signed_in_there(place: str, name: str) -> httpx.URL:
    """Somebody signs in at the page that they were sent to; where the provider sends them back to."""
    async with httpx.AsyncClient() as browser:
        page = await browser.get(place)
        while page.is_redirect:
            page = await browser.get(page.url.join(page.headers["location"]))
        assert page.status_code == 200, page.text
        page = await browser.post(page.url, data={"prompt": "login", "login": name, "password": "any"})
        while page.is_redirect:
            onward = page.url.join(page.headers["location"])
            if onward.port != urlsplit(place).port:
                return onward
            page = await browser.get(onward)
        raise AssertionError(page.text)
