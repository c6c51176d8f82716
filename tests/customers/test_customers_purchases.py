"""Purchases, vouchers kept as printed, credit notes, classification, and bookings."""

from typing import Any

import pytest

from tests.customers.people import audited, booking, erase, purchase, upsert, voucher
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def orders(call: Caller) -> str:
    """The path of a customer's purchases in the webshop."""
    return f"/v1/customers/{(await upsert(call))['id']}/purchases/webshop"


async def _vouchers(call: Caller, query: str = "") -> list[dict[str, Any]]:
    page: dict[str, Any] = await call("accountant", "GET", f"/v1/vouchers{query}", expect=200)
    return list(page["items"])


async def test_a_repeat_keeps_its_version(call: Caller, orders: str) -> None:
    """201, then 200 with the same version; a change counts it up; If-Match is honoured if sent."""
    made = await call("webshop", "PUT", f"{orders}/1", purchase(), expect=201)
    again = await call("webshop", "PUT", f"{orders}/1", purchase(), expect=200)
    cancelled = await call("webshop", "PUT", f"{orders}/1", purchase(cancelled_on="2026-03-05"), expect=200)
    assert (made["version"], again["version"], cancelled["version"]) == (1, 1, 2)
    await call("webshop", "PUT", f"{orders}/1", purchase(), expect=412, If_Match='"1"')
    await call("webshop", "PUT", f"{orders}/2", purchase(voucher=voucher("V-2")), expect=412, If_Match="*")
    await call("webshop", "PUT", f"{orders}/1", purchase(), expect=200, If_Match='"2"')


EXACT = [("0.29", 29, "0.29"), ("-19.9", -1990, "-19.90"), ("999999999999.99", 99999999999999, "999999999999.99")]


async def test_money_is_exact(call: Caller, world: World, orders: str) -> None:
    """Decimal text in JSON, integer minor units in the database, nothing rounded."""
    for number, (sent, minor, shown) in enumerate(EXACT):
        bought = purchase(total=sent, voucher=voucher(f"V-{number}"))
        made = await call("webshop", "PUT", f"{orders}/{number}", bought, expect=201)
        stored = await world.rows("SELECT total_minor FROM purchases WHERE order_id = :number", number=str(number))
        assert (made["total"], stored[0].total_minor) == (shown, minor)


NO_MONEY: list[object] = [49.9, 5, "1.999", "1e3", "١", "NaN", "", "1 000", "1000000000000"]


async def test_money_that_is_no_money(call: Caller, orders: str) -> None:
    """Numbers, exponents, a third decimal or other digits are refused."""
    for total in NO_MONEY:
        await call("webshop", "PUT", f"{orders}/1", purchase(total=total), expect=422)


NO_DAYS: list[object] = [
    *("2026-11-25", "2199-01-01", "0001-01-01", "20260301", "2026-02-30", "2026-03-01T00:00:00Z", 0)
]


async def test_absurd_days(call: Caller, orders: str) -> None:
    """A sale lies behind us, in days that exist: a date ahead would put off every erasure."""
    for member in ("purchased_on", "booked_on"):
        for day in NO_DAYS:
            answer = await call("webshop", "PUT", f"{orders}/1", purchase(**{member: day}))
            assert answer.status_code == 422, (member, day)


async def test_an_order_belongs_to_one_person(call: Caller, orders: str) -> None:
    """Another customer's order, booking or voucher number is refused, and nothing changes."""
    other = f"/v1/customers/{(await upsert(call, 'c-2'))['id']}"
    await call("webshop", "PUT", f"{orders}/1", purchase(), expect=201)
    taken = await call("webshop", "PUT", f"{other}/purchases/webshop/1", purchase(), expect=409)
    number = await call("webshop", "PUT", f"{other}/purchases/webshop/2", purchase(), expect=409)
    assert (taken["code"], number["code"]) == ("order-taken", "voucher-immutable")
    assert (await call("webshop", "GET", f"{other}/purchases", expect=200))["items"] == []


ALTERED: list[dict[str, Any]] = [
    {"total": "50.00"},
    {"booked_on": "2026-03-02"},
    {"currency": "SEK"},
    {"lines": [{"title": "Muu", "unit_price": "49.90", "vat_rate": "25.5"}]},
    {"voucher": voucher(buyer_as_printed={"name": "Aino Uusi", "address": "Esimerkkikatu 1\n33200 Tampere"})},
    {"voucher": voucher(record="elsewhere", holder="MyCashflow", buyer_as_printed=None)},
    {"voucher": voucher(corrects="V-0")},
]


