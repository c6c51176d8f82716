"""Slow, endless and malformed requests to a real process: refused in time, in bounded memory, and nothing changes."""

import re
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.abuse.wire import JSON, SIGNED, UPSERT, connected, heard, memory_of, say
from tests.cli.running import Process, process
from tests.nursery import Nursery
from tests.worlds import Template

SECONDS = 1.0
MOST = 30
MEGABYTE = 1024 * 1024
GET = b"GET /healthz HTTP/1.1\r\nHost: seloste\r\n"
POST = b"POST /v1/customers/search HTTP/1.1\r\n" + SIGNED + JSON


@pytest.fixture(scope="module")
def server(sqlite_template: Template, nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """`seloste serve` with little patience; afterwards it has logged no fault and holds nobody."""
    folder = tmp_path_factory.mktemp("abuse")
    url = sqlite_template.fresh(folder)
    settings = {
        "DATABASE_URL": url,
        "SELOSTE_SECRET_FILE": str(sqlite_template.secret_file),
        "SELOSTE_PORT": "0",
        "SELOSTE_BACKGROUND": "false",
        "SELOSTE_REQUEST_SECONDS": str(SECONDS),
        "SELOSTE_MAX_CONNECTIONS": str(MOST),
    }
    with process("serve", settings=settings, folder=folder / "process", nursery=nursery) as started:
        assert say(started, GET, b"Connection: close\r\n\r\n").status == 200
        yield started
        assert say(started, GET, b"Connection: close\r\n\r\n").status == 200
        assert started.stop() == 0
        assert '"level": "error"' not in started.err
        assert "Traceback" not in started.err
    with sqlite3.connect(url.removeprefix("sqlite:///")) as register:
        assert register.execute("SELECT count(*) FROM customers").fetchone() == (0,)
    register.close()


CONSENT = b"POST /v1/consents HTTP/1.1\r\n"
MALFORMED = {
    "a length and chunks": CONSENT + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": CONSENT + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "chunks by another name": CONSENT + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two lengths": CONSENT + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "a length below zero": CONSENT + b"Content-Length: -1\r\n\r\n",
    "a length beyond 64 bits": CONSENT + b"Content-Length: 99999999999999999999\r\n\r\n",
    "a chunk of no length": CONSENT + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a space before the colon": b"GET /healthz HTTP/1.1\r\nHost : seloste\r\n\r\n",
    "a folded header": b"GET /healthz HTTP/1.1\r\nX: a\r\n b\r\n\r\n",
    "bare line feeds": b"GET /healthz HTTP/1.1\nHost: seloste\n\n",
    "NUL in a header": b"GET /healthz HTTP/1.1\r\nX: a\0b\r\n\r\n",
    "letters beyond ASCII in the path": "GET /healthä HTTP/1.1\r\n\r\n".encode(),
    "a tunnel": b"CONNECT example.com:443 HTTP/1.1\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_request_is_400_and_the_end(server: Process, raw: bytes) -> None:
    """No second request is found in what follows (request smuggling): one answer, and the connection is closed."""
    answer = say(server, raw, GET + b"\r\n")

    assert (answer.status, answer.code, answer.answers) == (400, "bad-request", 1)
    assert answer.seconds < SECONDS


TOO_LARGE = {
    "one large header": (GET + b"X: " + b"a" * 40_000 + b"\r\n\r\n", 431),
    "a header without end": (GET + b"X: " + b"a" * MEGABYTE, 431),
    "a header name without end": (GET + b"a" * MEGABYTE, 431),
    "many headers": (GET + b"".join(b"X-%d: a\r\n" % n for n in range(101)) + b"\r\n", 431),
    "a long address": (b"GET /healthz?" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n", 414),
    "an address without end": (b"GET /" + b"a" * MEGABYTE, 414),
}


@pytest.mark.parametrize(("raw", "status"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_headers_without_measure_are_refused(server: Process, raw: bytes, status: int) -> None:
    """431 or 414 at once, not when the memory is full."""
    answer = say(server, raw)

    assert answer.status == status or (answer.reset and not answer.raw)  # the rest in flight may reset the line
    assert answer.code in {"headers-too-large", "address-too-long", None}
    assert answer.seconds < SECONDS


def test_a_hundred_headers_are_taken(server: Process) -> None:
    """The limit itself is allowed."""
    headers = b"".join(b"X-%d: %s\r\n" % (n, b"a" * 300) for n in range(98))
    assert say(server, GET, headers, b"Connection: close\r\n\r\n").status == 200


SLOW = {
    "half a header": GET + b"X: a",
    "half a body": UPSERT + b'Content-Length: 100\r\n\r\n{"name": ',
    "half a body in chunks": UPSERT + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    "a body that is never sent": UPSERT + b"Content-Length: 100\r\n\r\n",
    "a second request that stops": GET + b"\r\n" + GET,
}


def test_a_request_that_never_ends_is_ended(server: Process) -> None:
    """408, or just the end where an answer could be mistaken; after the time limit, whatever trickles in."""
    with ThreadPoolExecutor(len(SLOW)) as threads:  # all at once, as each takes the whole time
        heard_of = dict(zip(SLOW, threads.map(lambda raw: _waited(server, raw), SLOW.values()), strict=True))
    for name, (answer, seconds) in heard_of.items():
        assert SECONDS * 0.9 <= seconds < SECONDS + 5, name
        assert b" 408 " in answer or SLOW[name].count(GET) == 2, name


def _waited(server: Process, raw: bytes) -> tuple[bytes, float]:
    with connected(server) as line:
        began = time.monotonic()
        line.sendall(raw)
        answer, _ = heard(line)
        return answer, time.monotonic() - began


def test_a_trickle_does_not_win_time(server: Process) -> None:
    """The limit is for the whole request, not for each byte of it."""
    began = time.monotonic()
    with connected(server) as line, pytest.raises(OSError, match=r"reset|Broken pipe"):
        _trickle(line, until=began + 5 * SECONDS)
    assert time.monotonic() < began + SECONDS + 2


def _trickle(line: socket.socket, until: float) -> None:
    line.sendall(GET + b"X: ")
    while time.monotonic() < until:
        line.sendall(b"a")
        time.sleep(0.05)


def test_a_silent_connection_is_closed(server: Process) -> None:
    """Who asks nothing is answered nothing."""
    answer = say(server)
    assert (answer.raw, answer.reset) == (b"", False)
    assert SECONDS * 0.9 <= answer.seconds < SECONDS + 5


def test_an_answer_that_nobody_takes_is_dropped(server: Process) -> None:
    """A caller that asks for much and reads nothing loses the connection; the memory it held is free again."""
    page = re.search(r'src="(/docs-assets/[^"]+\.js)"', _body(server, b"/docs"))
    assert page is not None
    wanted = b"GET %s HTTP/1.1\r\nHost: seloste\r\n\r\n" % page[1].encode()
    with connected(server, receive_buffer=4096) as line:
        line.sendall(wanted * 20)
        time.sleep(SECONDS * 3)
        raw, reset = heard(line)

    assert reset or raw.count(b"HTTP/1.1 200") < 20


def _body(server: Process, path: bytes) -> str:
    answer = say(server, b"GET %s HTTP/1.1\r\nHost: seloste\r\nConnection: close\r\n\r\n" % path)
    return answer.raw.partition(b"\r\n\r\n")[2].decode()


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process from /proc")
@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
def test_large_bodies_leave_the_memory_alone(server: Process, chunked: bool) -> None:
    """10 MB are 413 although the caller reads only after it has sent all, and the connection goes on."""
    before = memory_of(server)
    size = 10 * MEGABYTE
    head = UPSERT + (b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: %d\r\n\r\n" % size)
    body = b"%x\r\n%s\r\n" % (size, b" " * size) + b"0\r\n\r\n" if chunked else b" " * size
    for _ in range(5):
        answer = say(server, head, body, GET + b"Connection: close\r\n\r\n")
        assert (answer.status, answer.code, answer.answers) == (413, "too-large", 2)
        assert b"HTTP/1.1 200 OK" in answer.raw

    assert memory_of(server) - before < 40 * MEGABYTE


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process from /proc")
def test_trailers_and_chunk_lengths_are_bounded(server: Process) -> None:
    """What stands around a body is no place to hide megabytes either."""
    before = memory_of(server)
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    trailers = say(server, head + b"0\r\n", *(b"X: " + b"a" * MEGABYTE for _ in range(20)))
    extension = say(server, head + b"1;", *(b"a" * MEGABYTE for _ in range(20)))

    assert {trailers.status, extension.status} <= {413, None}
    assert memory_of(server) - before < 20 * MEGABYTE


def test_connections_beyond_the_most_are_turned_away(server: Process) -> None:
    """503 at once, and room again as soon as others leave."""
    lines = [socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1]))) for _ in range(MOST)]
    try:
        turned = say(server, GET + b"\r\n")
        assert turned.status == 503 or (turned.reset and not turned.raw)
        assert turned.seconds < SECONDS
    finally:
        for line in lines:
            line.close()
    time.sleep(0.2)

    assert say(server, GET, b"Connection: close\r\n\r\n").status == 200
    assert 'seloste_connections_refused_total{code="try-later"}' in _body(server, b"/metrics")
