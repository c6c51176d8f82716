"""PDFs from Typst templates: no system package, fonts from the wheel, the same bytes for the same content.

Content reaches a template as data (`json(bytes(sys.inputs.content))`), never as markup, so that nothing a person
has written can become a command of the template.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typst

if TYPE_CHECKING:
    from typst import PDFStandard

ACCESSIBLE: "PDFStandard" = "ua-1"
"""PDF/UA-1 (ISO 14289-1): tagged, with a title and a language, for screen readers."""


def pdf_of(template: bytes, content: Mapping[str, Any], made_at: datetime) -> bytes:
    """A PDF/UA-1 document; `content` is JSON, `made_at` its date. Raises `typst.TypstError` for a bad template.

    Takes some 40 ms of a processor and does not give way: call it through `asyncio.to_thread`.
    """
    made = typst.compile(
        template,
        pdf_standards=ACCESSIBLE,
        timestamp=made_at.replace(microsecond=0),  # a PDF knows seconds, and Typst refuses what is finer
        ignore_system_fonts=True,
        sys_inputs=_inputs(content),
    )
    assert isinstance(made, bytes)  # noqa: S101 (one document of all pages)
    return made


def pictures_of(template: bytes, content: Mapping[str, Any], dots_per_inch: float = 72) -> list[bytes]:
    """The same pages as PNG pictures, one each, to look at."""
    made: object = typst.compile(
        template, format="png", ppi=dots_per_inch, ignore_system_fonts=True, sys_inputs=_inputs(content)
    )
    return [page for page in (made if isinstance(made, list) else [made]) if isinstance(page, bytes)]


def _inputs(content: Mapping[str, Any]) -> dict[str, str]:
    return {"content": json.dumps(content, ensure_ascii=False)}
