"""Requests: the list with its filters, and one request with its clock, verdicts, letters, recipients and timeline."""

from typing import Annotated, get_args

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from app.access import gate
from app.auth.roles import Scope
from app.console.rendering import ConsolePage, page
from app.console.visiting import Visit, visiting
from app.letters import rendering
from app.letters.router import Number
from app.letters.schemas import LetterRow
from app.pagination import MAX_LIMIT, window
from app.policy.abuse import FactKind
from app.policy.abuse import Finding as Charged
from app.policy.rectification import Finding
from app.policy.representation import Representing
from app.policy.requests import IMMEDIATE_RIGHTS, State
from app.policy.vocabulary import ErasureException, ErasureGround, Right, Unlawfulness
from app.subject_requests import delivering, email_intake, handling, listing
from app.subject_requests.repository_clock import Wanted
from app.subject_requests.router import Name
from app.subject_requests.schemas_out import AssessmentOut, RequestOut
from app.subject_requests.schemas_people import CandidateOut
from app.subject_requests.schemas_rights import RestrictionGroundIn
from app.subject_requests.staff_words import days_left

router = APIRouter(prefix="/console", route_class=ConsolePage, include_in_schema=False)

Reading = Annotated[Visit, visiting(Scope.REQUESTS_READ)]
Picked = Annotated[str, Query(max_length=40)]
Place = Annotated[str, Query(max_length=600)]
UNDECIDED = frozenset({State.RECEIVED, State.IDENTITY_PENDING, State.IN_REVIEW})
ASSESSED = frozenset({Right.ERASURE, Right.OBJECTION})
OUTCOMES = ("as_assessed", "granted", "partly_granted", "refused")
PER_PAGE = 50


@router.get("/requests")
async def open_requests(
    visit: Reading,
    state: Picked = "",
    right: Picked = "",
    person: Annotated[str, Query(max_length=200)] = "",
    overdue: Picked = "",
    cursor: Place = "",
) -> Response:
    wanted = Wanted(
        states=(state,) if state in set(State) else None,
        overdue=True if overdue else None,
        right=right if right in set(Right) else None,
        person=person.strip() or None,
    )
    place = window(visit.op.keys, f"requests:{wanted}", PER_PAGE, cursor or None)
    found = await visit.op.write(listing.listed, wanted, place)
    return page(
        "requests.html",
        visit,
        visit.words("requests"),
        found=found,
        wanted=wanted,
        states=[one.value for one in State],
        rights=[one.value for one in Right],
        next_page=found.next
        and {"state": state, "right": right, "person": person, "overdue": overdue, "cursor": found.next},
    )


@router.get("/requests/{request}")
async def open_request(request: Name, visit: Reading) -> Response:
    found = await visit.op.write(handling.read, request)
    return page(
        "request.html",
        visit,
        visit.words("request_title", case=found.case_number),
        request=found,
        left=days_left(visit.words.language, found.clock.days_left),
        assessment=await _assessment(visit, found),
        letters=await _letters(visit, found),
        can_decide=_can_decide(visit, found),
        candidates=await _candidates(visit, found),
        contested=[one for one in found.matter.rectification if one.state == "contested"],
        objected=[one for one in found.matter.objections if one.state == "pending"],
        restricted=[one for one in found.matter.restrictions if one.lifted_at is None],
        findings=list(Finding),
        outcomes=[one for one in OUTCOMES if one != "as_assessed" or found.right is Right.ERASURE],
        exceptions=[one.value for one in ErasureException],
        State=State,
        undecided=State(found.state) in UNDECIDED,
        today=visit.op.today,
        answers_with_data=found.right in gate.ANSWERED,
        open_fee=any(one.fee is not None and one.fee.outcome is None for one in found.abuse),
        fee_findings=[one for one in Charged if one is not Charged.FURTHER_COPY or found.right is Right.ACCESS],
        fact_kinds=list(FactKind),
        grounds=list(ErasureGround),
        restriction_grounds=get_args(RestrictionGroundIn),
        unlawfulness=list(Unlawfulness),
        representing=list(Representing),
    )


async def _assessment(visit: Visit, found: RequestOut) -> AssessmentOut | None:
    """The dry run while nothing is decided; later the request itself holds the verdicts."""
    if found.right not in ASSESSED or found.customer_id is None or State(found.state) not in UNDECIDED:
        return None
    return await visit.op.write(handling.assess, found.case_number)


async def _candidates(visit: Visit, found: RequestOut) -> list[CandidateOut]:
    """Who may be meant, while nobody is linked; a human picks."""
    if found.customer_id is not None or State(found.state) not in UNDECIDED:
        return []
    place = window(visit.op.keys, "console:candidates", MAX_LIMIT, None)
    return (await visit.op.write(email_intake.candidates, found.case_number, place)).items


async def _letters(visit: Visit, found: RequestOut) -> list[LetterRow]:
    place = window(visit.op.keys, "console:letters", MAX_LIMIT, None)
    return (await visit.op.write(delivering.listed, found.case_number, place)).items


def _can_decide(visit: Visit, found: RequestOut) -> bool:
    open_now = State(found.state) in UNDECIDED and found.right not in IMMEDIATE_RIGHTS
    return visit.may(Scope.REQUESTS_DECIDE) and open_now


@router.get("/letters/{letter}")
async def open_letter(letter: Number, visit: Reading) -> Response:
    """The letter as it is printed, with name and address."""
    found = await visit.op.write(delivering.printable, letter)
    made = rendering.html_of(found.document, found.version)
    return HTMLResponse(made, headers={"Content-Security-Policy": rendering.policy(found.version)})
