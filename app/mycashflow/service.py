"""Read a shop: customers first, so that an order finds whom it belongs to, then orders."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.connectors.listing import Listed
from app.connectors.mycashflow_api import Shop
from app.connectors.mycashflow_config import Inbound, MyCashflowConfig
from app.deps import Services
from app.mycashflow.customers import CustomersTaken
from app.mycashflow.order_map import OrderMap
from app.mycashflow.orders import OrdersTaken
from app.polling.changes import changed
from app.polling.marks import Mark, after_page
from app.polling.service import Fetched, Reading, Stream, read
from app.register.versions import Registers

WHOLE_EVERY = timedelta(hours=24)
"""How often customers are read whole where the shop cannot be asked for changed ones."""


async def poll(
    served: Services, registers: Registers, recipient: str, config: MyCashflowConfig, shop: Shop
) -> list[Reading]:
    """Read everything that is configured; raises `PollRunning` while another process does."""
    return [await read(served, registers, stream) for stream in streams(recipient, config, shop)]


def streams(recipient: str, config: MyCashflowConfig, shop: Shop) -> list[Stream]:
    """The lists of a shop that are read."""
    inbound = config.inbound
    found: list[Stream] = []
    if inbound is not None and inbound.customers is not None:
        found.append(_customers(recipient, config, inbound, shop))
    if inbound is not None and inbound.orders is not None:
        found.append(_orders(recipient, config, inbound, shop))
    return found


def _customers(recipient: str, config: MyCashflowConfig, inbound: Inbound, shop: Shop) -> Stream:
    place = inbound.customers
    assert place is not None  # noqa: S101 (asked by the caller)
    updated, expand = place.updated, place.expand

    async def whole(mark: Mark) -> Fetched:
        page = await shop.page("customers", mark.page, inbound.page_size, sort="id-asc", expand=expand)
        return Fetched(page.records, after_page(mark, page.count, is_last=page.is_last), page.is_last)

    async def changes(mark: Mark) -> Fetched:
        return await _changed(shop, "customers", mark, inbound, updated or "", expand)

    return Stream(
        recipient,
        "customers",
        config.system,
        changes if updated else whole,
        lambda its_id: shop.read("customers", its_id, expand),
        lambda connection, op, records: CustomersTaken(connection, op, config, inbound).take(records),
        timedelta(minutes=inbound.overlap_minutes),
        timedelta() if updated else WHOLE_EVERY,
    )


def _orders(recipient: str, config: MyCashflowConfig, inbound: Inbound, shop: Shop) -> Stream:
    place = inbound.orders
    assert place is not None  # noqa: S101 (asked by the caller)
    orders = OrderMap(inbound, place, config.system)
    return Stream(
        recipient,
        "orders",
        config.system,
        lambda mark: _changed(shop, "orders", mark, inbound, place.updated, place.expand),
        lambda its_id: shop.read("orders", its_id, place.expand),
        lambda connection, op, records: OrdersTaken(connection, op, orders).take(records),
        timedelta(minutes=inbound.overlap_minutes),
    )


async def _changed(shop: Shop, kind: str, mark: Mark, inbound: Inbound, updated: str, expand: str) -> Fetched:
    async def page(number: int, since: datetime | None) -> Listed:
        asked = {"updated_at-from": since.isoformat(timespec="seconds")} if since else {}
        return await shop.page(kind, number, inbound.page_size, sort="updated_at-asc", expand=expand, **asked)

    return await changed(mark, page, "id", updated, ZoneInfo(inbound.time_zone))
