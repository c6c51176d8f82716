"""What of a failure reaches the logs."""

import pytest

from app import logs


def refuse() -> None:
    cause = KeyError("aino@example.fi")
    raise ValueError("the row (aino@example.fi, 040 000 0001) was refused") from cause


def failure() -> ValueError:
    try:
        refuse()
    except ValueError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize("given", ["exception", "tuple"])
def test_an_exception_is_its_type_and_places(given: str) -> None:
    """Messages quote what callers sent, so they are left out; type, cause and place are enough to find the fault."""
    error = failure()
    info = error if given == "exception" else (type(error), error, error.__traceback__)
    told = logs.without_values(None, "error", {"event": "failed", "exc_info": info})
    assert told["error"] == "ValueError from KeyError"
    assert told["where"][-1].endswith(" refuse")
    assert "exc_info" not in told
    assert "aino" not in str(told)


def test_the_exception_being_handled_is_found() -> None:
    """`exc_info=True` means the exception that is being handled."""
    try:
        raise failure()
    except ValueError:
        told = logs.without_values(None, "error", {"event": "failed", "exc_info": True})
    assert told["error"] == "ValueError from KeyError"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("one line", "one line"),
        ("the first\nDETAIL: Key (email)=(aino@example.fi) exists", "the first"),
        (
            "Traceback (most recent call last):\n  File x\nlib.E: aino@example.fi",
            "failed with lib.E",
        ),
        ("", ""),
    ],
)
def test_libraries_keep_their_first_line(said: str, kept: str) -> None:
    """What follows the first line is details, which databases fill with values."""
    assert logs.without_values(None, "info", {"event": said}) == {"event": kept}


def test_a_level_that_there_is_not_is_refused() -> None:
    """The setting is checked before anything is changed."""
    with pytest.raises(ValueError, match="must be one of DEBUG"):
        logs.configure("LOUD")
