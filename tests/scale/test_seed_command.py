"""`seloste seed` as an operator runs it."""

from pathlib import Path

import pytest

from tests.cli.running import CommandLine
from tests.worlds import Template


def test_it_fills_an_empty_register_once(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second time it is refused in one line, with a way out."""
    monkeypatch.setenv("DATABASE_URL", template.fresh(tmp_path))
    monkeypatch.setenv("SELOSTE_SECRET_FILE", str(template.secret_file))
    monkeypatch.setattr("app.logs.configure", lambda _level: None)
    seloste = CommandLine(capsys)
    first = seloste("seed", "--customers", 12)
    again = seloste("seed", "--customers", 12)
    nobody = seloste("seed", "--customers", 0)

    assert (first.code, again.code, nobody.code) == (0, 1, 2), first.err
    assert first.out.startswith("seeded 12 customers (seed 1) in ")
    assert again.err == (
        "seloste: the register holds customers already: seed fills an empty one (DATABASE_URL names it)\n"
    )
