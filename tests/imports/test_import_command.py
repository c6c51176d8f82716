"""`seloste import …` as an operator runs it: options, one-line errors, exit codes, the printed summary."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.imports.files import HEADING, ORDER_HEADING, member, write
from tests.worlds import World


def run(world: World, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command on the world's database."""
    environment = {
        "DATABASE_URL": world.url, "SELOSTE_SECRET_FILE": str(world.template.secret_file), "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PYTHONIOENCODING": "utf-8",
    }  # fmt: skip
    command = [sys.executable, "-c", "from app.cli import main; main()", "import", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)


MAILCHIMP = ("--wording", "newsletter", "--wording-version", "1", "--time-zone", "Europe/Helsinki")


@pytest.mark.anyio
async def test_the_command_prints_counts_and_writes_the_report(world: World, tmp_path: Path) -> None:
    """What was taken and refused, and a report of numbers and codes; again: known; never a value of a person."""
    file, report = write(tmp_path, HEADING, member("aino@example.fi"), 'eino@example.fi,"half'), tmp_path / "report.csv"
    first = run(world, "mailchimp", str(file), *MAILCHIMP, "--report", str(report))
    again = run(world, "mailchimp", str(file), *MAILCHIMP)
    sold = write(tmp_path, ORDER_HEADING, "1;3.5.2024;7;Aino;Esimerkki;aino@example.fi;Hoito;1;10,00;24", name="o.csv")
    orders = run(world, "orders", str(sold), "--system", "webshop")

    assert (first.returncode, again.returncode, orders.returncode) == (0, 0, 0), first.stderr + orders.stderr
    assert "1  taken: as the row says" in first.stdout
    assert "refused: half a line" in first.stdout
    assert "1  known" in again.stdout
    assert report.read_text("utf-8").splitlines()[1:] == ["1,1,2,taken,", "2,1,3,refused,open_quote"]
    assert not any(
        "example.fi" in text for text in (first.stdout, first.stderr, orders.stdout, report.read_text("utf-8"))
    )


@pytest.mark.anyio
async def test_what_cannot_be_imported_is_one_line_and_code_1(world: World, tmp_path: Path) -> None:
    """No CSV, no such file, an unknown wording, a zone that is none, a mapping that is none."""
    binary = tmp_path / "picture.csv"
    binary.write_bytes(b"\x89PNG\0\0")
    good = write(tmp_path, HEADING, member("a@example.fi"))
    for arguments in (
        ("mailchimp", str(binary), *MAILCHIMP),
        ("mailchimp", str(tmp_path / "none.csv"), *MAILCHIMP),
        ("mailchimp", str(good), *MAILCHIMP[:-1], "Europe/Nowhere"),
        ("mailchimp", str(good), "--wording", "other", *MAILCHIMP[2:]),
        ("orders", str(good), "--system", "webshop"),
        ("orders", str(good), "--system", "webshop", "--column", "price"),
    ):
        done = run(world, *arguments)
        assert done.returncode == 1, arguments
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        assert "Traceback" not in done.stderr
    assert await world.rows("SELECT * FROM customers") == []
