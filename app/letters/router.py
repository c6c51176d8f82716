"""Read a letter as it was issued; pages and documents, which join the person's name, are in subject_requests."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.auth.roles import Scope
from app.errors import problems
from app.letters import service
from app.letters.errors import LetterNotFound
from app.letters.schemas import LetterOut
from app.register.deps import allowed
from app.register.operation import Operation

router = APIRouter(prefix="/v1/letters", tags=["letters"])

Number = Annotated[str, Path(max_length=20, pattern=r"^[A-Z]-[0-9]{4}-[0-9]{6,}$", examples=["K-2026-000001"])]


@router.get(
    "/{letter}",
    operation_id="read_letter",
    summary="One letter as it was issued, without name and address",
    responses=problems(LetterNotFound),
)
async def read_letter(letter: Number, op: Annotated[Operation, allowed(Scope.REQUESTS_READ)]) -> LetterOut:
    """By number: facts and words as they were on the day of issue."""
    return await op.write(service.read_letter, letter)
