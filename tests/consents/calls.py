"""What the tests of consents and checks send, and what they measure."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from app.auth.actor import to_actor, token_hash
from app.auth.repository import client_by_token_hash
from app.register.operation import Operation, purpose_of
from tests.worlds import TOKENS, Caller, World

NOON = "2026-11-22T10:00:00Z"
BATCH = "/v1/consents/batch"


def person(name: str = "aino", **members: Any) -> dict[str, Any]:
    """A customer with an e-mail address and a phone number of their own."""
    return {
        "kind": "customer",
        "name": f"{name.title()} Esimerkki",
        "email": f"{name}@example.fi",
        "source": "customer_relationship",
        "interaction": {"kind": "purchase", "reference": "1001", "occurred_at": "2026-11-20T10:00:00Z"},
        **members,
    }


async def register(call: Caller, name: str = "aino", role: str = "booking", **members: Any) -> str:
    """Register somebody under the integration's reference `name`; the id."""
    path = f"/v1/customers/by-reference/{role}/{name}"
    made = await call(role, "PUT", path, person(name, **members), expect=201)
    return str(made["id"])


def given(who: str | dict[str, Any], event_id: str = "g-1", **members: Any) -> dict[str, Any]:
    """A newsletter consent; `who` is the register's id or how else the person is named."""
    purpose = members.get("purpose", "newsletter")
    return {
        "event_id": event_id,
        "customer": {"id": who} if isinstance(who, str) else who,
        "purpose": purpose,
        "channels": [] if purpose == "booking_data" else ["email"],
        "action": "given",
        "wording": {"id": purpose, "version": 1},
        "collected_via": "web_form",
        "occurred_at": NOON,
        **members,
    }


def withdrawn(who: str | dict[str, Any], event_id: str = "w-1", **members: Any) -> dict[str, Any]:
    """The withdrawal of a newsletter consent."""
    event = given(who, event_id, **{"action": "withdrawn", "collected_via": "unsubscribe_link", **members})
    if "wording" not in members:
        del event["wording"]
    return event


def confirmed(who: str | dict[str, Any], event_id: str, at: str, **members: Any) -> dict[str, Any]:
    """A newsletter consent that the person confirmed by double opt-in."""
    evidence = {"double_opt_in_confirmed_at": at}
    return given(
        who, event_id, **{"collected_via": "double_opt_in", "occurred_at": at, "evidence": evidence, **members}
    )


async def states(call: Caller, customer_id: str, **params: str) -> dict[tuple[str, str | None], str]:
    """What stands for each purpose and channel."""
    query = "".join(f"?{name}={value}" for name, value in params.items())
    read = await call("admin", "GET", f"/v1/customers/{customer_id}/consents{query}", expect=200)
    return {(state["purpose"], state["channel"]): state["action"] for state in read["states"]}


async def suppressed(call: Caller, customer_id: str) -> set[tuple[str, str | None]]:
    """The purposes and channels that a ban or a withdrawal holds back."""
    read = await call("admin", "GET", f"/v1/customers/{customer_id}/consents", expect=200)
    return {(state["purpose"], state["channel"]) for state in read["states"] if state["suppressed_since"]}


async def ban(call: Caller, world: World, **whose: Any) -> None:
    """A marketing ban received now; `whose` is `customer` or `claimed_identity`."""
    request = {"right": "marketing_ban", "channel": "email", "received_at": world.now.isoformat(), **whose}
    await call("admin", "POST", "/v1/subject-requests", request, expect=201)


async def erase(call: Caller, world: World, customer_id: str) -> None:
    """An erasure from receipt to execution."""
    request = {"right": "erasure", "customer": {"id": customer_id}, "channel": "email", "received_at": NOON}
    case = (await call("admin", "POST", "/v1/subject-requests", request, expect=201))["case_number"]
    decision = {
        "outcome": "as_assessed",
        "reasoning": "Nothing open.",
        "identity": {"level": "substantial", "how": "Known."},
    }
    await call("dpo", "POST", f"/v1/subject-requests/{case}/decision", decision, expect=200)
    world.later(minutes=1)
    assert await world.run_due() == 1


async def operation(world: World, role: str) -> Operation:
    """An operation of the role's client, for what is proved below HTTP."""
    row = await world.db.read(client_by_token_hash, token_hash(TOKENS[role]), world.now)
    register = await world.registers.current()
    actor = to_actor(row)  # type: ignore[arg-type] # every role has a client
    purpose = purpose_of(actor, register.definition, None)
    return Operation(world.db, world.services.keys, world.registers, actor, register, purpose, world.now)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL statements sent meanwhile; many rows in one round trip count once."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
