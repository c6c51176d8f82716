"""E-mail leaves through a relay as SELOSTE_SMTP_URL says, and never in the clear by mistake."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.mail import MailFailed, relay_of, send
from app.settings import Settings
from tests.mail.relay import certificate, serving

pytestmark = pytest.mark.anyio
LOGIN = "seloste:p%40ss%3Aword%2F9@"


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "seloste@example.com", "mari@example.com", "Määräpäivät"
    message.set_content("2026-00001: 2026-12-22\n")
    return message


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a certificate that this process trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    return tmp_path


async def test_starttls_with_a_password(trusted: Path) -> None:
    """The usual submission port; the password goes over only once the line is encrypted."""
    context, _ = certificate(trusted)
    with serving(context, password=True) as relay:
        await send(relay_of(relay.url(login=LOGIN, tls="")), letter())
    assert str(relay.messages[0]["Subject"]) == "Määräpäivät"


async def test_tls_from_the_first_byte(trusted: Path) -> None:
    """`smtps://`."""
    context, _ = certificate(trusted)
    with serving(context, from_first_byte=True) as relay:
        await send(relay_of(relay.url("smtps", tls="")), letter())
    assert len(relay.messages) == 1


async def test_a_relay_without_starttls_gets_nothing() -> None:
    """Unless the address says that it needs none."""
    with serving() as relay:
        with pytest.raises(MailFailed):
            await send(relay_of(relay.url(tls="")), letter())
        assert relay.messages == []
        await send(relay_of(relay.url()), letter())
    assert len(relay.messages) == 1


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    """Somebody in between gets neither password nor message."""
    context, _ = certificate(tmp_path)
    with serving(context, password=True) as relay:
        with pytest.raises(MailFailed) as failed:
            await send(relay_of(relay.url(login=LOGIN, tls="")), letter())
        assert relay.messages == []
    assert "@" not in str(failed.value)


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://mail.example.com", "mail.example.com", 587, "starttls"),
        ("smtps://user:secret@mail.example.com", "mail.example.com", 465, "first"),
        ("smtp://127.0.0.1:1025?tls=none", "127.0.0.1", 1025, "none"),
        ("smtp://user:secret@localhost?tls=none", "localhost", 587, "none"),
        ("smtp://[::1]:25?tls=none", "::1", 25, "none"),
    ],
)
def test_what_an_address_means(url: str, host: str, port: int, tls: str) -> None:
    """Scheme, default ports, and what is encrypted."""
    relay = relay_of(url)
    assert (relay.host, relay.port, relay.tls) == (host, port, tls)
    assert "secret" not in repr(relay)


@pytest.mark.parametrize(
    "url",
    [
        *("mail.example.com", "http://mail.example.com", "smtp://", "smtp://mail.example.com?tls=maybe"),
        *("smtp://user:secret@mail.example.com?tls=none", "smtp://mail.example.com:99999"),
    ],
)
def test_an_address_that_means_nothing_safe_is_refused(url: str) -> None:
    """At start, by the name of the variable, without repeating what may hold a password."""
    with pytest.raises(ValidationError) as refused:
        Settings(smtp_url=SecretStr(url), smtp_from="seloste@example.com")
    assert "secret" not in refused.value.errors()[0]["msg"]


def test_who_writes_must_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay may stand in a file, as its password should; the sender is an address and nothing else."""
    secret = tmp_path / "smtp"
    secret.write_text("smtps://user:secret@mail.example.com\n")
    monkeypatch.setenv("SELOSTE_SMTP_URL_FILE", str(secret))
    with pytest.raises(ValidationError, match="SELOSTE_SMTP_FROM"):
        Settings()
    with pytest.raises(ValidationError, match="must be an e-mail address"):
        Settings(smtp_from="Seloste")
    settings = Settings(smtp_from="seloste@example.com")
    assert settings.smtp_url is not None
    assert relay_of(settings.smtp_url.get_secret_value()).password == "secret"
    assert "user:secret" not in repr(settings)
