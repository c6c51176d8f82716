"""The breach register: the list with the clocks of 72 hours, a new breach, one breach whole (Art. 33, 34)."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from app.auth.roles import Scope
from app.breaches import layout, reporting
from app.breaches.router import Name
from app.breaches.schemas import BreachNew, NoticeLanguage
from app.console.breach_forms import said_of
from app.console.forms import checked
from app.console.rendering import ConsolePage, after, page
from app.console.visiting import Visit, visiting
from app.console.words import LANGUAGES
from app.letters import rendering
from app.pagination import window
from app.policy.breach_facts import BreachNature, Likelihood, Risk, Severity, TellingException

router = APIRouter(prefix="/console/breaches", route_class=ConsolePage, include_in_schema=False)

Reading = Annotated[Visit, visiting(Scope.BREACHES_READ)]
Reporting = Annotated[Visit, visiting(Scope.BREACHES_REPORT)]
PER_PAGE = 50
OPEN: dict[str, bool | None] = {"": True, "closed": False, "all": None}


@router.get("")
async def open_breaches(
    visit: Reading,
    state: Annotated[str, Query(max_length=10)] = "",
    cursor: Annotated[str, Query(max_length=600)] = "",
) -> Response:
    wanted = OPEN.get(state, True)
    place = window(visit.op.keys, f"breaches:{wanted}:None", PER_PAGE, cursor or None)
    found = await visit.op.write(reporting.listed, wanted, None, place)
    onward = found.next and {"state": state, "cursor": found.next}
    return page("breaches.html", visit, visit.words("breaches"), found=found, state=state, next_page=onward)


@router.get("/new")
async def open_new(visit: Reporting, case: Annotated[str, Query(max_length=40)] = "") -> Response:
    """`case`: the request that the breach came from."""
    members = {"case": case, "now": on_the_clock(visit, visit.op.at), **_known(visit)}
    return page("breach_new.html", visit, visit.words("report_breach"), **members)


@router.post("")
async def report(visit: Reporting) -> Response:
    """Whoever may not read the register is told that it has come in."""
    sent: BreachNew = checked(BreachNew, said_of(visit))
    made = await visit.once().create(reporting.report, reporting.reread, sent)
    reads = visit.may(Scope.BREACHES_READ)
    return after(f"/console/breaches/{made.number}" if reads else "/console", "breach_reported")


@router.get("/{breach}")
async def open_breach(breach: Name, visit: Reading) -> Response:
    found = await visit.op.write(reporting.read, breach)
    title = visit.words("breach_title", number=found.number)
    acts = found.state == "open" and visit.may(Scope.BREACHES_WRITE)
    return page(
        "breach.html",
        visit,
        title,
        breach=found,
        acts=acts,
        now=on_the_clock(visit, visit.op.at),
        clock=lambda at: on_the_clock(visit, at),
        likelihoods=list(Likelihood),
        severities=list(Severity),
        risks=list(Risk),
        telling_exceptions=list(TellingException),
        spoken=LANGUAGES,
        **_known(visit),
    )


@router.get("/{breach}/notices/{audience}")
async def open_notice(
    breach: Name,
    audience: Literal["authority", "persons"],
    visit: Reading,
    language: Annotated[NoticeLanguage, Query()] = "fi",
) -> Response:
    """The notice as it is printed."""
    found = await visit.op.write(layout.sheet, breach, audience, language)
    made = rendering.html_of(found.document, found.version)
    return HTMLResponse(made, headers={"Content-Security-Policy": rendering.policy(found.version)})


def _known(visit: Visit) -> dict[str, object]:
    """What a breach may be about, as the definition names it."""
    definition, language = visit.op.definition, visit.words.language
    return {
        "natures": list(BreachNature),
        "categories": [(one.code, one.label.text(language)) for one in definition.categories],
        "processors": [(one.code, one.name) for one in definition.recipients],
    }


def on_the_clock(visit: Visit, at: datetime | None) -> str:
    """An instant as a form shows it, on the controller's clock."""
    return "" if at is None else at.astimezone(visit.op.definition.zone).strftime("%Y-%m-%dT%H:%M")
