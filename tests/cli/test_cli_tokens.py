"""`seloste clients`: ends, rotation with an overlap, last use and what is about to end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.commands.clients import end_of, length_of
from tests.cli.running import CommandLine, process
from tests.nursery import Nursery

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def row_of(shown: str, name: str) -> str:
    return next(line for line in shown.splitlines() if line.startswith(name))


def test_a_token_is_rotated_with_an_overlap(ready: CommandLine) -> None:
    """The new token comes alone on stdout; the list says until when the former works, and that nobody used it yet."""
    first = ready("clients", "create", "shop", "--role", "webshop", "--system", "webshop", "--expires", "90d")
    rotated = ready("clients", "rotate", "shop", "--overlap", "7d", "--expires", "never")
    assert rotated.code == 0
    assert rotated.out.startswith("seloste_")
    assert rotated.out != first.out
    assert rotated.out.strip() not in rotated.err
    until = datetime.now(UTC) + timedelta(days=7)
    assert f"until {until:%Y-%m-%d}" in row_of(ready("clients", "list").out, "shop")
    assert "used never" in row_of(ready("clients", "list").out, "shop")
    ready("clients", "rotate", "shop", "--overlap", "0")
    assert "until" not in row_of(ready("clients", "list").out, "shop")


def test_the_list_says_which_tokens_end_soon(ready: CommandLine) -> None:
    """Within 14 days the days that are left stand beside the end."""
    for name, days in (("near", "13d"), ("far", "15d")):
        ready("clients", "create", name, "--role", "mailer", "--expires", days)
    shown = ready("clients", "list").out
    assert "(in 12 days)" in row_of(shown, "near")
    assert "(in" not in row_of(shown, "far")
    assert f"{datetime.now(UTC) + timedelta(days=15):%Y-%m-%d}" in row_of(shown, "far")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["rotate", "nobody"], 1),
        (["rotate", "background"], 1),
        (["rotate", "shop"], 1),
        (["rotate", "shop", "--expires", "2020-01-01"], 1),
        (["rotate", "shop", "--overlap", "31d", "--expires", "never"], 1),
        (["rotate", "shop", "--overlap", "soon"], 2),
        (["create", "other", "--role", "mailer", "--expires", "2020-01-01"], 1),
        (["create", "other", "--role", "mailer", "--expires", "someday"], 2),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(ready: CommandLine, line: list[str], code: int) -> None:
    """Nobody of that name, an end that is over or left unsaid, an overlap too long: nothing is printed on stdout."""
    ready("clients", "create", "shop", "--role", "webshop", "--system", "webshop", "--expires", "90d")
    before = row_of(ready("clients", "list").out, "shop")
    ran = ready("clients", *line)
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert row_of(ready("clients", "list").out, "shop") == before


def test_lengths_of_time_are_written_as_people_write_them() -> None:
    """Hours, days, a day of the calendar, never."""
    assert (length_of("24h"), length_of("7d"), length_of("0")) == (timedelta(days=1), timedelta(days=7), timedelta(0))
    assert end_of("90d", NOW) == NOW + timedelta(days=90)
    assert end_of("2027-01-31", NOW) == datetime(2027, 1, 31, tzinfo=UTC)
    assert end_of("never", NOW) is None


def test_a_running_service_notes_what_was_used(
    nursery: Nursery, ready: CommandLine, environment: dict[str, str], tmp_path: Path
) -> None:
    """A token used over HTTP has its last use in the list once the service has stopped, at the latest."""
    token = ready("clients", "create", "shop", "--role", "webshop", "--system", "webshop").out.strip()
    ready("clients", "create", "ending", "--role", "mailer", "--expires", "3d")
    assert row_of(ready("clients", "list").out, "shop").split()[5] == "-"
    with process("serve", settings=environment, folder=tmp_path / "serve", nursery=nursery) as started:
        assert started.call(token, "GET", "/v1/register")[0] == 200
        assert started.stop() == 0
    assert f"{datetime.now(UTC):%Y-%m-%d}" in row_of(ready("clients", "list").out, "shop").split()[5]
    assert "tokens run out within 14 days" in started.err
    assert "ending" not in started.err
