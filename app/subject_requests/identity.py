"""How sure we are who asks, for whatever cannot be undone: erasing, handing data out, correcting it (Art. 12(6))."""

from typing import Any

from sqlalchemy import Connection, Row

from app.policy.identification import ACT_OF, Act, Doubt, Level, doubt
from app.policy.requests import State
from app.policy.vocabulary import Right
from app.subject_requests import repository
from app.subject_requests.errors import IdentityNotEstablished
from app.subject_requests.repository_inactivity import OWN_INITIATIVE
from app.subject_requests.schemas import DecisionIn

KNOWN = "identity_known"
"""The entry of the timeline that says how sure it is who asks."""


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


def is_known(connection: Connection, request: Row[Any], act: Act) -> bool:
    """The same, asked by what has errors of its own to raise, or nobody to refuse."""
    return _doubt(connection, request, act) is None


def is_known_by(request: Row[Any], decision: Row[Any], act: Act) -> bool:
    """The same of a decision that has been read already."""
    return request.channel == OWN_INITIATIVE or _doubt_of(decision, act) is None


def _doubt(connection: Connection, request: Row[Any], act: Act) -> Doubt | None:
    if request.channel == OWN_INITIATIVE:
        return None  # nobody asks: the controller keeps its own promise
    decision = repository.standing_decision(connection, request.id)
    return doubt(_level(connection, request), act, reasoned=False) if decision is None else _doubt_of(decision, act)


def _doubt_of(decision: Row[Any], act: Act) -> Doubt | None:
    # A decision from before reasons were asked for is carried out as it was taken.
    reasoned = decision.identity_low_reason is not None or act is Act.ERASE
    return doubt(Level(decision.identity_level), act, reasoned=reasoned)


def _level(connection: Connection, request: Row[Any]) -> Level:
    """How sure it is before a decision: the newest statement counts; a new doubt, or another person, ends it."""
    if State(request.state) is State.IDENTITY_PENDING:
        return Level.NONE
    level = Level.NONE
    for event in repository.events(connection, request.id):
        if event.kind == KNOWN:
            level = Level((event.details or {}).get("level", Level.NONE))
        elif event.kind == "relinked":
            level = Level.NONE
    return level


def _raise(found: Doubt | None) -> None:
    if found is not None:
        raise IdentityNotEstablished(found.text)
