"""MyCashflow's interface: customers and orders read, customers changed. It has no call that deletes anybody."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from app.connectors.field_map import at
from app.connectors.listing import Listed, Refusal, get_page, read_json, records_in
from app.connectors.mycashflow_config import MyCashflowConfig
from app.connectors.outside import Limits, Link, Outside

MOST_IN_A_PAGE = 500
OK_OR_GONE = (httpx.codes.OK, httpx.codes.NOT_FOUND)


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop. No path may end with a slash: the interface takes that for an error."""

    link: Link
    pause: float = 1.0
    """Seconds before a failed page is asked again; they double each time."""

    @classmethod
    def of(cls, config: MyCashflowConfig, outside: Outside, pause: float = 1.0) -> "Shop":
        """The shop of a configuration: HTTP Basic, the API user's e-mail address and key."""
        auth = (config.email.get_secret_value(), config.api_key.get_secret_value())
        headers = {"Accept": "application/json"}
        return cls(Link(outside, config.base_url, Limits(2, config.per_second), auth, headers), pause)

    async def read(self, kind: str, its_id: str, expand: str = "") -> Mapping[str, Any] | None:
        """One customer or order; None when the shop has none of that id. Raises `Unreachable` and `Refusal`."""
        query = {"expand": expand} if expand else {}
        answer = await self.link.call("GET", f"/{kind}/{quote(its_id, safe='')}", params=query)
        if answer.status_code not in OK_OR_GONE:
            raise Refusal(f"http_{answer.status_code}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            await self.page(kind, 1, 1)  # an address where nothing answers at all would say 404 of everybody
            return None
        body = read_json(answer)
        return records_in([body["data"] if isinstance(body, dict) and "data" in body else body])[0]

    async def change_customer(self, customer_id: str, body: Mapping[str, Any]) -> bool:
        """Change members of a customer; False when there is no such customer. Raises `Unreachable` and `Refusal`."""
        answer = await self.link.call("PATCH", f"/customers/{quote(customer_id, safe='')}", json=dict(body))
        if answer.status_code == httpx.codes.NOT_FOUND:
            return await self.read("customers", customer_id) is not None
        if not answer.is_success:
            raise Refusal(f"http_{answer.status_code}")
        return True

    async def page(self, kind: str, number: int, size: int, **query: str) -> Listed:
        """One page of a list, from 1; raises `Unreachable` and `Refusal`."""
        asked = {"page": str(number), "page_size": str(size), **query}
        body = await get_page(self.link, f"/{kind}", asked, self.pause)
        count = at(body, "meta.item_count")
        records = records_in(at(body, "data"))
        is_last = not at(body, "meta.next")
        return Listed(records, is_last, int(count) if str(count).isdigit() else None)

    async def customers(self, most_pages: int) -> AsyncIterator[Mapping[str, Any]]:
        """Every customer, by id; raises `TooMany` rather than stop short."""
        for number in range(1, most_pages + 1):
            found = await self.page("customers", number, MOST_IN_A_PAGE, sort="id-asc")
            for record in found.records:
                yield record
            if found.is_last:
                return
        raise TooMany


class TooMany(Exception):
    """The shop has more customers than may be looked through for one person."""


def id_of(record: Mapping[str, Any]) -> str:
    """A record's id, which may be a number or a text."""
    return str(record.get("id", ""))
