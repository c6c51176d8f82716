"""A fake account beside the service: one audience for newsletters, its webhook, people who have consented."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from app.connectors.configuration import Connectors
from app.connectors.mailchimp_config import MailchimpAccount
from app.connectors.outside import Outside
from app.mailchimp.accounts import Accounts
from tests.vendors.mailchimp import create_app
from tests.vendors.mailchimp_state import Account
from tests.vendors.serving import Troubles
from tests.worlds import Caller, World

NEWS, OTHER = "a6b5da1054", "b7c6eb2165"
KEY, HOOK, SIGNING = "0123456789abcdef-us1", "hook-secret-0123456789", "signing-secret"
ON_SQLITE = pytest.mark.parametrize("template", ["sqlite"], indirect=True)
"""Where the engine does not matter."""
PURPOSES = {NEWS: ("newsletter",), OTHER: ("marketing", "telling_about_services")}


@dataclass
class Stage:
    """The service, the fake, and how each reaches the other; all in this process."""

    world: World
    call: Caller
    account: Account
    troubles: Troubles
    outside: Outside
    config: MailchimpAccount

    @property
    def accounts(self) -> Accounts:
        """As the service has it."""
        found: Accounts = self.world.app.state.mailchimp
        return found

    @property
    def hook(self) -> str:
        """Where the webhooks go."""
        return f"/hooks/mailchimp/{HOOK}"

    async def person(self, email: str, purpose: str | None = "newsletter", name: str = "Eila Esimerkki") -> str:
        """Somebody of the webshop who has consented to a purpose by e-mail; the id."""
        reference = email.partition("@")[0].replace("+", "-")
        fields = {
            "kind": "customer", "name": name, "email": email, "language": "fi", "source": "web_form",
            "interaction": {"kind": "form", "occurred_at": "2026-05-01T10:00:00Z"},
        }  # fmt: skip
        path = f"/v1/customers/by-reference/webshop/{reference}"
        made = (await self.call("webshop", "PUT", path, fields)).json()
        if purpose is not None:
            await self.consents(reference, purpose)
        return str(made["id"])

    async def consents(self, reference: str, purpose: str, at: str = "2026-05-01T10:00:00Z", **evidence: Any) -> None:
        """A consent by a form."""
        sent = {
            "event_id": f"{reference}-{purpose}-{at[:10]}", "customer": {"system": "webshop", "id": reference},
            "purpose": purpose, "channels": ["email"], "action": "given",
            "collected_via": "double_opt_in" if evidence else "web_form",
            "wording": {"id": purpose, "version": 1, "language": "fi"}, "occurred_at": at, "evidence": evidence,
        }  # fmt: skip
        await self.call("webshop", "POST", "/v1/consents", sent, expect=201)

    async def reasons(self, email: str, purpose: str = "newsletter") -> list[str]:
        """What stands against mail to an address, the transfer aside."""
        sent = {"purpose": purpose, "channel": "email", "subjects": [{"email": email}]}
        answer = await self.call("admin", "POST", "/v1/processing-checks", sent, expect=200)
        return [r["code"] for r in answer["results"][0]["reasons"] if not r["code"].startswith("transfer")]


def staged(world: World, call: Caller, client: httpx.AsyncClient, audiences: Mapping[str, Any]) -> Stage:
    """Configure the service for an account whose calls `client` makes."""
    account = Account(api_key=KEY, audiences={NEWS: {}, OTHER: {}}, now=lambda: world.now)
    document = {
        "kind": "mailchimp", "api_key": {"env": "MAILCHIMP_KEY"}, "base_url": "http://127.0.0.1/3.0",
        "url_secret": {"env": "MAILCHIMP_HOOK"}, "merge_fields": {"name": ["FNAME", "LNAME"]},
        "audiences": {code: {"purposes": list(of), **audiences.get(code, {})} for code, of in PURPOSES.items()},
    }  # fmt: skip
    connectors = Connectors.model_validate({"connectors": {"mailchimp": document}})
    world.app.state.mailchimp = Accounts.of(connectors)
    config = world.app.state.mailchimp.by_recipient["mailchimp"]
    outside = Outside(client, may_reach_private=True, clock=lambda: world.now)
    return Stage(world, call, account, Troubles(), outside, config)


def fake_client(stage_account: Account, troubles: Troubles) -> httpx.AsyncClient:
    """A client that reaches the fake in this process."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(stage_account, troubles)))
