"""A real SMTP server on loopback, in a thread of its own: plain, STARTTLS or TLS, with or without a password."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PASSWORD = LoginPassword(b"seloste", b"p@ss:word/9")


@dataclass
class Relay:
    """What the server has taken, and where it listens."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    rejects: set[str] = field(default_factory=set)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        if self.refuses & set(envelope.rcpt_tos):
            return "451 try again later"
        if self.rejects & set(envelope.rcpt_tos):
            return "550 no such mailbox"
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        assert [str(message["To"])] == envelope.rcpt_tos
        self.messages.append(message)
        return "250 taken"

    def url(self, scheme: str = "smtp", login: str = "", tls: str = "?tls=none") -> str:
        """How the service is told of it."""
        return f"{scheme}://{login}localhost:{self.port}{tls}"


@contextmanager
def serving(
    tls: ssl.SSLContext | None = None, *, from_first_byte: bool = False, password: bool = False
) -> Iterator[Relay]:
    """The server, until the end of the block."""
    relay, ready, stop = Relay(), threading.Event(), threading.Event()
    options: dict[str, Any] = {"hostname": "relay.example.com"}
    options |= {"tls_context": tls, "require_starttls": True} if tls and not from_first_byte else {}
    options |= {"auth_required": True, "authenticator": _knows, "auth_require_tls": True} if password else {}

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(relay, **options), "localhost", 0, ssl=tls if from_first_byte else None
        )
        relay.port = server.sockets[0].getsockname()[1]
        ready.set()
        await asyncio.to_thread(stop.wait)
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield relay
    finally:
        stop.set()
        thread.join(10)


def _knows(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    return AuthResult(success=given == PASSWORD)


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for `localhost`, and the file that makes it trusted."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now, names = datetime.now(UTC), [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "trusted.pem", folder / "key.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return context, trusted
