"""`seloste import …` as an operator runs it: options, one-line errors, exit codes, the printed summary."""

from pathlib import Path

import pytest

from tests.cli.running import CommandLine
from tests.imports.files import HEADING, ORDER_HEADING, member, write
from tests.worlds import Template

MAILCHIMP = ("--wording", "newsletter", "--wording-version", "1", "--time-zone", "Europe/Helsinki")


@pytest.fixture
def seloste(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """The command line on a register of each kind."""
    monkeypatch.setenv("DATABASE_URL", template.fresh(tmp_path))
    monkeypatch.setenv("SELOSTE_SECRET_FILE", str(template.secret_file))
    monkeypatch.setenv("SELOSTE_LEDGER", str(tmp_path / "seloste.ledger"))
    monkeypatch.setattr("app.logs.configure", lambda _level: None)
    return CommandLine(capsys)


def test_the_command_prints_counts_and_writes_the_report(seloste: CommandLine, tmp_path: Path) -> None:
    """What was taken and refused, and a report of numbers and codes; again: known; never a value of a person."""
    file, report = write(tmp_path, HEADING, member("aino@example.fi"), 'eino@example.fi,"half'), tmp_path / "report.csv"
    first = seloste("import", "mailchimp", file, *MAILCHIMP, "--report", report)
    again = seloste("import", "mailchimp", file, *MAILCHIMP)
    sold = write(tmp_path, ORDER_HEADING, "1;3.5.2024;7;Aino;Esimerkki;aino@example.fi;Hoito;1;10,00;24", name="o.csv")
    orders = seloste("import", "orders", sold, "--system", "webshop")

    assert (first.code, again.code, orders.code) == (0, 0, 0), first.err + orders.err
    assert "1  taken: as the row says" in first.out
    assert "refused: half a line" in first.out
    assert "1  known" in again.out
    written = report.read_text("utf-8")
    assert written.splitlines()[1:] == ["1,1,2,taken,", "2,1,3,refused,open_quote"]
    assert not any("example.fi" in text for text in (first.out, first.err, orders.out, written))


def test_what_cannot_be_imported_is_one_line_and_code_1(seloste: CommandLine, tmp_path: Path) -> None:
    """No CSV, no such file, an unknown wording, a zone that is none, a mapping that is none."""
    binary = tmp_path / "picture.csv"
    binary.write_bytes(b"\x89PNG\0\0")
    good = write(tmp_path, HEADING, member("a@example.fi"))
    for arguments in (
        ("mailchimp", binary, *MAILCHIMP),
        ("mailchimp", tmp_path / "none.csv", *MAILCHIMP),
        ("mailchimp", good, *MAILCHIMP[:-1], "Europe/Nowhere"),
        ("mailchimp", good, "--wording", "other", *MAILCHIMP[2:]),
        ("orders", good, "--system", "webshop"),
        ("orders", good, "--system", "webshop", "--column", "price"),
    ):
        done = seloste("import", *arguments)
        assert done.code == 1, arguments
        assert len(done.err.strip().splitlines()) == 1, done.err
        assert "Traceback" not in done.err
