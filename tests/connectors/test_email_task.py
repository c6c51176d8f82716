"""The mail to a recipient's data-protection contact: what it says, and above all what it does not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from app.connectors.connector import ConnectorsInvalid
from app.connectors.email_task import EmailTaskConfig
from app.connectors.instruction import Change, Instruction
from app.connectors.outcome import Failed, Later, Outcome, Sent
from app.policy.notifications import Act
from tests.connectors.told import NOW, PERSONAL, on_loopback, relay_at, told
from tests.mail.relay import Relay, serving

pytestmark = pytest.mark.anyio
TO = "tietosuoja@takk.example.fi"


def text_of(message: EmailMessage) -> str:
    """Its text; lines end with CRLF on the way."""
    return str(message.get_content()).replace("\r\n", "\n")


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    """One SMTP server for these tests; each looks at its own messages."""
    with serving() as server:
        yield server


async def mailed(relay: Relay, *told: Instruction, **given: Any) -> tuple[list[EmailMessage], list[Outcome]]:
    """What the server got, and what the connector made of it."""
    relay.messages.clear()
    async with on_loopback(relay=relay_at(relay.port), mail_from="seloste@example.com", clock=lambda: NOW) as outside:
        connector = EmailTaskConfig(to=TO, **given).connect("takk", outside)
        outcomes = [await connector.apply(one) for one in told]
    return relay.messages, outcomes


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_no_mail_names_the_person(relay: Relay, language: str) -> None:
    """Whatever is told, in every language: the case, the act, the link, the day."""
    every = [told(act, language=language, changes=(Change("email", PERSONAL[1], "m@example.fi"),)) for act in Act]
    messages, outcomes = await mailed(relay, *every)
    assert all(isinstance(one, Sent) and one.task == "await_answer" for one in outcomes)
    for message in messages:
        whole = f"{message.as_string()}\n{message.get_content()}"
        assert not [value for value in (*PERSONAL, "m@example.fi") if value in whole]
        assert "https://register.example.com/recipients/AbC" in message.get_content()
        assert ("1.4.2026" if language != "en" else "1 April 2026") in message.get_content()
        assert "2026-00042" in str(message["Subject"])
        assert message["Content-Language"] == language
    assert len({message.get_content() for message in messages}) == len(Act)


async def test_it_is_the_same_mail_at_every_attempt(relay: Relay) -> None:
    """A mailbox that got it before the answer was lost sees one message, not two tasks."""
    messages, outcomes = await mailed(relay, told(), told())
    assert outcomes[0] == outcomes[1]
    assert [str(one["Message-ID"]) for one in messages] == [f"<{told().id}@example.com>"] * 2
    assert messages[0]["Date"].datetime == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert messages[0]["Auto-Submitted"] == "auto-generated"
    assert messages[0]["Reply-To"] == "tietosuoja@example.com"


async def test_identifiers_go_by_mail_only_where_the_configuration_says_so(relay: Relay) -> None:
    """And then no more of them than it names."""
    given = told(changes=(Change("email", "old@example.fi", "new@example.fi"),), language="en", role="both")
    messages, _ = await mailed(relay, given, identifiers="in_mail", fields=("name", "references"))
    text = text_of(messages[0])
    assert "Name: Maija Meikäläinen\n  Id, mycashflow: 4711\n  Rectified, e-mail: new@example.fi" in text
    assert "+358401234567" not in text
    assert "Article 28(3)" in text
    assert "Article 19" in text


async def test_purposes_and_channels_are_told(relay: Relay) -> None:
    """A withdrawal of one purpose must not be read as all of them."""
    given = told(Act.CONSENT_WITHDRAWAL, language="en", purposes=("newsletter",), channels=("email", "sms"))
    messages, _ = await mailed(relay, given)
    assert "Purposes: newsletter\n\nChannels: email, sms" in text_of(messages[0])


async def test_what_the_relay_answers(relay: Relay) -> None:
    """A full mailbox is tried again; one that does not exist is a human's; no relay at all is tried again."""
    relay.refuses = {TO}
    assert (await mailed(relay, told()))[1] == [Later("mail_not_taken")]
    relay.refuses, relay.rejects = set(), {TO}
    assert (await mailed(relay, told()))[1] == [Failed("mail_refused")]
    relay.rejects = set()
    assert (await mailed(Relay(port=1), told()))[1] == [Later("mail_not_taken")]
    assert (await mailed(relay, told(acknowledge_url="")))[1] == [Failed("no_answer_page")]


async def test_a_recipient_without_a_way_to_reach_it_is_an_error_of_the_configuration() -> None:
    """Not a success that nobody notices."""
    async with on_loopback() as outside:
        with pytest.raises(ConnectorsInvalid, match="takk: kind email_task needs SELOSTE_SMTP_URL"):
            EmailTaskConfig(to=TO).connect("takk", outside)
    with pytest.raises(ValueError, match="not a valid email") as refused:
        EmailTaskConfig(to="TAKK\r\nBcc: x@example.com")
    assert "Bcc" not in str(refused.value)


async def test_nobody_looks_by_machine(relay: Relay) -> None:
    """It stays open until the answer is recorded, however long that takes."""
    async with on_loopback(relay=relay_at(relay.port), mail_from="seloste@example.com") as outside:
        connector = EmailTaskConfig(to=TO).connect("takk", outside)
        given = told(reference="<a@example.com>", queued_at=NOW - timedelta(days=90))
        assert await connector.verify(given) == Sent(reference="<a@example.com>", task="await_answer")
        assert await connector.find(given.subject) == ()
        assert connector.capabilities == frozenset(Act)
