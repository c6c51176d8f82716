"""The configurations that the pages of docs/ show are ones that the service takes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.connectors.configuration import Connectors

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAMED = re.compile(r"env: (\w+)")


def _shown() -> Iterator[Any]:
    """Every block about recipients."""
    for page in ("connectors.md", "mycashflow.md"):
        for block in re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL):
            document = yaml.safe_load(block)
            if isinstance(document, dict) and not document.keys() <= {"stops"}:
                yield pytest.param(document, id=f"{page} {next(iter(document.get('connectors', document)))}")


@pytest.mark.parametrize("document", list(_shown()))
def test_what_is_shown_is_taken(document: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands, with its secrets in the environment."""
    for name in NAMED.findall(str(document).replace("'", "")):
        monkeypatch.setenv(name, "a-secret-of-at-least-24-characters")
    taken = Connectors.model_validate(document if "connectors" in document else {"connectors": document})
    assert taken.connectors
