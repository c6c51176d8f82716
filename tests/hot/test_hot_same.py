"""The hot paths mean what the steps mean."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.hot import scenarios
from tests.hot.both_ways import Hot, outcome
from tests.hot.scenarios import Scenario
from tests.worlds import Template

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("scenario", scenarios.ALL, ids=lambda scenario: scenario.__name__)
async def test_both_ways_answer_and_leave_the_same(
    app: FastAPI, template: Template, tmp_path: Path, scenario: Scenario
) -> None:
    """Over the hot paths and step by step a scenario gets the same answers and leaves the same rows."""
    with pytest.MonkeyPatch.context() as patched:
        hot = Hot(patched)
        over_hot = await outcome(app, template, tmp_path, scenario)
    with pytest.MonkeyPatch.context() as patched:
        Hot(patched, off=True)
        in_steps = await outcome(app, template, tmp_path, scenario)

    assert over_hot == in_steps
    assert hot.served >= scenarios.ALL[scenario], "the scenario never met the hot path"
