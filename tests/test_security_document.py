"""SECURITY.md answers every risk, and each answer names a test that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = re.findall(
    r"^\| ((?:API)?\d[\w. ]*?) \| (.+?) \| (.+?) \|$", (ROOT / "SECURITY.md").read_text("utf-8"), re.MULTILINE
)
CHAPTERS = {"2", "3", "4", "5", "7", "8", "9", "12", "13", "14"}
"""Of ASVS 4.0.3, those that concern a service with an API."""


def test_every_risk_and_chapter_is_answered() -> None:
    """All ten API risks, and every chapter of the ASVS that concerns us."""
    named = [name for name, _, _ in ROWS]
    assert {name.split()[0] for name in named if name.startswith("API")} == {f"API{n}" for n in range(1, 11)}
    assert {name.split(".")[0] for name in named if not name.startswith("API")} >= CHAPTERS
    assert len(ROWS) == len(set(named)) > 60
    assert all(re.fullmatch(r"(API\d+( .+)?|\d+\.\d+\.\d+)", name) for name in named)


def test_every_named_test_exists() -> None:
    """An answer without a test says that it is not met or left to others."""
    for name, answer, test in ROWS:
        if test == "none":
            assert answer.startswith(("Not met", "Left to you")), name
            continue
        found = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", test)
        assert found is not None, name
        source = (ROOT / found[1]).read_text("utf-8")
        assert re.search(rf"^(?:async )?def {found[2]}\(", source, re.MULTILINE), test
