"""The two definitions that the register tests read, and ways to spoil them."""

from functools import cache
from pathlib import Path

import pytest

from app.register.definition import Definition
from app.register.loading import DefinitionInvalid, Problem, bundled, load

IRISH = Path(__file__).with_name("irish_shop.yaml").read_text("utf-8")
NOTICE = Path(__file__).parents[3] / "shared" / "notice" / "lumicos-tietosuojaseloste-fi.txt"


@cache
def lumicos() -> Definition:
    """The bundled definition, parsed once."""
    return load(bundled())


@cache
def irish_shop() -> Definition:
    """The Irish definition, parsed once."""
    return load(IRISH)


def notice() -> str:
    """The published notice; the calling test is skipped where the text is not beside the repository."""
    if not NOTICE.is_file():
        pytest.skip("the published notice is not beside the repository")
    return NOTICE.read_text("utf-8")


def edited(*changes: tuple[str, str]) -> str:
    """The Irish document with each first text replaced by the second; each must occur exactly once."""
    document = IRISH
    for old, new in changes:
        assert document.count(old) == 1, old
        document = document.replace(old, new)
    return document


def problems(document: str | bytes) -> tuple[Problem, ...]:
    """What `load` finds wrong."""
    with pytest.raises(DefinitionInvalid) as caught:
        load(document)
    return caught.value.problems


def only_problem(document: str | bytes) -> Problem:
    """The one thing that `load` finds wrong."""
    found = problems(document)
    assert len(found) == 1, found
    return found[0]
