"""How sure we are who asks, for whatever cannot be undone: erasing, handing data out, correcting it (Art. 12(6))."""

from typing import Any

from sqlalchemy import Connection, Row

from app.policy.identification import ACT_OF, Act, Doubt, Level, doubt
from app.policy.vocabulary import Right
from app.subject_requests import repository
from app.subject_requests.errors import IdentityNotEstablished
from app.subject_requests.schemas import DecisionIn


def must_fit(right: Right, sent: DecisionIn) -> None:
    """Raise `IdentityNotEstablished` where a decision would do what the identity is too unsure for."""
    level = Level(sent.identity.level)
    if level is Level.NONE and sent.refusal_ground == "identity_not_established":
        return
    act = None if sent.outcome == "refused" else ACT_OF.get(right)
    _raise(doubt(level, act, reasoned=sent.identity.low_reason is not None))


def must_be_known(connection: Connection, request: Row[Any], act: Act) -> None:
    """Raise `IdentityNotEstablished` unless the standing decision, or a check that was answered, is enough."""
    _raise(_doubt(connection, request, act))


def is_known(decision: Row[Any], act: Act) -> bool:
    """The same of a decision, asked by work in the background, which has nobody to refuse."""
    return _doubt_of(decision, act) is None


def _doubt_of(decision: Row[Any], act: Act) -> Doubt | None:
    # A decision from before reasons were asked for is carried out as it was taken.
    reasoned = decision.identity_low_reason is not None or act is Act.ERASE
    return doubt(Level(decision.identity_level), act, reasoned=reasoned)


def _doubt(connection: Connection, request: Row[Any], act: Act) -> Doubt | None:
    decision = repository.standing_decision(connection, request.id)
    if decision is not None:
        return _doubt_of(decision, act)
    levels = [check.level for check in repository.checks(connection, request.id) if check.level is not None]
    return doubt(Level(levels[-1]) if levels else Level.NONE, act, reasoned=False)


def _raise(found: Doubt | None) -> None:
    if found is not None:
        raise IdentityNotEstablished(found.text)
