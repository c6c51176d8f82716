"""`seloste digest` for installations that work by cron, and for whoever wants it now."""

import pytest

from tests.cli.running import CommandLine
from tests.mail.relay import serving


def test_a_digest_by_hand(ready: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due once, `--now` whatever was sent; a relay that is missing, or away, is said in one line."""
    nowhere = ready("digest")
    monkeypatch.setenv("SELOSTE_SMTP_FROM", "seloste@example.com")
    monkeypatch.setenv("SELOSTE_DIGEST_WHEN_EMPTY", "true")
    monkeypatch.setenv("SELOSTE_DIGEST_HOUR", "0")
    with serving() as relay:
        monkeypatch.setenv("SELOSTE_SMTP_URL", relay.url())
        said = [ready(*command).out for command in (("digest",), ("digest",), ("digest", "--now"))]
        assert ready("maintain").code == 0
    away = ready("digest", "--now")

    assert (nowhere.code, "SELOSTE_SMTP_URL" in nowhere.err) == (1, True)
    assert said == ["sent 1 digests\n", "sent 0 digests\n", "sent 1 digests\n"]
    assert len(relay.messages) == 2
    assert (away.code, "the relay did not take 1 digests" in away.err) == (1, True)
    assert "@" not in away.err


def test_a_password_is_not_repeated(ready: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relay that cannot be meant is refused by the name of its variable."""
    monkeypatch.setenv("SELOSTE_SMTP_FROM", "seloste@example.com")
    monkeypatch.setenv("SELOSTE_SMTP_URL", "smtp://mari:secret@mail.example.com?tls=none")
    refused = ready("digest")

    assert refused.code == 1
    assert "SELOSTE_SMTP_URL" in refused.err
    assert "secret" not in refused.err + refused.out
