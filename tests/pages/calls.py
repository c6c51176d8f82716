"""What a browser sends to the request form."""

from typing import Any
from urllib.parse import urlencode

import httpx

from tests.pages.reading import BROWSER
from tests.worlds import Caller, World

URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
WHO = {"name": "Aino Esimerkki", "email": "aino@example.fi"}


async def send(call: Caller, right: str, fields: Any, **headers: str) -> httpx.Response:
    """The form of a right, as a browser sends it."""
    return await call.api.post(
        f"/requests/{right}", content=urlencode(fields, doseq=True), headers=URLENCODED | BROWSER | headers
    )


async def followed(call: Caller, sent: httpx.Response) -> tuple[str, httpx.Response]:
    """The path and the page that the answer to a form leads to."""
    assert sent.status_code == 303, sent.text
    path = sent.headers["location"].removeprefix("..")
    return path.partition("?")[0], await call.api.get(path, headers=BROWSER)


async def stored(world: World) -> list[Any]:
    """Every case."""
    return await world.rows("SELECT * FROM subject_requests ORDER BY case_number")
