"""`seloste serve` and `seloste run` as real processes on loopback."""

import json
import re
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.running import ROOT, CommandLine, Process, process
from tests.nursery import Nursery

IRISH = ROOT / "tests" / "register" / "irish_shop.yaml"
OWNER = "an-owner-token-for-tests"


def test_run_makes_everything_once_on_both_databases(
    nursery: Nursery, environment: dict[str, str], tmp_path: Path, database_url: str
) -> None:
    """The first start prints a working token for each role and makes demo people; the next start prints none."""
    settings = {**environment, "DATABASE_URL": database_url}
    with process("run", settings=settings, folder=tmp_path / "first", nursery=nursery) as first:
        tokens = first.tokens
        assert list(tokens) == ["owner", "webshop", "booking", "mailer", "admin", "accountant", "dpo"]
        for token in tokens.values():
            assert first.call(token, "GET", "/v1/register")[0] == 200
        status, found = first.call(tokens["admin"], "POST", "/v1/customers/search", {"name": "aino"})
        assert (status, [person["name"] for person in found["items"]]) == (200, ["Aino Esimerkki"])
        time.sleep(1.1)  # the trail shows what has settled
        assert first.call(tokens["dpo"], "GET", "/v1/audit-events?action=register")[1]["items"]
        assert first.stop() == 0
    assert not any(token in first.err for token in tokens.values())
    assert "example" not in first.err
    assert "warning" not in first.err
    with process("run", settings=settings, folder=tmp_path / "second", nursery=nursery) as second:
        assert second.tokens == {}
        assert second.call(tokens["owner"], "GET", "/readyz")[0] == 200
        assert second.stop() == 0


def test_a_short_owners_token_is_refused(seloste: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is made."""
    monkeypatch.setenv("SELOSTE_BOOTSTRAP_ADMIN_TOKEN", "short")
    refused = seloste("run")
    assert refused.code == 1
    assert refused.err == "seloste: SELOSTE_BOOTSTRAP_ADMIN_TOKEN: needs 16 characters or more\n"


def test_run_follows_the_file_that_is_named(
    nursery: Nursery, environment: dict[str, str], tmp_path: Path, seloste: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another controller's file starts with demo people as far as it holds them; a changed file is the next version."""
    definition = tmp_path / "register.yaml"
    definition.write_text(IRISH.read_text())
    settings = {**environment, "SELOSTE_REGISTER": str(definition)}
    with process("run", settings=settings, folder=tmp_path / "first", nursery=nursery) as first:
        dpo = first.tokens["dpo"]
        people = first.call(dpo, "POST", "/v1/customers/search", {"name": "emma"})[1]["items"]
        assert [(p["phone"], p["source"], p["language"]) for p in people] == [(None, "till", "en")]
    definition.write_text(IRISH.read_text().replace("months: 36", "months: 30"))
    with process("run", settings=settings, folder=tmp_path / "second", nursery=nursery) as second:
        assert "applied as version 2" in second.out
    definition.write_text(IRISH.read_text().replace("months: 36", "months: many"))
    monkeypatch.setenv("SELOSTE_REGISTER", str(definition))
    refused = seloste("run")
    assert refused.code == 1
    assert re.fullmatch(r"\S+register\.yaml:\d+:\d+: retention\.inactivity\.months: .*\n", refused.err)


def test_run_leaves_what_was_made_by_hand(
    nursery: Nursery, environment: dict[str, str], tmp_path: Path, ready: CommandLine
) -> None:
    """A definition applied by hand stays in force; the owner signs in by SELOSTE_BOOTSTRAP_ADMIN_TOKEN, not printed."""
    assert ready("register", "apply", IRISH).code == 0
    settings = {**environment, "SELOSTE_BOOTSTRAP_ADMIN_TOKEN": OWNER}
    with process("run", settings=settings, folder=tmp_path / "run", nursery=nursery) as started:
        assert "definition: version 2 (applied later than the bundled definition" in started.out
        status, clients = started.call(OWNER, "GET", "/v1/api-clients")
        assert status == 200
        assert {"owner", "webshop", "dpo"} <= {client["name"] for client in clients["items"]}
        assert OWNER not in started.out + started.err


@pytest.fixture
def served(environment: dict[str, str], ready: CommandLine) -> dict[str, str]:
    """Settings with which `seloste serve` starts: migrated, with a definition and an owner's token."""
    assert ready("register", "show").code == 0
    return {**environment, "SELOSTE_BOOTSTRAP_ADMIN_TOKEN": OWNER}


def test_serve_says_what_is_missing(seloste: CommandLine) -> None:
    """Without migration or definition it does not start, and the line says what to run."""
    unmigrated = seloste("serve")
    assert unmigrated.code == 1
    assert unmigrated.err == "seloste: the database is not migrated: run seloste migrate\n"
    seloste("migrate")
    empty = seloste("serve")
    assert empty.code == 1
    assert empty.err == "seloste: no register definition has been applied: run seloste register apply FILE\n"


def test_a_port_in_use_is_one_line(ready: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two services do not fight for one port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        monkeypatch.setenv("SELOSTE_PORT", port)
        ran = ready("serve")
    assert ran.code == 1
    assert ran.err.startswith(f"seloste: cannot listen on 127.0.0.1:{port}: Address already in use")
    assert ran.err.count("\n") == 1


def test_serve_answers_what_is_in_flight_and_logs_nothing_of_the_person(
    nursery: Nursery, served: dict[str, str], tmp_path: Path
) -> None:
    """Every line of the log is JSON with instant, level and event, a request's with its id, route and status.

    A request whose body is still arriving when SIGTERM comes is answered; then the process ends with code 0.
    """
    with process("serve", settings=served, folder=tmp_path / "serve", nursery=nursery) as started:
        started.call(OWNER, "POST", "/v1/customers/search", {"email": "somebody@example.com"})
        started.call("seloste_not-a-token", "GET", "/v1/customers/somebody@example.com")
        started.call("seloste_not-a-token", "GET", "/v1/changes?since=somebody@example.com")
        answer = _ended_in_flight(started)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"unknown_subject" in answer
        assert b"server:" not in answer.lower().partition(b"\r\n\r\n")[0]
        assert started.wait() == 0
    lines = [json.loads(line) for line in started.err.splitlines()]
    assert all({"at", "level", "event"} <= line.keys() for line in lines)
    requests = [line for line in lines if line["event"] == "request"]
    assert (requests[0]["route"], requests[0]["status"]) == ("/v1/customers/search", 200)
    assert (requests[2]["route"], requests[2]["status"]) == ("/v1/changes", 401)
    assert all(line["request_id"] for line in requests)
    events = [line["event"] for line in lines]
    assert (events.count("stopping"), events[-1]) == (1, "stopped")  # a sweep may end between them
    assert "example.com" not in started.err
    assert OWNER not in started.err


def _ended_in_flight(started: Process) -> bytes:
    """The answer to a request whose body arrives in two pieces, SIGTERM between them."""
    body = json.dumps({"purpose": "accounting", "subjects": [{"email": "nobody@example.com"}]}).encode()
    place = urlsplit(started.url)
    with socket.create_connection((str(place.hostname), place.port or 0), 30) as connection:
        connection.sendall(
            b"POST /v1/processing-checks HTTP/1.1\r\nHost: seloste\r\nContent-Type: application/json\r\n"
            + f"Authorization: Bearer {OWNER}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body[:10]
        )
        time.sleep(0.5)
        started.popen.terminate()
        time.sleep(0.5)
        assert started.popen.poll() is None
        connection.sendall(body[10:])
        return b"".join(iter(lambda: connection.recv(65536), b""))
