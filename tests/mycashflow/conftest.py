"""A shop on loopback whose customers and orders the register reads."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from app.connectors.configuration import Connectors
from app.connectors.mycashflow_api import Shop
from app.connectors.mycashflow_config import MyCashflowConfig
from app.mycashflow.service import poll
from app.polling.service import Reading
from tests.connectors.telling import world_outside
from tests.vendors import mycashflow
from tests.vendors.serving import serving
from tests.worlds import World

HOOK = "hook-secret-0123456789abcdef"
UUID = "083c584d-ae65-11ec-aef4-0242ac130002"
CONFIG: dict[str, Any] = {
    "kind": "mycashflow", "email": {"env": "MCF_EMAIL"}, "api_key": {"env": "MCF_KEY"}, "per_second": 50,
    "customer_fields": {
        "first": "first_name", "last": "last_name", "email": "email", "phone": "phone", "street": "street_address",
        "postal_code": "postal_code", "city": "city", "country": "country",
    },
    "inbound": {
        "page_size": 2,
        "customers": {"created": "created_at", "updated": None},
        "orders": {
            "fields": {"total": "total", "paid": "payments.0.paid_at", "provider": "payments.0.name"},
            "lines": "products",
            "line_fields": {"title": "name", "quantity": "quantity", "price": "price", "vat": "tax_rate"},
            "completed_is_delivered": True,
            "material": "voucher",
        },
    },
    "webhooks": {"secret": {"env": "MCF_HOOK"}, "uuids": [{"env": "MCF_UUID"}]},
}  # fmt: skip
Poll = Callable[[], Awaitable[dict[str, Reading]]]


@pytest.fixture
def shop() -> mycashflow.Shop:
    """A shop without anybody."""
    return mycashflow.Shop()


@pytest.fixture
def config(shop: mycashflow.Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[MyCashflowConfig]:
    """Its configuration while it is served."""
    for name, value in (("EMAIL", mycashflow.EMAIL), ("KEY", mycashflow.KEY), ("HOOK", HOOK), ("UUID", UUID)):
        monkeypatch.setenv(f"MCF_{name}", value)
    with serving(shop.app) as address:
        made = {"connectors": {"mycashflow": {**CONFIG, "base_url": f"{address}/api/v1"}}}
        found = Connectors.model_validate(made).connectors["mycashflow"]
        assert isinstance(found, MyCashflowConfig)
        yield found


@pytest.fixture
def read_shop(world: World, shop: mycashflow.Shop, config: MyCashflowConfig) -> Poll:
    """`await read_shop()`: read it as the command does; the readings by list."""

    async def read() -> dict[str, Reading]:
        async with world_outside() as outside:
            found = await poll(world.services, world.registers, "mycashflow", config, Shop.of(config, outside, 0.001))
        return {reading.stream: reading for reading in found}

    return read
