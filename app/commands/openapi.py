"""`seloste openapi`: the published description of the API, written from the routes."""

import asyncio
import difflib
import tempfile
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from fastapi import FastAPI

from app.commands import console
from app.commands.console import Refused
from app.main import create_app
from app.openapi import PUBLISHED, rendered
from app.settings import Settings

app = typer.Typer()

HINT_LINES = 12


@app.command()
def openapi(
    check: Annotated[bool, typer.Option("--check", help="Compare only; code 1 when the file is not current.")] = False,
) -> None:
    """Write openapi/openapi.json from the routes."""
    document = _document()
    if check:
        _compare(document)
        console.say(f"{PUBLISHED.name} is current")
        return
    PUBLISHED.parent.mkdir(exist_ok=True)
    PUBLISHED.write_text(document, encoding="utf-8")
    console.say(f"wrote openapi/{PUBLISHED.name}")


def _document() -> str:
    """The document of a service that is built and never started."""
    with tempfile.TemporaryDirectory() as folder:
        built = create_app(
            Settings(
                database_url=f"sqlite:///{folder}/openapi.db",
                secret_file=Path(folder, "secret"),
                background=False,
                bootstrap_admin_token=None,
            )
        )
        try:
            return rendered(built)
        finally:
            asyncio.run(_close(built))


async def _close(built: FastAPI) -> None:
    await built.state.services.db.close()


def _compare(document: str) -> None:
    published = PUBLISHED.read_text(encoding="utf-8") if PUBLISHED.exists() else ""
    if published == document:
        return
    both = published.splitlines(), document.splitlines()
    for line in islice(difflib.unified_diff(*both, "published", "routes", n=0, lineterm=""), HINT_LINES):
        console.tell(line)
    raise Refused(f"{PUBLISHED.name} is not current: run make openapi")
