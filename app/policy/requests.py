"""The life of a subject request: which state may follow which (Articles 12(3) and 12(6))."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from app.policy.vocabulary import Right


class State(StrEnum):
    """Where a request stands. `proposed`: a second person must confirm. `completed` and `withdrawn` are final."""

    RECEIVED = "received"
    IDENTITY_PENDING = "identity_pending"
    IN_REVIEW = "in_review"
    PROPOSED = "proposed"
    DECIDED = "decided"
    EXECUTING = "executing"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


IMMEDIATE_RIGHTS: frozenset[Right] = frozenset({Right.MARKETING_BAN, Right.CONSENT_WITHDRAWAL})
"""Articles 21(3) and 7(3): they take effect on receipt, so nobody has to decide them first."""

_NEXT: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.RECEIVED: frozenset({State.IDENTITY_PENDING, State.IN_REVIEW, State.WITHDRAWN}),
        State.IDENTITY_PENDING: frozenset({State.IN_REVIEW, State.WITHDRAWN}),
        State.IN_REVIEW: frozenset({State.IDENTITY_PENDING, State.PROPOSED, State.DECIDED, State.WITHDRAWN}),
        State.PROPOSED: frozenset({State.IN_REVIEW, State.DECIDED, State.WITHDRAWN}),
        State.DECIDED: frozenset({State.IN_REVIEW, State.EXECUTING, State.WITHDRAWN}),
        State.EXECUTING: frozenset({State.COMPLETED}),
        State.COMPLETED: frozenset(),
        State.WITHDRAWN: frozenset(),
    }
)


def transitions(state: State, right: Right | None = None) -> frozenset[State]:
    """The states that may follow `state`; a ban or a withdrawal may go from receipt straight to execution.

    One that was opened by mistake has been in force since, and is undone and withdrawn from there.
    """
    if state is State.RECEIVED and right in IMMEDIATE_RIGHTS:
        return _NEXT[state] | {State.EXECUTING}
    if state is State.EXECUTING and right in IMMEDIATE_RIGHTS:
        return _NEXT[state] | {State.WITHDRAWN}
    return _NEXT[state]


def may_move(from_state: State, to_state: State, right: Right | None = None) -> bool:
    """Whether a request in `from_state` may become `to_state` next."""
    return to_state in transitions(from_state, right)
