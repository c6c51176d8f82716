"""What tests run by Node: the packages of tests/node, where `make node-tools` has installed them."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "node"


def run(script: str, *args: object) -> Any:
    """The JSON that the script prints; the test is skipped, with the reason, where it cannot run."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this machine")
    if not (FOLDER / "node_modules").is_dir():
        pytest.skip("the packages of tests/node are not installed: make node-tools")
    ran = subprocess.run(
        [node, FOLDER / script, *map(str, args)], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(ran.stdout)
