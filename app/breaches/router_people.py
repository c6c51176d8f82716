"""The people affected by a breach, the words in which they are told, and notices as facts (Art. 34)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from app.auth.errors import PersonNeeded
from app.breaches import notifying, people, reporting
from app.breaches.errors import BreachClosed, BreachInvalid, BreachNotFound, CommunicationRefused, NoCommunication
from app.breaches.router import Name, Reading, Recording, Writing
from app.breaches.schemas import CommunicationIn, NoticeLanguage, PeopleIn, PeopleOutcomeIn
from app.breaches.schemas_out import AffectedOut, BreachOut, NoticeOut
from app.errors import problems
from app.pagination import Cursor, CursorInvalid, Limit, Page, window

router = APIRouter(prefix="/v1/breaches/{breach}", tags=["breaches"])

ToWhom = Annotated[Literal["authority", "persons"], Path()]


@router.post(
    "/people",
    operation_id="list_affected",
    summary="List people affected, up to 1000 at a time",
    responses=problems(BreachNotFound, BreachInvalid, BreachClosed),
)
async def list_affected(breach: Name, sent: PeopleIn, op: Writing) -> BreachOut:
    """All or none; safe to repeat. Erased people are named by subject key, and so are those who are erased later."""
    return await op.write(people.add, breach, sent)


@router.get(
    "/people",
    operation_id="list_breach_people",
    summary="People affected, and who has been told when",
    responses=problems(BreachNotFound, CursorInvalid),
)
async def list_breach_people(breach: Name, op: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[AffectedOut]:
    """Each by subject key, people who are not in the register too, with how and when they were told (Art. 34)."""
    return await op.write(people.listed, breach, window(op.keys, f"breach-people:{breach}", limit, cursor))


@router.post(
    "/people/outcomes",
    operation_id="record_people_told",
    summary="Record that people have been told, or cannot be",
    responses=problems(BreachNotFound, BreachInvalid, BreachClosed, NoCommunication, PersonNeeded),
)
async def record_people_told(breach: Name, sent: PeopleOutcomeIn, op: Writing) -> BreachOut:
    """In which words and when, or why somebody cannot be reached. All or none, and only of people who are listed."""
    return await op.write(people.record_outcome, breach, sent)


@router.post(
    "/communications",
    status_code=201,
    operation_id="write_communication",
    summary="Record the words in which people are told, in one language (Art. 34(2))",
    responses=problems(BreachNotFound, BreachClosed, CommunicationRefused, PersonNeeded),
)
async def write_communication(breach: Name, sent: CommunicationIn, op: Recording) -> BreachOut:
    """The newest words in a language are used from now on; letters that were issued keep theirs."""
    return await op.create(notifying.communicate, reporting.reread, breach, sent)


@router.get(
    "/notices/{audience}",
    operation_id="read_breach_notice",
    summary="A notice as facts in plain words: to the authority or to people",
    responses=problems(BreachNotFound, NoCommunication),
)
async def read_breach_notice(
    breach: Name,
    audience: ToWhom,
    op: Reading,
    language: Annotated[NoticeLanguage, Query()] = "fi",
) -> NoticeOut:
    """Block by block as it would read now: Art. 33(3) to the authority, Art. 34(2) to people."""
    return await op.write(notifying.notice, breach, audience, language)
