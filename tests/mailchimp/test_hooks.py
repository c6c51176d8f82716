"""What a webhook says: signatures over raw bytes, brackets, times in a zone that nobody states."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.mailchimp.errors import EventUnreadable
from app.mailchimp.hooks import Event, is_signed, read
from tests.vendors.mailchimp_state import signed

SECRET = "test-signing-secret"
BODY = (
    b"type=unsubscribe&fired_at=2026-01-15+08%3A30%3A00&data%5Baction%5D=unsub&data%5Breason%5D=manual"
    b"&data%5Bid%5D=8a25ff1d98&data%5Bemail%5D=maija%40example.fi&data%5Bemail_type%5D=html&data%5Bweb_id%5D=203929"
    b"&data%5Blist_id%5D=a6b5da1054&data%5Bmerges%5D%5BEMAIL%5D=maija%40example.fi&data%5Bmerges%5D%5BFNAME%5D=Maija"
    b"&data%5Bmerges%5D%5BLNAME%5D=Meik%C3%A4l%C3%A4inen"
)
MARK = "d7e9602727dfff2d4d6f7f680a79063a17a25997c8ac6bd0c96bfdcffa14eb1f"
AT = datetime.fromtimestamp(1768465800, UTC)
UTC_ZONE = ZoneInfo("UTC")


def test_the_published_vector_holds() -> None:
    assert is_signed([SECRET], f"t=1768465800,v1={MARK}", BODY, AT)
    assert signed(SECRET, BODY, AT) == f"t=1768465800,v1={MARK}"


@pytest.mark.parametrize(
    ("header", "seconds", "holds"),
    [
        (f"t=1768465800,v1={MARK}", 300, True),
        (f"t=1768465800,v1={MARK}", -300, True),
        (f"t=1768465800,v1={MARK}", 301, False),
        (f"t=1768465800,v1={MARK}", -301, False),
        (f"t=1768465800, v1={'0' * 64}, v1={MARK.upper()}", 0, True),
        (f"t=1768465801,v1={MARK}", 0, False),
        (f"t=1768465800,t=1768465800,v1={MARK}", 0, False),
        (f"v1={MARK}", 0, False),
        ("t=1768465800", 0, False),
        (f"t=1768465800,v0={MARK}", 0, False),
        (f"t=-1,v1={MARK}", 0, False),
        (f"t={'9' * 400},v1={MARK}", 0, False),
        ("t=1768465800,v1=ä", 0, False),
        ("", 0, False),
        (None, 0, False),
    ],
)
def test_a_signature_holds_within_five_minutes(header: str | None, seconds: int, holds: bool) -> None:
    """Several signatures are accepted while a secret is replaced, and several secrets too."""
    assert is_signed(["another", SECRET], header, BODY, AT + timedelta(seconds=seconds)) is holds
    assert not is_signed(["another"], header, BODY, AT)
    assert not is_signed([SECRET], header, BODY + b" ", AT)


def test_no_more_is_read_than_is_needed() -> None:
    event = read(BODY, UTC_ZONE, AT)
    assert event == Event(
        "unsubscribe", "a6b5da1054", datetime(2026, 1, 15, 8, 30, tzinfo=UTC), "8a25ff1d98", "maija@example.fi",
        reason="manual",
    )  # fmt: skip
    assert "maija" not in repr(event)


@pytest.mark.parametrize(
    ("zone", "fired", "at"),
    [
        ("UTC", "2026-01-15 08:29:59", datetime(2026, 1, 15, 8, 29, 59, tzinfo=UTC)),
        ("Europe/Helsinki", "2026-01-15 10:00:00", datetime(2026, 1, 15, 8, tzinfo=UTC)),
        ("UTC", "2026-01-15 10:00:00", AT),
        ("America/New_York", "2026-01-15 08:30:00", AT),
        ("UTC", "yesterday", AT),
        ("UTC", "", AT),
        ("UTC", "0001-01-01 00:00:00", AT),
    ],
)
def test_an_event_is_never_later_than_now(zone: str, fired: str, at: datetime) -> None:
    """Mailchimp does not state the zone of `fired_at`."""
    body = f"type=cleaned&fired_at={fired}&data[list_id]=a6b5da1054&data[email]=m@example.fi&data[reason]=hard"
    assert read(body.encode(), ZoneInfo(zone), AT).fired_at == at


@pytest.mark.parametrize(
    "body",
    [
        b"type=unsubscribe",
        b"type=other&data[list_id]=a6b5da1054",
        b"{}",
        b"\xff\xfe",
        b"type=unsubscribe&data[list_id]=../x",
        b"type=unsubscribe&data%5Blist_id%5D=%ff",
        b"type=unsubscribe&data[list_id]=a6b5da1054" + b"&a=b" * 1000,
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(EventUnreadable):
        read(body, UTC_ZONE, AT)
