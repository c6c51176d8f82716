"""An OpenDSR processor calls back: signed, it makes a worker look at once; whoever else calls is not heard."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.connectors.configuration import load_connectors
from app.delivery.callbacks import Processors
from tests.connectors.told import on_loopback
from tests.delivery.conftest import Deliver
from tests.subject_requests.people import Desk
from tests.vendors.certificates import pem_of
from tests.vendors.opendsr import DOMAIN, Processor, create_app
from tests.vendors.serving import serving
from tests.worlds import STARTED, Caller, World

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("in_the_eea")]
CALLBACKS = "/opendsr/v2/callbacks"


def configured(folder: Path, url: str, processor: Processor) -> Path:
    """A file that names the fake as the way to Tehden."""
    (folder / "ca.pem").write_bytes(pem_of(processor.authority.root))
    file = folder / "connectors.yaml"
    told = f"{{kind: opendsr, base_url: {url}/v2, domain: {DOMAIN}, ca_file: {folder / 'ca.pem'}}}"
    file.write_text(f"connectors: {{tehden: {told}}}")
    return file


async def test_a_callback_makes_a_worker_look_at_once(
    app: FastAPI,
    world: World,
    desk: Desk,
    call: Caller,
    api: httpx.AsyncClient,
    deliver: Deliver,
    outbox: Callable[..., Awaitable[list[dict[str, Any]]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is believed but the processor's own signed status, which the look reads."""
    person = await desk.person()
    case = (await desk.asks("erasure", person))["case_number"]
    await desk.decides(case)
    await world.run_due()
    processor = Processor(until=STARTED + timedelta(days=100))
    with serving(create_app(processor)) as url:
        file = configured(tmp_path, url, processor)
        settings = world.services.settings.model_copy(
            update={"connectors_file": file, "connectors_reach_private": True}
        )
        monkeypatch.setattr(app.state, "processors", Processors(replace(world.services, settings=settings)))
        async with on_loopback(clock=world.services.clock) as outside:
            connected = load_connectors(file).connect(outside)
            await deliver(**connected)
            (key,) = processor.requests
            (row,) = await outbox("tehden")
            assert (row["state"], row["reference"]) == ("sent", key)

            processor.advance(key, "completed")
            ours = f"{world.settings.base_url}{CALLBACKS}"
            body, headers = processor.callback(key, ours)
            assert await deliver(**connected) == {}
            assert (await api.post(CALLBACKS, content=body)).json()["code"] == "callback-sender-unknown"
            forged = await api.post(CALLBACKS, content=body.replace(b"1402", b"1403"), headers=headers)
            assert (forged.status_code, forged.json()["code"]) == (400, "callback-refused")
            assert await deliver(**connected) == {}

            for _ in range(2):
                assert (await api.post(CALLBACKS, content=body, headers=headers)).status_code == 202
            assert await deliver(**connected) == {"verified": 1}
            assert (await api.post(CALLBACKS, content=body, headers=headers)).status_code == 202
            assert await deliver(**connected) == {}
        await app.state.processors.close()
    (row,) = await outbox("tehden")
    assert row["state"] == "verified"
    assert processor.posted[0]["status_callback_urls"] == [ours]


async def test_a_file_of_no_use_is_no_reason_to_believe_anybody(
    app: FastAPI, world: World, api: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The processor is asked to send it again later."""
    settings = world.services.settings.model_copy(update={"connectors_file": tmp_path / "gone.yaml"})
    monkeypatch.setattr(app.state, "processors", Processors(replace(world.services, settings=settings)))
    answer = await api.post(CALLBACKS, content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (503, "callback-unverifiable")
    assert answer.headers["retry-after"] == "60"
