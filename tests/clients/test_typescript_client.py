"""TypeScript types of the published document, and a webshop that is written against them."""

from pathlib import Path

from app.openapi import PUBLISHED
from tests.clients.node import run


def test_a_webshop_in_typescript_compiles(tmp_path: Path) -> None:
    """As strictly as the compiler can: what the document says of paths, bodies and problems fits, and no more does."""
    told = run("build-client.mjs", PUBLISHED, tmp_path, Path(__file__).with_name("webshop.ts"))
    assert told == {"faults": [], "files": 1}
    assert "register_customer" in (tmp_path / "seloste.ts").read_text("utf-8")
