"""What is done over both ways: the ordinary, and everything that may stand against it."""

from collections.abc import Awaitable, Callable
from typing import Any

from app.notice.publishing import publish_due
from tests.customers.people import erase, erasure_decided, purchase, upsert, voucher
from tests.worlds import Caller, World

Scenario = Callable[[Caller, World], Awaitable[None]]
CHECKS = "/v1/processing-checks"
CONSENTS = "/v1/consents"


def given(event_id: str = "e-1", **members: Any) -> dict[str, Any]:
    """A consent to marketing on two channels, by the caller's reference."""
    return {
        "event_id": event_id,
        "customer": {"system": "webshop", "id": "c-1"},
        "purpose": "marketing",
        "channels": ["sms", "email"],
        "action": "given",
        "wording": {"id": "marketing", "version": 1, "language": "sv"},
        "collected_via": "checkout",
        "occurred_at": "2026-11-22T10:00:00Z",
        "evidence": {"control": "box"},
        **members,
    }


def order(person: dict[str, Any], order_id: str = "o-1") -> str:
    """Where a purchase is put."""
    return f"/v1/customers/{person['id']}/purchases/webshop/{order_id}"


async def consents_given(call: Caller, world: World) -> None:
    """By reference, by id, repeated, repeated with other content, older than what stands; then under each notice.

    That is the one in force, one that is named, and one that was not to be seen.
    """
    person = await upsert(call)
    await publish_due(world.services, world.registers)
    at = world.now.isoformat()
    world.later(minutes=10)
    for sent in (
        given(),
        given(),
        given(collected_via="paper"),
        given("e-2", customer={"id": person["id"]}, occurred_at="2026-11-23T08:00:00Z"),
        given("e-3", occurred_at="2026-11-21T10:00:00Z"),
        given("e-4", purpose="booking_data", channels=[], wording={"id": "booking_data", "version": 1}),
        given("e-5", occurred_at=at),
        given("e-6", occurred_at=at, notice_version=1),
        given("e-7", occurred_at=at, notice_version=1, notice_language="sv"),
        given("e-7", occurred_at=at, notice_version=1, notice_language="fi"),
        given("e-8", occurred_at=at, notice_version=1, notice_language="de"),
        given("e-9", occurred_at=at, notice_version=2),
        given("e-10", notice_version=1),
    ):
        await call("webshop", "POST", CONSENTS, sent)


async def consents_refused(call: Caller, world: World) -> None:
    """Unknown wording, another purpose's wording, staff, ahead of time, another integration's person, nobody."""
    await upsert(call)
    await upsert(call, "b-1", role="booking")
    theirs = {"system": "booking", "id": "b-1"}
    for sent in (
        given(wording={"id": "marketing", "version": 9, "language": "sv"}),
        given(wording={"id": "newsletter", "version": 1, "language": "sv"}),
        given(evidence={"actor": "staff"}),
        given(occurred_at="2027-01-01T10:00:00Z"),
        given(channels=[]),
        given(customer=theirs),
        given(customer={"system": "webshop", "id": "nobody"}),
        given(customer={"id": "00000000-0000-7000-8000-000000000000"}),
    ):
        await call("webshop", "POST", CONSENTS, sent)
    await call("admin", "POST", CONSENTS, given())


async def consents_after_withdrawal(call: Caller, _world: World) -> None:
    """A later consent stands but stays suppressed; an older one changes nothing; a double opt-in lifts."""
    await upsert(call)
    confirmed = {"double_opt_in_confirmed_at": "2026-11-23T08:30:00Z"}
    for sent in (
        given(),
        given("e-2", action="withdrawn", occurred_at="2026-11-22T12:00:00Z", wording=None),
        given("e-3", occurred_at="2026-11-22T11:00:00Z"),
        given("e-4", occurred_at="2026-11-22T13:00:00Z"),
        given("e-5", occurred_at="2026-11-23T08:30:00Z", collected_via="double_opt_in", evidence=confirmed),
        given("e-6", occurred_at="2026-11-23T08:40:00Z"),
    ):
        await call("webshop", "POST", CONSENTS, sent)


