"""What an order of a shop means, and what a message must carry: pure, without a shop."""

import hmac
from hashlib import sha256
from typing import Any

import pytest

from app.connectors.configuration import Connectors
from app.connectors.mycashflow_config import MyCashflowConfig
from app.imports.schemas import Settled
from app.mycashflow.hooks import addressed, hinted, is_genuine
from app.mycashflow.order_map import OrderMap, Taken
from tests.mycashflow.conftest import CONFIG, HOOK, UUID

WHO = {"first_name": "Aino", "last_name": "Esimerkki", "email": "aino@example.fi"}
ORDER: dict[str, Any] = {
    "id": 1001, "customer_id": 0, "status": "open", "customer_information": WHO, "total": 12.35,
    "created_at": "2026-10-25T03:30:00+03:00", "updated_at": "2026-10-25T23:30:00+02:00",
    "products": [{"name": "Öljy", "quantity": "1.2340", "price": "10.0049", "tax_rate": 25.5}],
}  # fmt: skip


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> MyCashflowConfig:
    """A shop's configuration."""
    for name in ("EMAIL", "KEY", "HOOK", "UUID"):
        monkeypatch.setenv(f"MCF_{name}", HOOK if name == "HOOK" else UUID)
    made = {**CONFIG, "base_url": "https://shop.mycashflow.fi/api/v1"}
    found = Connectors.model_validate({"connectors": {"mycashflow": made}}).connectors["mycashflow"]
    assert isinstance(found, MyCashflowConfig)
    return found


def _map(config: MyCashflowConfig) -> OrderMap:
    assert config.inbound is not None
    assert config.inbound.orders is not None
    return OrderMap(config.inbound, config.inbound.orders, config.system)


def test_numbers_may_be_texts_and_days_are_the_shops(config: MyCashflowConfig) -> None:
    """A point is decimal whatever follows it, a unit price is rounded as it is shown, a guest has no number."""
    read = _map(config)
    taken = read.order(ORDER, 1)
    assert isinstance(taken, Taken)
    line, purchase = taken.order.purchase.lines[0], taken.order.purchase
    assert (line.quantity, line.unit_price, line.vat_rate, purchase.total) == ("1.234", "10.00", "25.5", "12.35")
    assert (taken.order.customer_number, str(purchase.purchased_on), taken.inferred) == (
        None,
        "2026-10-25",
        frozenset(),
    )
    assert taken.order.ordered_at.isoformat() == "2026-10-25T00:30:00+00:00"

    cancelled = read.order({**ORDER, "status": "cancelled", "customer_id": "7"}, 1)
    assert isinstance(cancelled, Taken)
    assert (cancelled.order.customer_number, cancelled.inferred) == ("7", frozenset({"cancelled_on"}))
    assert str(cancelled.order.purchase.cancelled_on) == "2026-10-25"
    for wrong, reason in (
        ({"total": "1,2,3"}, "amount_unclear"),
        ({"created_at": None}, "time_missing"),
        ({"products": []}, "order_incomplete"),
        ({"customer_information": {"first_name": "Aino"}}, "customer_missing"),
    ):
        assert read.order({**ORDER, **wrong}, 4) == Settled(1, 4, "refused", reason)


def test_a_message_carries_what_is_asked(config: MyCashflowConfig) -> None:
    """The secret in the address, and if configured a uuid or an HMAC keyed by it."""
    found = addressed(Connectors(connectors={"mycashflow": config}), HOOK)
    assert found is not None
    assert addressed(Connectors(connectors={"mycashflow": config}), HOOK[:-1]) is None
    raw = b'{"topic": "order.created"}'
    by_uuid, by_hmac = (found.hooks.model_copy(update={"check": c, "header": "x-signature"}) for c in ("uuid", "hmac"))
    signed = hmac.new(UUID.encode(), raw, sha256).hexdigest()
    assert is_genuine(found.hooks, {}, raw)
    assert [is_genuine(by_uuid, headers, raw) for headers in ({}, {"x-id": UUID})] == [False, True]
    assert is_genuine(by_uuid, {}, raw + UUID.encode())
    assert [is_genuine(by_hmac, {"x-signature": told}, raw) for told in (f"sha256={signed}", signed[:-1], "ä")] == [
        True, False, False,
    ]  # fmt: skip
    assert hinted(found, {"topic": "order.created", "data": {"id": 1001}}) == ("orders", "1001")
    for about in ({"topic": "product.updated", "data": {"id": 1}}, {"topic": "order.created"}, "order", None):
        assert hinted(found, about) is None
