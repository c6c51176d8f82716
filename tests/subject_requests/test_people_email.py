"""A pasted e-mail becomes a case: who, when and what; and what strangers put into e-mails."""

import base64
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.subject_requests.email_text import MOST_PARTS, Mail, Unclear, read
from tests.subject_requests.people import Desk
from tests.worlds import STARTED, Caller, World

NOW = STARTED
DATE = "Sun, 22 Nov 2026 12:00:00 +0200"
RECEIVED = "from mx.example.com by mail.example.fi with ESMTP id 1; Sun, 22 Nov 2026 12:00:07 +0200 (EET)"


def mail(*headers: str, text: str = "Please erase my data.") -> str:
    """The source of an e-mail, with these headers before the ordinary ones that they do not replace."""
    usual = {"From": "Aino Esimerkki <aino1@example.fi>", "Date": DATE, "Subject": "My data"}
    given_names = {header.partition(":")[0] for header in headers}
    rest = [f"{name}: {value}" for name, value in usual.items() if name not in given_names]
    return "\n".join([*headers, *rest, "", text])


def test_sender_date_subject_and_text() -> None:
    """The topmost Received is when it reached us; the Date is when the sender says it left."""
    found = read(mail(f"Received: {RECEIVED}", "Received: from far away; Mon, 2 Nov 2026 12:00:00 +0200"), NOW)
    assert (found.sender_name, found.sender_email) == ("Aino Esimerkki", "aino1@example.fi")
    assert found.received_at == datetime(2026, 11, 22, 10, 0, 7, tzinfo=UTC)
    assert (found.subject, found.text.strip()) == ("My data", "Please erase my data.")
    assert (found.unclear, found.notes, found.attachments) == ({}, [], [])
    assert read(mail(), NOW).received_at == datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "member"),
    [
        (("Date: Tue, 24 Nov 2026 12:00:00 +0200",), "received_at"),
        (("Date: yesterday",), "received_at"),
        (("Date: Mon, 1 Jun 2026 12:00:00 +0200",), "received_at"),
        ((f"Date: {DATE}", "Date: Sat, 21 Nov 2026 12:00:00 +0200"), "received_at"),
        (("Date: Sun, 99 Nov 99999 99:99:99 +9999",), "received_at"),
        (("From: Aino <a@example.fi>, Eino <e@example.fi>",), "sender"),
        (("From: Aino <a@example.fi>", "From: Eino <e@example.fi>"), "sender"),
        (("From: nobody in particular",), "sender"),
    ],
)
def test_what_can_be_read_in_two_ways_asks_the_human(headers: tuple[str, ...], member: str) -> None:
    """Dates to come, long ago, twice or none; two senders or none."""
    assert set(read(mail(*headers), NOW).unclear) >= {member}


def test_header_tricks_are_noted() -> None:
    """A name that is another address, replies that go elsewhere, a date far from the arrival."""
    name = 'From: "boss@example.com" <aino1@example.fi>'
    tricks = read(
        mail(name, "Reply-To: evil@example.com", f"Received: {RECEIVED}", "Date: Fri, 20 Nov 2026 12:00:00 +0200"), NOW
    )
    assert (tricks.sender_name, tricks.sender_email) == (None, "aino1@example.fi")
    assert set(tricks.notes) == {"sender_name_is_an_address", "replies_go_elsewhere", "date_differs_from_arrival"}


@pytest.mark.parametrize(
    ("charset", "encoded", "notes"),
    [
        ("iso-8859-1", "Älä säilytä".encode("latin-1"), []),
        ("utf-8", "Älä säilytä".encode(), []),
        ("windows-1252", "Älä säilytä".encode("cp1252"), []),
        ("unicode_escape", "Älä säilytä".encode(), ["charset_unknown"]),
        ("x-nobody-knows", "Älä säilytä".encode(), ["charset_unknown"]),
    ],
)
def test_charsets(charset: str, encoded: bytes, notes: list[str]) -> None:
    """Known ones are decoded, odd ones are taken for UTF-8 and told."""
    headers = (f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: base64")
    found = read(mail(*headers, text=base64.b64encode(encoded).decode()), NOW)
    assert (found.text, found.notes) == ("Älä säilytä", notes)


def test_pasted_as_it_looks_whatever_its_header_says() -> None:
    """Copied from a screen it has come as UTF-8."""
    found = read(mail("Content-Type: text/plain; charset=iso-8859-1", text="Älä säilytä"), NOW)
    assert found.text.strip() == "Älä säilytä"


def test_attachments_are_dropped_and_said_to_be() -> None:
    """Of an ID copy, a forwarded e-mail and a page beside the text only the types are told."""
    message = EmailMessage()
    message["From"], message["Date"], message["Subject"] = "aino1@example.fi", DATE, "ID"
    message.set_content("See attached.")
    message.add_alternative("<p>See attached.</p>", subtype="html")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="passport-Aino.png")
    forwarded = EmailMessage()
    forwarded.set_content("Older.")
    message.add_attachment(forwarded)
    found = read(message.as_string(), NOW)
    assert found.text.strip() == "See attached."
    assert found.attachments == ["image/png", "message/rfc822"]


def test_a_page_alone_gives_its_words() -> None:
    """Scripts and styles are not shown, and so not taken."""
    page = "<html><head><title>x</title></head><body><p>Erase <b>me</b>.</p><script>alert(1)</script></body></html>"
    found = read(mail("Content-Type: text/html; charset=utf-8", text=page), NOW)
    assert (found.text.strip(), found.notes) == ("Erase me.", ["html_only"])