async def the_erased(call: Caller, world: World) -> None:
    """Everything about somebody who has been erased, by the integration that knew the person and by another."""
    person = await upsert(call)
    await erase(call, world, person["id"])
    named = {"id": person["id"]}
    for role in ("webshop", "booking", "admin"):
        await call(role, "GET", f"/v1/customers/{person['id']}")
        await call(role, "POST", CHECKS, {"purpose": "customer_relationship", "subjects": [{"id": person["id"]}]})
    await call("webshop", "PUT", order(person), purchase())
    await call("webshop", "POST", CONSENTS, given(customer=named))
    await call("booking", "POST", CONSENTS, given(customer=named))


async def purchases_put(call: Caller, _world: World) -> None:
    """Made, repeated, changed; with If-Match; an older and a newer sale."""
    person = await upsert(call)
    for sent in (purchase(), purchase(), purchase(fulfilled_on="2026-03-05"), purchase(fulfilled_on=None)):
        await call("webshop", "PUT", order(person), sent)
    await call("webshop", "PUT", order(person), purchase(), if_match='"1"')
    await call("webshop", "PUT", order(person), purchase(), if_match='"3"')
    newer = purchase(purchased_on="2026-11-23", booked_on="2026-11-23", voucher=voucher("V-2", material="unclassified"))
    await call("webshop", "PUT", order(person, "o-2"), newer)
    classified = {**newer, "voucher": voucher("V-2", material="oss")}
    await call("webshop", "PUT", order(person, "o-2"), classified)
    elsewhere = {"number": "V-3", "record": "elsewhere", "holder": "MyCashflow"}
    await call("webshop", "PUT", order(person, "o-3"), purchase(voucher=elsewhere))
    await call("webshop", "GET", f"/v1/customers/{person['id']}/purchases")


async def purchases_refused(call: Caller, _world: World) -> None:
    """A voucher altered, its number used twice, another's order, several vouchers, a credit note, the future."""
    person, other = await upsert(call), await upsert(call, "c-2", name="Eino Toinen", phone=None)
    stranger = await upsert(call, "b-1", role="booking")
    put = ("webshop", "PUT")
    await call(*put, order(person), purchase())
    await call(*put, order(person), purchase(total="59.90"))
    await call(*put, order(person, "o-2"), purchase())
    await call(*put, order(other), purchase(voucher=voucher("V-9")))
    await call(*put, order(person), purchase(voucher=voucher("V-2")))
    await call(*put, order(person), purchase(voucher=voucher("V-2")))
    await call(*put, order(person), purchase(voucher=voucher("K-1", corrects="V-1"), total="-49.90"))
    await call(*put, order(person, "o-3"), purchase(purchased_on="2027-03-01"))
    await call(*put, order(stranger, "o-4"), purchase(voucher=voucher("V-4")))
    await call(*put, order(person).replace("webshop", "booking"), purchase())


async def people_read(call: Caller, world: World) -> None:
    """By who knows the person, who does not, and a human; nobody; under restriction for two purposes."""
    person = await upsert(call)
    path = f"/v1/customers/{person['id']}"
    for role in ("webshop", "booking", "admin", "mailer"):
        await call(role, "GET", path)
    await call("webshop", "GET", "/v1/customers/00000000-0000-7000-8000-000000000000")
    await erasure_decided(call, world, person["id"])
    for purpose in ("customer_relationship", "accounting", "undeclared"):
        await call("admin", "GET", path, purpose=purpose)
    for role in ("webshop", "accountant", "dpo"):
        await call(role, "GET", path)


