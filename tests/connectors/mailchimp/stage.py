"""One fake for all tests of a module, a connector to it, and what it is told."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx

from app.connectors.configuration import Connectors
from app.connectors.instruction import Instruction, Subject
from app.connectors.mailchimp import Mailchimp
from app.connectors.outcome import Verified
from app.connectors.outside import Outside
from app.policy.notifications import Act
from tests.vendors.mailchimp import create_app
from tests.vendors.mailchimp_state import Account
from tests.vendors.serving import Troubles

NEWS, SHOP = "a6b5da1054", "b7c6eb2165"
EMAIL, NEW = "Eila.Esimerkki@example.fi", "eila@example.com"
AT = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
KEY = "0123456789abcdef-us1"


class Fake:
    """One server for all tests of this module; each test begins with a new account and no troubles."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        self.account = Account(api_key=KEY, audiences={NEWS: {}, SHOP: {}}, stores={"shop": {}})
        self.troubles = Troubles()
        self.app = create_app(self.account, self.troubles)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    def status(self, audience: str = NEWS, email: str = EMAIL) -> str | None:
        member = self.account.member(audience, email)
        return None if member is None else member.status


def connected(client: httpx.AsyncClient, url: str, **members: Any) -> Mailchimp:
    document = {
        "kind": "mailchimp", "api_key": {"env": "MAILCHIMP_KEY"}, "base_url": f"{url}/3.0", "stores": ["shop"],
        "store_system": "webshop", "merge_fields": {"name": ["FNAME", "LNAME"]},
        "audiences": {NEWS: {"purposes": ["newsletter"], "marketing_permissions": ["p1"]}}, **members,
    }  # fmt: skip
    outside = Outside(client, may_reach_private=True, clock=lambda: AT)
    made = Connectors.model_validate({"connectors": {"mailchimp": document}}).connect(outside)["mailchimp"]
    assert isinstance(made, Mailchimp)
    return made


def told(act: Act, **members: Any) -> Instruction:
    subject = Subject(email=EMAIL, references={"webshop": "4711"})
    whole = {"subject": subject, **members}
    return Instruction(UUID(int=7), act, "mailchimp", queued_at=AT, due_on=date(2026, 12, 29), **whole)


async def twice(connector: Mailchimp, instruction: Instruction) -> Any:
    """Doing it again changes nothing, and a look says that it is done."""
    first = await connector.apply(instruction)
    again = await connector.apply(replace(instruction, memory=getattr(first, "memory", None) or instruction.memory))
    assert type(again) is type(first)
    if isinstance(first, Verified):
        assert await connector.verify(replace(instruction, memory=first.memory)) == Verified()
    return first
