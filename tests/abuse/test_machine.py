"""The register against its model, briefly: the same sequences every time; `make fuzz` takes new ones, and longer."""

from pathlib import Path

from fastapi import FastAPI

from tests.abuse.driver import driven
from tests.abuse.machine import explore
from tests.worlds import Template


def test_any_sequence_of_calls_ends_as_the_model_says(app: FastAPI, template: Template, tmp_path: Path) -> None:
    """Upserts, consents in any order, bans, restrictions, erasures, purchases, batches and retries, step by step."""
    with driven(app, template, tmp_path) as driver:
        explore(driver, examples=8, steps=14)
