"""Read a form, whichever of the two encodings a browser or a mail program chose (RFC 8058 §3.2)."""

from fastapi import Request
from starlette.datastructures import FormData

from app.pages.errors import FormNeeded

ENCODINGS = ("application/x-www-form-urlencoded", "multipart/form-data")
MOST_FIELDS = 100
LARGEST_FIELD = 64 * 1024


async def form_of(request: Request, most: int = MOST_FIELDS) -> FormData:
    """The fields, so many at most; none for an empty body. Files are refused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ENCODINGS:
        if await request.body():
            raise FormNeeded
        return FormData()
    return await request.form(max_files=0, max_fields=most, max_part_size=LARGEST_FIELD)


def text(form: FormData, name: str) -> str:
    """One field, without spaces around it; what is no text counts as empty."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def texts(form: FormData, name: str) -> list[str]:
    """Every value of a field that may be ticked several times."""
    return [value for value in form.getlist(name) if isinstance(value, str) and value]
