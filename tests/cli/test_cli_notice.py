"""`seloste notice`: findings and the exit code by which a build fails, publishing, printing."""

from pathlib import Path

from tests.cli.running import CommandLine
from tests.cli.test_cli_register import LUMICOS


def test_check_fails_on_what_is_grave(seloste: CommandLine, tmp_path: Path) -> None:
    """Lumicos as it is: code 1, findings with numbers and remedy; a text from elsewhere too; and the notice as text."""
    seloste("migrate")
    assert seloste("register", "apply", LUMICOS).code == 0
    assert seloste("notice", "publish").out == "says nothing new\n"
    ran = seloste("notice", "check")
    assert ran.code == 1
    assert "high   accounting_overstated [F50 N6]" in ran.out
    assert "Write 'profile: by_class' under retention.accounting." in ran.out
    assert "of them grave" in ran.err
    assert "published_defect" not in ran.out
    published = tmp_path / "published.txt"
    published.write_text("Luovumme tietoja. Y-tunnus 0000000-0. Päivitetty 1.1.2026.", encoding="utf-8")
    out = seloste("notice", "check", "--text", published).out
    seen = [number for number in ("N1", "N2", "N13", "N25", "N26", "N40") if f"published_defect [{number}]" in out]
    assert seen == ["N2", "N13", "N40"]
    assert "Dataskyddsbeskrivning för Lumicos Oy:s kundregister" in seloste("notice", "show", "--language", "sv").out
    assert seloste("notice", "show", "--language", "de").err == "seloste: the notice is given in: fi, sv, en\n"
