"""`seloste report`: the quarter on stdout and as a PDF, and the authority's file."""

import zipfile
from pathlib import Path

from tests.cli.running import CommandLine
from tests.cli.test_cli_register import LUMICOS


def test_reports_are_written(seloste: CommandLine, tmp_path: Path) -> None:
    """Of an empty register as well; a quarter to come is refused with a line."""
    seloste("migrate")
    assert seloste("register", "apply", LUMICOS).code == 0
    ran = seloste("report", "quarter")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "part,of,detail,measure,value")
    pdf, archive = tmp_path / "quarter.pdf", tmp_path / "authority.zip"
    assert seloste("report", "quarter", "--pdf", pdf, "--language", "sv").code == 0
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert seloste("report", "authority-file", archive).code == 0
    with zipfile.ZipFile(archive) as made:
        assert "index.json" in made.namelist()
    ahead = seloste("report", "quarter", "--year", "2199")
    assert (ahead.code, ahead.err) == (1, "seloste: The quarter has not begun yet\n")