async def people_checked(call: Caller, world: World) -> None:
    """Every purpose before and after a consent, a purchase, a withdrawal and a restriction; strangers; the past."""
    person = await upsert(call)
    by_id = [{"id": person["id"]}]
    for sent in (given(), given("e-2", action="withdrawn", occurred_at="2026-11-22T12:00:00Z", wording=None)):
        await _all_purposes(call, by_id)
        await call("webshop", "POST", CONSENTS, sent)
    await call("webshop", "PUT", order(person), purchase(product_group="treatments", marketing_refusal_offered=True))
    await _all_purposes(call, by_id)
    ahead = given("e-9", purpose="booking_data", channels=[], wording={"id": "booking_data", "version": 1})
    await call("webshop", "POST", CONSENTS, {**ahead, "occurred_at": "2026-11-23T09:04:00Z"})
    for subjects in ([{"system": "webshop", "id": "c-1"}], by_id * 2, [{"id": "00000000-0000-7000-8000-000000000000"}]):
        await call("webshop", "POST", CHECKS, {"purpose": "booking_data", "subjects": subjects})
    for role in ("booking", "mailer", "admin"):
        await call(role, "POST", CHECKS, {"purpose": "booking_data", "subjects": by_id})
    past = {"purpose": "marketing", "channel": "sms", "at": "2026-11-22T11:00:00Z", "subjects": by_id}
    await call("webshop", "POST", CHECKS, past)
    await erasure_decided(call, world, person["id"])
    await _all_purposes(call, by_id)


async def many_people_checked(call: Caller, world: World) -> None:
    """Several in one call: consenting, withdrawn, restricted, erased, another integration's, unknown, twice, and an
    id written otherwise; then with a consent dated ahead of us, and nobody at all."""
    people = [await upsert(call, f"c-{n}", name=f"Aino Esimerkki{n}", phone=None) for n in range(4)]
    stranger = await upsert(call, "b-1", role="booking")
    of = [{"customer": {"id": person["id"]}} for person in people]
    letter = {"purpose": "newsletter", "channels": ["email"], "wording": {"id": "newsletter", "version": 1}}
    for n in range(3):
        await call("webshop", "POST", CONSENTS, given(f"e-{n}", **letter, **of[n]))
    await call("webshop", "POST", CONSENTS, given("e-9", **{**letter, "wording": None}, action="withdrawn", **of[1]))
    await erase(call, world, people[3]["id"])
    await erasure_decided(call, world, people[2]["id"])
    nobody = "00000000-0000-7000-8000-000000000000"
    ids = [*(person["id"] for person in people), stranger["id"], nobody, people[0]["id"], people[0]["id"].upper()]
    subjects = [{"id": one} for one in ids]
    for role in ("webshop", "booking", "mailer", "admin"):
        for purpose in ("newsletter", "booking_data", "customer_relationship"):
            asked = {"purpose": purpose, "channel": "email", "subjects": subjects}
            await call(role, "POST", CHECKS, asked)
    references = [{"system": "webshop", "id": one} for one in ("c-0", "c-1", "c-2", "c-3", "nobody", "c-1")]
    for role in ("webshop", "booking", "mailer"):
        for purpose in ("newsletter", "customer_relationship"):
            await call(role, "POST", CHECKS, {"purpose": purpose, "channel": "email", "subjects": references})
    both = [*references, {"system": "booking", "id": "b-1"}]
    await call("mailer", "POST", CHECKS, {"purpose": "newsletter", "channel": "email", "subjects": both})
    ahead = given("e-10", occurred_at="2026-11-23T09:04:00Z", **letter, **of[0])
    await call("webshop", "POST", CONSENTS, ahead)
    for asked_about in (subjects, [{"id": nobody}] * 2, [*subjects, {"system": "webshop", "id": "c-0"}]):
        await call("webshop", "POST", CHECKS, {"purpose": "newsletter", "channel": "email", "subjects": asked_about})


async def _all_purposes(call: Caller, subjects: list[dict[str, Any]]) -> None:
    for purpose in ("customer_relationship", "booking_data", "accounting", "undeclared", "newsletter"):
        await call("webshop", "POST", CHECKS, {"purpose": purpose, "subjects": subjects})
    for purpose in ("newsletter", "marketing", "telling_about_services"):
        for channel in ("email", "post"):
            await call("webshop", "POST", CHECKS, {"purpose": purpose, "channel": channel, "subjects": subjects})


ALL: dict[Scenario, int] = {
    consents_given: 7,
    consents_refused: 0,
    consents_after_withdrawal: 1,
    the_erased: 1,
    purchases_put: 6,
    purchases_refused: 1,
    people_read: 3,
    people_checked: 20,
    many_people_checked: 16,
}
"""How many calls of each scenario the hot paths serve at least."""
