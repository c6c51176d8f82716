"""Every act of the Mailchimp connector, twice, and by the vendor's schema."""

import pytest

from app.connectors.instruction import Change, Subject
from app.connectors.mailchimp import Mailchimp
from app.connectors.outcome import Failed, Later, Sent, Verified
from app.policy.notifications import Act
from tests.connectors.mailchimp.stage import EMAIL, NEW, NEWS, SHOP, Fake, told, twice

pytestmark = pytest.mark.anyio


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