@pytest.mark.parametrize(
    "raw",
    [
        "no headers at all",
        "\n\n",
        mail("Content-Type: message/rfc822", text="Content-Type: message/rfc822\n\n" * (MOST_PARTS + 1)),
        mail("X-Long: x", "From: " + "(" * 2500 + "a@example.fi"),
        mail("From: " + "(" * 1000 + "a@example.fi"),
        "\n".join(f"X-{n}: y" for n in range(400)) + "\n\ntext",
        mail("Content-Type: multipart/mixed; " + "a*0=b;" * 1000),
        mail("Content-Type: multipart/mixed; boundary=x", text="--x\n\n" * 5000),
    ],
)
def test_bombs_are_refused_unread(raw: str) -> None:
    """Nesting, comments, parameters and headers without end."""
    with pytest.raises(Unclear):
        read(raw, NOW)


pieces = st.sampled_from(
    [
        *("From: ", "a@example.fi", "<", ">", '"', "=?utf-8?q?", "?=", "Date: ", DATE, "\n", "\r\n", "\n\n", ";", ":"),
        *("Content-Type: ", "multipart/mixed; boundary=x", "--x", "--x--", "message/rfc822", "text/plain; charset="),
        *("Content-Transfer-Encoding: base64", "Content-Disposition: attachment", "Received: ", "utf-8", "\x00", "é"),
        *("(", ")", ",", "===="),
    ]
)


@settings(max_examples=150, deadline=timedelta(seconds=2))
@given(st.lists(pieces | st.text(max_size=5), max_size=60))
def test_nothing_that_is_pasted_makes_it_fail(parts: list[str]) -> None:
    """It is read, or it is unclear; nothing else."""
    try:
        found = read("".join(parts), NOW)
    except Unclear:
        return
    assert isinstance(found, Mail)
    assert found.received_at is None or found.received_at <= NOW


@pytest.mark.anyio
async def test_a_pasted_email_is_a_case_of_nobody_until_a_human_picks(desk: Desk, call: Caller, world: World) -> None:
    """Two people behind the address are shown, neither linked; codes are masked; the text goes with the case."""
    first, second = await desk.person(), await desk.person(2, email="aino1@example.fi")
    text = "I am 131052-308T and want to be forgotten.\n\nAino"
    sent = {"right": "erasure", "raw": mail(f"Received: {RECEIVED}", text=text)}
    key = {"Idempotency_Key": "mail-1"}
    made = await call("admin", "POST", "/v1/subject-request-emails", sent, expect=201, **key)
    again = await call("admin", "POST", "/v1/subject-request-emails", sent, expect=201, **key)
    case = made["case_number"]
    path = f"/v1/subject-requests/{case}"
    shown = await desk.reads(case)
    listed = await call("admin", "GET", f"{path}/candidates?limit=1", expect=200)
    rest = await call("admin", "GET", f"{path}/candidates?cursor={listed['next']}", expect=200)
    undecided = await desk.decides(case, 409)
    await call("admin", "PATCH", path, {"customer": {"id": second}}, If_Match="*", expect=200)
    none_left = await call("admin", "GET", f"{path}/candidates", expect=200)
    await desk.decides(case)
    world.later(minutes=1)
    assert await world.run_due() == 1
    done = await desk.reads(case)

    assert made == again
    assert {one["customer_id"]: one["shared"] for one in made["candidates"]} == {first: ["email"], second: ["email"]}
    assert [one["customer_id"] for one in (*listed["items"], *rest["items"])] == sorted([first, second])
    assert (made["identity_codes_masked"], shown["customer_id"], shown["channel"]) == (1, None, "email")
    assert shown["received_at"].startswith("2026-11-22T10:00:07")
    assert shown["details"] == "My data\n\nI am [identity code removed] and want to be forgotten.\n\nAino"
    assert undecided["code"] == "no-customer"
    assert none_left["items"] == []
    assert (done["details"], done["claimed_identity"]) == (None, None)
    assert (await call("dpo", "GET", f"/v1/customers/{first}", expect=200))["state"] == "active"


@pytest.mark.anyio
async def test_what_is_unclear_is_given_by_hand(call: Caller, desk: Desk) -> None:
    """422 names the members; with them, or with the parts alone, it is taken; a day to come never."""
    path = "/v1/subject-request-emails"
    vague: dict[str, Any] = {"right": "access", "raw": mail("From: Aino, Eino", "Date: soon")}
    asked = await call("admin", "POST", path, vague)
    by_hand = {"sender": {"email": "aino1@example.fi"}, "received_at": "2026-11-22T10:00:00Z"}
    taken = await call("admin", "POST", path, {**vague, **by_hand}, expect=201)
    parts = {"right": "access", **by_hand, "text": "What do you hold of me?", "subject": "Hello"}
    alone = await call("admin", "POST", path, parts, expect=201)
    unreadable = await call("admin", "POST", path, {**parts, "raw": "no e-mail"}, expect=201)
    future = await call("admin", "POST", path, {**parts, "received_at": "2026-11-25T10:00:00Z"})
    nothing = await call("admin", "POST", path, {"right": "access"})
    unpicked = await call("admin", "POST", path, {"raw": mail()})

    assert (asked.status_code, asked.json()["code"]) == (422, "email-unclear")
    assert {error["pointer"] for error in asked.json()["errors"]} == {"#/sender", "#/received_at"}
    assert (await desk.reads(taken["case_number"]))["claimed_identity"]["email"] == "aino1@example.fi"
    assert (await desk.reads(alone["case_number"]))["details"] == "Hello\n\nWhat do you hold of me?"
    assert unreadable["notes"] == ["source_unreadable"]
    assert [answer.status_code for answer in (future, nothing, unpicked)] == [422, 422, 422]
