"""The Mailchimp connector against a fake that remembers: every act, twice, in trouble, and by the vendor's schema."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.connectors.configuration import Connectors
from app.connectors.instruction import Change, Instruction, Subject
from app.connectors.mailchimp import Mailchimp
from app.connectors.outcome import Failed, Later, Sent, Verified
from app.connectors.outside import Outside, new_client
from app.policy.notifications import Act
from tests.vendors.contract import assert_valid, spec
from tests.vendors.mailchimp import create_app
from tests.vendors.mailchimp_state import Account
from tests.vendors.serving import Troubles, serving

pytestmark = pytest.mark.anyio

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


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Fake, str]]:
    fake = Fake()
    with serving(fake) as url:
        yield fake, url


@pytest.fixture
def fake(served: tuple[Fake, str]) -> Iterator[Fake]:
    """Everything that was asked of it is valid by the vendor's schema of members."""
    fake, _ = served
    fake.renew()
    yield fake
    members = [one for one in fake.account.asked if "/members" in one[1]]
    document = spec("mailchimp-members-swagger2.yml") if members else None
    for method, path, query, body in members:
        assert_valid(document, method, path.removeprefix("/3.0"), query, body)


@pytest.fixture
async def connector(fake: Fake, served: tuple[Fake, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mailchimp]:
    monkeypatch.setenv("MAILCHIMP_KEY", KEY)
    async with new_client(may_reach_private=True) as client:
        yield connected(client, served[1])


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


@pytest.mark.parametrize("act", [Act.CONSENT_WITHDRAWAL, Act.MARKETING_BAN, Act.OBJECTION])
async def test_mail_stops_where_it_serves_the_purpose(fake: Fake, connector: Mailchimp, act: Act) -> None:
    """In the audience that serves it, and in one that nobody has described; other channels are none of Mailchimp's."""
    fake.account.add(NEWS, EMAIL)
    fake.account.add(SHOP, EMAIL, "pending")
    assert isinstance(await twice(connector, told(act, channels=("sms",))), Verified)
    assert (fake.status(), fake.status(SHOP)) == ("subscribed", "pending")
    assert isinstance(await twice(connector, told(act, purposes=("marketing",))), Verified)
    assert (fake.status(), fake.status(SHOP)) == ("subscribed", "unsubscribed")
    assert isinstance(await twice(connector, told(act, purposes=("newsletter",), channels=("email",))), Verified)
    found = fake.account.member(NEWS, EMAIL)
    assert found is not None
    assert (found.status, found.permissions) == ("unsubscribed", {"p1": False})


@pytest.mark.parametrize("status", ["cleaned", "transactional", "unsubscribed"])
async def test_who_gets_no_marketing_is_left_alone(fake: Fake, connector: Mailchimp, status: str) -> None:
    fake.account.add(NEWS, EMAIL, status)
    assert isinstance(await twice(connector, told(Act.MARKETING_BAN)), Verified)
    assert fake.status() == status
    assert not any(method == "PATCH" for method, *_ in fake.account.asked)


async def test_somebody_unknown_is_nothing_to_do(fake: Fake, connector: Mailchimp) -> None:
    for act in Act:
        expected = Sent(task="tell_recipient") if act is Act.CORRECTION else Verified
        outcome = await connector.apply(told(act, changes=(Change("email", EMAIL, NEW),)))
        assert outcome == expected or isinstance(outcome, Verified), act
    assert await connector.find(told(Act.ERASURE).subject) == ()
    for nameless in (Subject(name="Eila"), Subject(references={"webshop": "4711"})):
        assert await connector.apply(told(Act.ERASURE, subject=nameless)) == Failed("no_address")


async def test_erasure_reaches_every_audience_and_the_store(fake: Fake, connector: Mailchimp) -> None:
    """Archived members too; 404 is looked for, and Mailchimp remembers that the address was forgotten."""
    fake.account.add(NEWS, EMAIL, "archived")
    fake.account.add(SHOP, EMAIL.lower())
    fake.account.add(NEWS, "other@example.fi")
    fake.account.stores["shop"] = {"4711": "old@example.fi", "c2": EMAIL, "c3": "other@example.fi"}
    assert len(await connector.find(told(Act.ERASURE).subject)) == 2
    assert isinstance(await connector.verify(told(Act.ERASURE)), Later)
    assert isinstance(await twice(connector, told(Act.ERASURE)), Verified)
    assert (fake.status(), fake.status(SHOP), fake.status(NEWS, "other@example.fi")) == (None, None, "subscribed")
    assert fake.account.stores["shop"] == {"c3": "other@example.fi"}
    assert await connector.find(told(Act.ERASURE).subject) == ()


async def test_an_address_is_rectified_under_the_same_contact(fake: Fake, connector: Mailchimp) -> None:
    member = fake.account.add(NEWS, EMAIL, "unsubscribed", FNAME="Eila")
    changes = (Change("email", EMAIL, NEW), Change("name", "Eila Esimerkki", "Eila Maria Uusinimi"), Change("phone"))
    assert isinstance(await twice(connector, told(Act.RECTIFICATION, changes=changes)), Verified)
    found = fake.account.member(NEWS, NEW)
    assert found is not None
    assert (found.contact_id, found.status) == (member.contact_id, "unsubscribed")
    assert found.merge_fields == {"FNAME": "Eila Maria", "LNAME": "Uusinimi"}
    names = (Change("name", None, "Eila"),)
    assert isinstance(
        await twice(connector, told(Act.RECTIFICATION, subject=Subject(email=NEW), changes=names)), Verified
    )
    assert found.merge_fields == {"FNAME": "Eila", "LNAME": ""}


@pytest.mark.parametrize(("now", "task"), [(NEW, "mailchimp_two_members"), (None, "mailchimp_email_removed")])
async def test_what_a_machine_cannot_rectify_gets_no_mail_and_a_human(
    fake: Fake, connector: Mailchimp, now: str | None, task: str
) -> None:
    fake.account.add(NEWS, EMAIL)
    fake.account.add(NEWS, NEW)
    outcome = await connector.apply(told(Act.RECTIFICATION, changes=(Change("email", EMAIL, now),)))
    assert isinstance(outcome, Sent)
    assert outcome.task == task
    assert (fake.status(), fake.status(NEWS, NEW)) == ("unsubscribed", "subscribed")


@pytest.mark.parametrize(
    ("was", "restricted", "allowed", "back"),
    [
        ("subscribed", "archived", True, "subscribed"),
        ("subscribed", "archived", False, "unsubscribed"),
        ("unsubscribed", "archived", True, "unsubscribed"),
        ("transactional", "archived", True, "transactional"),
        ("archived", "archived", True, "archived"),
        ("pending", "unsubscribed", True, "unsubscribed"),
        ("cleaned", "unsubscribed", True, "unsubscribed"),
    ],
)
async def test_a_restriction_remembers_what_it_took(
    fake: Fake, connector: Mailchimp, was: str, restricted: str, allowed: bool, back: str
) -> None:
    """First it remembers, then it archives: whatever is killed between the two, the lifting knows what was there."""
    fake.account.add(NEWS, EMAIL, was)
    first = await connector.apply(told(Act.RESTRICTION))
    assert isinstance(first, Later)
    assert fake.status() == was
    memory = first.memory
    done = await twice(connector, told(Act.RESTRICTION, memory=memory))
    assert isinstance(done, Verified)
    assert fake.status() == restricted
    assert EMAIL.lower() not in repr(memory).lower()
    lifting = told(Act.RESTRICTION_LIFTED, memory=done.memory, marketing_allowed=allowed)
    lifted = await connector.apply(lifting)
    assert isinstance(lifted, Verified)
    assert (fake.status(), lifted.memory) == (back, {"restored": {}})
    if was != "archived":
        assert await connector.verify(lifting) == Verified()


async def test_what_changes_while_it_is_remembered_is_remembered_anew(fake: Fake, connector: Mailchimp) -> None:
    """Otherwise the lifting would subscribe somebody who has left between the two steps."""
    fake.account.add(NEWS, EMAIL)
    first = await connector.apply(told(Act.RESTRICTION))
    assert isinstance(first, Later)
    fake.account.person_unsubscribes(NEWS, EMAIL)
    second = await connector.apply(told(Act.RESTRICTION, memory=first.memory))
    assert isinstance(second, Later)
    done = await twice(connector, told(Act.RESTRICTION, memory=second.memory))
    await connector.apply(told(Act.RESTRICTION_LIFTED, memory=done.memory, marketing_allowed=True))
    assert fake.status() == "unsubscribed"


async def test_a_ban_during_a_restriction_outlives_it(fake: Fake, connector: Mailchimp) -> None:
    """Even if the lifting were told that marketing is allowed."""
    fake.account.add(NEWS, EMAIL)
    remembered = await connector.apply(told(Act.RESTRICTION))
    assert isinstance(remembered, Later)
    archived = await connector.apply(told(Act.RESTRICTION, memory=remembered.memory))
    assert isinstance(archived, Verified)
    banned = await twice(connector, told(Act.MARKETING_BAN, memory=archived.memory))
    assert fake.status() == "archived"
    await connector.apply(told(Act.RESTRICTION_LIFTED, memory=banned.memory, marketing_allowed=True))
    assert fake.status() == "unsubscribed"


async def test_what_is_archived_without_our_knowing_is_a_humans(fake: Fake, connector: Mailchimp) -> None:
    """A lifting without memory guesses nothing; a ban takes it out of the archive, where it could come back from."""
    fake.account.add(NEWS, EMAIL, "archived")
    assert await connector.apply(told(Act.RESTRICTION_LIFTED)) == Sent(task="mailchimp_status_unknown")
    assert isinstance(await twice(connector, told(Act.MARKETING_BAN)), Verified)
    assert fake.status() == "unsubscribed"


async def test_whoever_was_taken_out_of_the_archive_keeps_that(fake: Fake, connector: Mailchimp) -> None:
    """The person has changed the address and unsubscribed meanwhile: found by contact id, and left alone."""
    member = fake.account.add(NEWS, EMAIL)
    memory = {"restored": {NEWS: {"status": "subscribed", "contact_id": member.contact_id}}}
    fake.account.move(NEWS, member, NEW)
    member.status = "unsubscribed"
    lifting = told(Act.RESTRICTION_LIFTED, memory=memory, marketing_allowed=True)
    assert isinstance(await connector.apply(lifting), Verified)
    assert fake.status(NEWS, NEW) == "unsubscribed"


@pytest.mark.parametrize("trouble", ["outage", "bare_403", "bare_429", "half", "lost"])
async def test_what_passes_is_tried_again_and_done_once(fake: Fake, connector: Mailchimp, trouble: str) -> None:
    """Refusals at the door without a body, an outage with Retry-After, half answers: later; then it is simply done."""
    fake.account.add(NEWS, EMAIL)
    fake.account.add(SHOP, EMAIL)
    fake.troubles.retry_after = 9 if trouble == "outage" else None
    for n in range(1, 4):
        setattr(fake.troubles, trouble, 1)
        outcome = await connector.apply(told(Act.ERASURE))
        assert isinstance(outcome, Later), n
        assert (outcome.after is not None) == (trouble == "outage")
        assert EMAIL not in outcome.code
    assert isinstance(await connector.apply(told(Act.ERASURE)), Verified)
    assert (fake.status(), fake.status(SHOP)) == (None, None)


async def test_what_stays_is_a_code(
    fake: Fake, connector: Mailchimp, served: tuple[Fake, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong key, an audience that is not the account's, a refusal in the vendor's words: no address in any code."""
    fake.account.add(NEWS, EMAIL)
    async with new_client(may_reach_private=True) as client:
        other = connected(client, served[1], lists=["ffffffffff"])
        assert await other.apply(told(Act.MARKETING_BAN)) == Failed("audience_unknown")
        assert fake.status() == "subscribed"
    fake.account.merge_tags[NEWS] = frozenset()
    names = told(Act.RECTIFICATION, changes=(Change("name", None, "Eila"),))
    assert await connector.apply(names) == Failed("invalid_resource")
    fake.account.api_key = "changed"
    assert await connector.apply(told(Act.MARKETING_BAN)) == Failed("key_refused")


async def test_no_more_than_five_calls_at_once(fake: Fake, connector: Mailchimp) -> None:
    """Ten are all that Mailchimp allows to every program of the account together."""
    for n in range(8):
        fake.account.add(NEWS, f"n{n}@example.fi")
    subjects = [Subject(email=f"n{n}@example.fi") for n in range(8)]
    fake.app = create_app(fake.account, fake.troubles, seconds=0.002)
    outcomes = await asyncio.gather(*(connector.apply(told(Act.ERASURE, subject=one)) for one in subjects))
    assert all(isinstance(one, Verified) for one in outcomes)
    assert fake.account.most_open <= 5


async def test_nobody_is_passed_over_while_a_list_moves(
    fake: Fake, connector: Mailchimp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of two; many in one second, as after an import; the first to be told moves to the end meanwhile."""
    monkeypatch.setattr("app.connectors.mailchimp_api.PAGE", 2)
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    for n in range(9):
        fake.account.now = lambda n=n: begin + timedelta(seconds=max(0, n - 4) * 10)  # type: ignore[misc] # bound now
        fake.account.add(NEWS, f"n{n}@example.fi")
    told_of: list[str] = []
    async for member in connector.api.changed(NEWS, begin - timedelta(days=1)):
        told_of.append(member.email)
        if len(told_of) == 2:
            first = fake.account.member(NEWS, told_of[0])
            assert first is not None
            first.last_changed = begin + timedelta(hours=1)
    assert set(told_of) == {f"n{n}@example.fi" for n in range(9)}
    assert len(told_of) <= 10


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_key": {"env": "MAILCHIMP_BAD"}, "base_url": None},
        {"base_url": "http://mailchimp.example.com/3.0"},
        {"at_once": 6},
        {"audiences": {NEWS: {"purposes": ["newsletter"], "export": "marketing"}}},
        {"fired_at_zone": "Europe/Nowhere"},
    ],
)
def test_a_configuration_that_would_not_do_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]) -> None:
    """A data centre is checked before it becomes part of a host name (SSRF); the key goes nowhere in the clear."""
    monkeypatch.setenv("MAILCHIMP_KEY", KEY)
    monkeypatch.setenv("MAILCHIMP_BAD", "key-us1.evil.example")
    document = {"kind": "mailchimp", "api_key": {"env": "MAILCHIMP_KEY"}, **wrong}
    with pytest.raises(ValueError, match=r"mailchimp|kind|at_once|zone|data centre|https|export"):
        Connectors.model_validate({"connectors": {"mailchimp": document}})


def test_the_host_follows_from_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILCHIMP_KEY", KEY)
    one = Connectors.model_validate({"connectors": {"m": {"kind": "mailchimp", "api_key": {"env": "MAILCHIMP_KEY"}}}})
    made = one.connect(Outside(httpx.AsyncClient()))["m"]
    assert isinstance(made, Mailchimp)
    assert made.api.link.base_url == "https://us1.api.mailchimp.com/3.0"
    assert KEY not in repr(one)
