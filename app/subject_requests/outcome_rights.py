"""What the letter tells of rights other than erasure: what was corrected, restricted, weighed (Arts. 16, 18, 21)."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row

from app.customers import repository_rights
from app.letters.facts import ObjectionOutcome, RectificationOutcome, RestrictionSet
from app.policy.vocabulary import RestrictionGround
from app.register.operation import Operation
from app.subject_requests import repository_rights as balancing
from app.subject_requests.restricting import began, standing


def rectified(
    connection: Connection, request: Row[Any], decision: Row[Any], recipients: tuple[str, ...]
) -> RectificationOutcome:
    """Which values were corrected and which were not; never the values."""
    rows = repository_rights.contested(connection, request.id)
    return RectificationOutcome(
        received_on=request.received_on,
        corrected=tuple(one.about for one in rows if one.state in {"changed", "supplemented"}),
        unchanged=tuple(one.about for one in rows if one.state == "noted"),
        reasons=(decision.reasoning,),
        recipients=recipients,
    )


def restricted(connection: Connection, op: Operation, request: Row[Any], decision: Row[Any]) -> RestrictionSet:
    """Since when, and on which grounds, the person's data are restricted."""
    found = standing(connection, request)
    return RestrictionSet(
        since_on=began(op, found),
        grounds=tuple(RestrictionGround(one.ground) for one in found),
        reasons=(decision.reasoning,),
    )


def weighed(connection: Connection, request: Row[Any], decision: Row[Any]) -> Iterator[ObjectionOutcome]:
    """How the objection came out: what was upheld, then what was not, each with its reasons."""
    objections = repository_rights.objections_of(connection, request.id)
    tests = balancing.tests_of(connection, request.id, decision.id)
    for state in ("upheld", "rejected"):
        purposes = tuple(one.purpose for one in objections if one.state == state)
        if purposes:
            reasons = tuple(text for test in tests if test.purpose in purposes for text in _demonstrated(test))
            yield _weighed(request, decision, purposes, reasons, upheld=state == "upheld")
    if not objections:  # nothing of what was named can be objected to
        yield _weighed(request, decision, tuple(request.purposes or ()), (), upheld=False)


def _demonstrated(test: Row[Any]) -> Iterator[str]:
    yield from (text for text in (test.compelling_grounds, test.legal_claims) if text)


def _weighed(
    request: Row[Any], decision: Row[Any], purposes: tuple[str, ...], reasons: tuple[str, ...], *, upheld: bool
) -> ObjectionOutcome:
    told = (decision.reasoning, *reasons)
    return ObjectionOutcome(received_on=request.received_on, upheld=upheld, purposes=purposes, reasons=told)
