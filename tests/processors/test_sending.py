"""What the outbox asks before a message leaves: only on a basis of Chapter V, and an instruction rests on any."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from app.processors.sending import MaySend, Stopped, may_send
from tests.processors.calls import DPF, Caller, transfer
from tests.worlds import Template, World

pytestmark = pytest.mark.anyio
Asks = Callable[..., Any]


@pytest.fixture
def template(sqlite_template: Template) -> Template:
    """What is decided here reads rows in one simple way on either engine."""
    return sqlite_template


@pytest.fixture
def dpo(api: Any, tokens: dict[str, str]) -> Caller:
    return Caller(api, tokens["dpo"])


@pytest.fixture
def asks(world: World) -> Asks:
    """The transfer the message would rest on, or the codes of what stops it."""

    async def ask(recipient: str, purpose: str | None, at: datetime | None = None, **more: Any) -> Any:
        definition = (await world.registers.current()).definition
        sent = (definition, recipient, purpose, ["contact_details"], at or world.now)
        match await world.db.read(lambda c: may_send(c, *sent, **more)):
            case MaySend(transfer_id=found):
                return found and str(found)
            case Stopped(reasons=reasons):
                return [reason.code for reason in reasons]

    return ask


async def test_a_message_waits_for_a_basis_and_leaves_once_it_has_one(dpo: Caller, asks: Asks) -> None:
    assert await asks("mailchimp", "newsletter") == ["transfer_refused"]
    assert await asks("mailchimp", None) == ["transfer_refused"]
    assert await asks("mailchimp", "newsletter", carries_personal_data=False) is None
    made = (await dpo.post("/v1/processors/mailchimp/transfers", transfer(**DPF))).json()
    assert await asks("Mailchimp (USA)", "newsletter") == made["id"]
    assert await asks("mailchimp", "marketing") == ["transfer_refused"]
    assert await asks("mailchimp", "subject_rights") == await asks("mailchimp", None) == made["id"]


async def test_a_former_recipient_still_hears_and_an_unknown_country_stops(dpo: Caller, asks: Asks) -> None:
    assert await asks("tehden", None) == ["country_unknown"]
    assert await asks("nobody", None, carries_personal_data=False) == ["recipient_unlisted"]
    await dpo.patch("/v1/processors/tehden", {"country": "FI", "active": False}, 1)
    assert await asks("tehden", None) is None