async def test_vouchers_stay_as_printed(call: Caller, orders: str) -> None:
    """KPL 2: what a voucher says is never altered: 409, and the purchase stays too."""
    made = await call("webshop", "PUT", f"{orders}/1", purchase(), expect=201)
    for change in ALTERED:
        problem = (await call("webshop", "PUT", f"{orders}/1", purchase(**change))).json()
        read = await call("webshop", "GET", orders.removesuffix("/webshop"), expect=200)
        assert (problem["status"], problem["code"]) == (409, "voucher-immutable"), change
        assert read["items"] == [made], change
    assert made["vouchers"][0]["buyer_as_printed"]["address"] == "Esimerkkikatu 1\n33200 Tampere"


async def test_a_correction_of_the_person_alters_no_voucher(call: Caller, orders: str) -> None:
    """Art. 16 reaches the record, never the snapshot."""
    await call("webshop", "PUT", f"{orders}/1", purchase(), expect=201)
    await upsert(call, name="Aino Uusi")
    assert (await _vouchers(call))[0]["buyer_as_printed"]["name"] == "Aino Esimerkki"


async def test_a_credit_note_is_a_second_voucher(call: Caller, orders: str) -> None:
    """It names the first, has its own day and total; what was bought stays as it was, and says how it went on."""
    await call("webshop", "PUT", f"{orders}/1", purchase(), expect=201)
    credit = purchase(
        booked_on="2026-03-10",
        total="-49.90",
        lines=[{"title": "Hyvitys", "quantity": "-1", "unit_price": "49.90", "vat_rate": "25.5"}],
        voucher=voucher("C-1", corrects="V-1"),
        cancelled_on="2026-03-10",
    )
    await call("webshop", "PUT", f"{orders}/1", credit, expect=200)
    answer = await call("webshop", "PUT", f"{orders}/1", credit, expect=200)
    assert (answer["version"], answer["total"], answer["booked_on"]) == (2, "49.90", "2026-03-01")
    kept = await _vouchers(call)
    assert [(v["number"], v["corrects"], v["total"], v["booked_on"]) for v in kept] == [
        ("V-1", None, "49.90", "2026-03-01"),
        ("C-1", "V-1", "-49.90", "2026-03-10"),
    ]
    assert [v["number"] for v in answer["vouchers"]] == ["V-1", "C-1"]


NO_VOUCHERS: list[dict[str, Any]] = [
    {"number": "V-1", "record": "elsewhere"},
    {"number": "V-1", "record": "elsewhere", "holder": "X", "buyer_as_printed": {"name": "A", "address": "B"}},
    voucher(corrects="V-1"),
    voucher(material="ledger"),
    voucher(buyer_as_printed={"name": "Aino", "address": "Katu 1\naino@example.fi"}),
    voucher(buyer_as_printed={"name": "Aino", "address": "Katu 1", "phone": "040 123 4567"}),
]


async def test_vouchers_that_cannot_be(call: Caller, orders: str) -> None:
    """Elsewhere names its holder and no buyer; none corrects itself; ledger is not for callers; no e-mail, no phone."""
    for sent in NO_VOUCHERS:
        await call("webshop", "PUT", f"{orders}/1", purchase(voucher=sent), expect=422)


async def test_a_voucher_elsewhere_is_not_kept_here(call: Caller, world: World, orders: str) -> None:
    """Only its number, holder and dates are here: our purchase is a duplicate."""
    sent = {"number": "V-1", "record": "elsewhere", "holder": "MyCashflow"}
    await call("webshop", "PUT", f"{orders}/1", purchase(voucher=sent), expect=201)
    kept = (await _vouchers(call))[0]
    assert (kept["holder"], kept["total"], kept["buyer_as_printed"], kept["material"]) == (
        "MyCashflow",
        "0.00",
        None,
        "unclassified",
    )


