"""What is done about a breach: add, assess, notify the authority, write for people, close, reopen (Art. 33, 34)."""

from typing import Annotated

from fastapi import APIRouter, Response

from app.auth.roles import Scope
from app.breaches import assessing, closing, notifying, reporting
from app.breaches.router import Name
from app.breaches.schemas import BreachPatch, ClosingIn, CommunicationIn, NotificationIn, ReopeningIn, RiskIn
from app.console.breach_forms import changes, content, risk, said_of
from app.console.forms import checked, filled, moment
from app.console.rendering import ConsolePage, after
from app.console.visiting import Visit, visiting
from app.pages.reading import text

router = APIRouter(prefix="/console/breaches/{breach}", route_class=ConsolePage, include_in_schema=False)

Writing = Annotated[Visit, visiting(Scope.BREACHES_WRITE)]


def done(breach: str, what: str) -> Response:
    """Back to the breach."""
    return after(f"/console/breaches/{breach}", what)


@router.post("/changes")
async def change(breach: Name, visit: Writing) -> Response:
    """Only what was changed is sent on; the form carries the version that was read."""
    stands = await visit.op.write(reporting.read, breach)
    said = changes(visit, stands, said_of(visit) | filled(visit.form, "person_in_charge"))
    sent: BreachPatch = checked(BreachPatch, said)
    await visit.op.write(reporting.patch, breach, sent, f'"{text(visit.form, "version")}"')
    return done(breach, "breach_changed")


@router.post("/assessments")
async def assess(breach: Name, visit: Writing) -> Response:
    sent: RiskIn = checked(RiskIn, risk(visit))
    await visit.once().create(assessing.assess, reporting.reread, breach, sent)
    return done(breach, "breach_assessed")


@router.post("/notifications")
async def notify(breach: Name, visit: Writing) -> Response:
    said = filled(visit.form, "language", "reference", "later_because", "delay_reasons") | content(visit)
    sent: NotificationIn = checked(NotificationIn, said | moment(visit.form, "sent_at", visit.op.definition.zone))
    await visit.once().create(notifying.notify, reporting.reread, breach, sent)
    return done(breach, "authority_notified")


@router.post("/communications")
async def communicate(breach: Name, visit: Writing) -> Response:
    sent: CommunicationIn = checked(CommunicationIn, filled(visit.form, "language", "advice") | content(visit))
    await visit.once().create(notifying.communicate, reporting.reread, breach, sent)
    return done(breach, "communication_written")


@router.post("/closing")
async def close(breach: Name, visit: Writing) -> Response:
    sent: ClosingIn = checked(ClosingIn, filled(visit.form, "lessons"))
    await visit.op.write(closing.close, breach, sent)
    return done(breach, "breach_closed")


@router.post("/reopening")
async def reopen(breach: Name, visit: Writing) -> Response:
    sent: ReopeningIn = checked(ReopeningIn, filled(visit.form, "reason"))
    await visit.op.write(closing.reopen, breach, sent)
    return done(breach, "breach_reopened")
