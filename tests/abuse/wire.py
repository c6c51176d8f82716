"""Bytes over a socket, as no HTTP client would send them."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.running import Process
from tests.worlds import TOKENS

SIGNED = f"Host: seloste\r\nAuthorization: Bearer {TOKENS['webshop']}\r\n".encode()
JSON = b"Content-Type: application/json\r\n"
UPSERT = b"PUT /v1/customers/by-reference/webshop/abuse HTTP/1.1\r\n" + SIGNED + JSON
PATIENCE = 20.0


@dataclass(frozen=True)
class Heard:
    """All that came back until the server ended the connection, and after how long; `reset` if it ended it roughly."""

    raw: bytes
    seconds: float
    reset: bool

    @property
    def status(self) -> int | None:
        """The status of the first answer; None when there was none."""
        return int(self.raw.split(b" ", 2)[1]) if self.raw.startswith(b"HTTP/1.1 ") else None

    @property
    def answers(self) -> int:
        """How many answers there were."""
        return self.raw.count(b"HTTP/1.1 ")

    @property
    def code(self) -> str | None:
        """The code of the problem in the first answer."""
        head, _, body = self.raw.partition(b"\r\n\r\n")
        if b"application/problem+json" not in head:
            return None
        problem: dict[str, Any] = json.loads(body.partition(b"HTTP/1.1 ")[0])
        assert problem["status"] == self.status
        return str(problem["code"])


@contextmanager
def connected(server: Process, receive_buffer: int | None = None) -> Iterator[socket.socket]:
    """A connection to the server."""
    with socket.socket() as line:
        if receive_buffer is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        line.settimeout(PATIENCE)
        line.connect(("127.0.0.1", int(server.url.rsplit(":", 1)[1])))
        yield line


def say(server: Process, *parts: bytes) -> Heard:
    """Send the parts, all that the server takes of them, and listen until it ends the connection."""
    with connected(server) as line:
        began = time.monotonic()
        try:
            for part in parts:
                line.sendall(part)
        except OSError:
            pass
        raw, reset = heard(line)
        return Heard(raw, time.monotonic() - began, reset)


def heard(line: socket.socket) -> tuple[bytes, bool]:
    """Everything until the end, and whether the connection was reset."""
    raw = bytearray()
    try:
        while data := line.recv(65536):
            raw += data
    except ConnectionError:
        return bytes(raw), True
    return bytes(raw), False


def memory_of(server: Process) -> int:
    """Bytes of the most memory that the process ever held."""
    status = Path(f"/proc/{server.popen.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
