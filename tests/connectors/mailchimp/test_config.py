"""What a Mailchimp account's configuration refuses, and the host that follows from its key."""

from typing import Any

import httpx
import pytest

from app.connectors.configuration import Connectors
from app.connectors.mailchimp import Mailchimp
from app.connectors.outside import Outside

NEWS, KEY = "a6b5da1054", "0123456789abcdef-us1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_key": {"env": "MAILCHIMP_BAD"}, "base_url": None},
        {"base_url": "http://mailchimp.example.com/3.0"},
        {"at_once": 6},
        {"audiences": {NEWS: {"purposes": ["newsletter"], "export": "marketing"}}},
        {"fired_at_zone": "Europe/Nowhere"},
    ],
)
def test_a_configuration_that_would_not_do_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]) -> None:
    """A data centre is checked before it becomes part of a host name (SSRF); the key goes nowhere in the clear."""
    monkeypatch.setenv("MAILCHIMP_KEY", KEY)
    monkeypatch.setenv("MAILCHIMP_BAD", "key-us1.evil.example")
    document = {"kind": "mailchimp", "api_key": {"env": "MAILCHIMP_KEY"}, **wrong}
    with pytest.raises(ValueError, match=r"mailchimp|kind|at_once|zone|data centre|https|export"):
        Connectors.model_validate({"connectors": {"mailchimp": document}})


def test_the_host_follows_from_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILCHIMP_KEY", KEY)
    one = Connectors.model_validate({"connectors": {"m": {"kind": "mailchimp", "api_key": {"env": "MAILCHIMP_KEY"}}}})
    made = one.connect(Outside(httpx.AsyncClient()))["m"]
    assert isinstance(made, Mailchimp)
    assert made.api.link.base_url == "https://us1.api.mailchimp.com/3.0"
    assert KEY not in repr(one)
