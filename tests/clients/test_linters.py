"""The published document before the linters that callers know; test_openapi.py checks what it can without Node."""

from app.openapi import PUBLISHED
from tests.clients.node import run


def test_the_recommended_rules_of_spectral_and_redocly_hold() -> None:
    """All of them, save what openapi/spectral.yaml and openapi/redocly.yaml give a reason for."""
    assert run("lint.mjs", PUBLISHED, PUBLISHED.parent) == {"spectral": [], "redocly": []}
