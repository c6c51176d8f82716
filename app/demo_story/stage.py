"""Where the story plays: a running service, a client for each role, the import service on the same database."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from app.deps import Services
from app.imports import service
from app.imports.schemas import AudiencePlan, OrdersPlan, Summary
from app.register.versions import Registers

ROLES = ("webshop", "booking", "admin", "accountant", "dpo")
WORDING = {"id": "newsletter_2019", "version": 1, "language": "fi"}
TIME_ZONE = "Europe/Helsinki"


class Refusal(Exception):
    """The service answered with another status than the story needs; holds its problem's code, nothing personal."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the body, if it is JSON."""

    status: int
    body: Any


class Api:
    """Calls the service in a role."""

    def __init__(self, base_url: str, tokens: Mapping[str, str]) -> None:
        self._http = httpx.AsyncClient(base_url=base_url, timeout=60, trust_env=False)
        self.tokens = dict(tokens)

    async def __aenter__(self) -> "Api":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def ask(self, role: str, method: str, path: str, json: Any = None) -> Answer:
        """Whatever the service answers."""
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        answer = await self._http.request(method, path, json=json, headers=headers)
        return Answer(answer.status_code, answer.json() if answer.content else None)

    async def call(self, role: str, method: str, path: str, json: Any = None) -> Any:
        """The body of a success; raises `Refusal`."""
        answer = await self.ask(role, method, path, json)
        if answer.status >= 300:
            code = answer.body.get("code") if isinstance(answer.body, dict) else None
            place = path.split("?", maxsplit=1)[0].rsplit("/", 1)[-1] if path.count("/") < 4 else path.split("/")[2]
            raise Refusal(f"{role}: {method} {place} was answered {answer.status} {code}")
        return answer.body


async def introduce(api: Api) -> str:
    """Make a client for each role with the owner's token; the reference system of the story's webshop.

    Names and systems carry a random mark, so that the story can be told again on the same register.
    """
    mark = secrets.token_hex(3)
    for role in ROLES:
        person = role in {"admin", "accountant", "dpo"}
        systems = [] if person else [f"story-{role}-{mark}"]
        new = {"name": f"story {role} {mark}", "role": role, "systems": systems}
        made = await api.call("owner", "POST", "/v1/api-clients", {**new, "employment": "employee"} if person else new)
        api.tokens[role] = made["token"]
    return mark


@dataclass(frozen=True, slots=True)
class Imports:
    """The import service, on the database of the service that the story plays on."""

    served: Services
    registers: Registers

    async def audience(self, file: Path) -> Summary:
        """Import an audience export, from its first line."""
        plan = AudiencePlan.model_validate(
            {"system": "mailchimp", "time_zone": TIME_ZONE, "source": "web_form", "wording": WORDING,
             "purpose": "newsletter", "language": "fi"}
        )  # fmt: skip
        job = await service.prepare_audience(self.served, self.registers, file, plan)
        return await service.run(self.served, self.registers, job, restart=True)

    async def orders(self, file: Path, system: str) -> Summary:
        """Import an order export, from its first line."""
        plan = OrdersPlan.model_validate(
            {"system": system, "time_zone": TIME_ZONE, "source": "customer_relationship", "language": "fi",
             "holder": "MyCashflow", "material": "voucher"}
        )  # fmt: skip
        job = await service.prepare_orders(self.registers, file, plan)
        return await service.run(self.served, self.registers, job, restart=True)