async def test_only_the_accountant_classifies(call: Caller, world: World, orders: str) -> None:
    """`ledger` comes from a person with the scope, leaves an audit row, and no later call takes it back."""
    await call("webshop", "PUT", f"{orders}/1", purchase(voucher=voucher(material="unclassified")), expect=201)
    path = "/v1/vouchers/webshop/V-1/material"
    for role in ("webshop", "admin", "dpo"):
        assert "vouchers:classify" in (await call(role, "PUT", path, {"material": "ledger"}, expect=403))["detail"]
    assert [v["number"] for v in await _vouchers(call, "?material=unclassified")] == ["V-1"]
    before = len(await audited(world))
    done = await call("accountant", "PUT", path, {"material": "ledger"}, expect=200)
    last = (await audited(world))[-1]
    await call("webshop", "PUT", f"{orders}/1", purchase(voucher=voucher(material="voucher")), expect=200)
    assert (done["material"], (await _vouchers(call))[0]["material"]) == ("ledger", "ledger")
    assert (len(await audited(world)) - before, last.action) == (3, "classify")
    assert await call("accountant", "PUT", "/v1/vouchers/webshop/V-9/material", {"material": "oss"}, expect=404)
    await call("accountant", "PUT", path, {"material": "unclassified"}, expect=422)


async def test_the_accountant_reads_restricted_vouchers(call: Caller, world: World, orders: str) -> None:
    """After an erasure the voucher is kept restricted with its date, and only the accountant's route shows it."""
    await call("webshop", "PUT", f"{orders}/1", purchase(), expect=201)
    await erase(call, world, orders.split("/")[3])
    kept = await _vouchers(call)
    assert [(v["number"], v["restricted"], v["retain_until"]) for v in kept] == [("V-1", True, "2036-12-31")]
    for role in ("webshop", "booking", "mailer", "admin", "dpo"):
        await call(role, "GET", "/v1/vouchers", expect=403)


async def test_each_system_sees_its_own(call: Caller, world: World, orders: str) -> None:
    """The same order number in two systems: each purchase shows its own voucher, each integration its own purchases."""
    path = orders.removesuffix("/webshop")
    await call("webshop", "PUT", f"{orders}/1", purchase(), expect=201)
    other = await call("owner", "PUT", f"{path}/till/1", purchase(voucher=voucher("T-1")), expect=201)
    assert [v["number"] for v in other["vouchers"]] == ["T-1"]
    seen = {role: await call(role, "GET", path, expect=200) for role in ("webshop", "accountant")}
    assert {role: [p["system"] for p in page["items"]] for role, page in seen.items()} == {
        "webshop": ["webshop"],
        "accountant": ["webshop", "till"],
    }
    assert (await call("webshop", "PUT", f"{path}/till/1", purchase(), expect=403))["code"] == "system-not-owned"


async def test_bookings_are_kept(call: Caller, world: World) -> None:
    """Made, repeated, cancelled, listed; another customer's is refused; an old one does not make the person recent."""
    when = {"kind": "booking", "occurred_at": "2024-01-01T10:00:00Z"}
    path = f"/v1/customers/{(await upsert(call, 'b-1', 'booking', interaction=when))['id']}/bookings"
    old = booking(starts_at="2024-02-01T10:00:00+02:00", ends_at="2024-02-01T11:00:00+02:00", state="done")
    await call("booking", "PUT", f"{path}/booking/0", old, expect=201)
    stored = await world.rows("SELECT last_interaction_at FROM customers")
    made = await call("booking", "PUT", f"{path}/booking/1", booking(), expect=201)
    again = await call("booking", "PUT", f"{path}/booking/1", booking(), expect=200)
    cancelled = await call("booking", "PUT", f"{path}/booking/1", booking(state="cancelled"), expect=200)
    other = f"/v1/customers/{(await upsert(call, 'b-2', 'booking'))['id']}/bookings"
    assert (await call("booking", "PUT", f"{other}/booking/1", booking(), expect=409))["code"] == "order-taken"
    assert (made["version"], again["version"], cancelled["version"]) == (1, 1, 2)
    assert str(stored[0].last_interaction_at).startswith("2024-02-01 08:00:00")
    assert [b["state"] for b in (await call("booking", "GET", path, expect=200))["items"]] == ["done", "cancelled"]
    await call("webshop", "GET", path, expect=403)


NO_BOOKINGS: list[dict[str, Any]] = [
    {"ends_at": "2026-12-01T09:00:00Z"},
    {"starts_at": "2026-12-01T10:00:00"},
    {"starts_at": "1800-01-01T10:00:00Z"},
    {"starts_at": 1764583200},
    {"state": "unknown"},
    {"service": ""},
]


async def test_bookings_that_cannot_be(call: Caller) -> None:
    """Backwards, zone-less, absurd or of unknown state: refused."""
    made = await upsert(call, "b-1", "booking")
    for change in NO_BOOKINGS:
        await call("booking", "PUT", f"/v1/customers/{made['id']}/bookings/booking/1", booking(**change), expect=422)
