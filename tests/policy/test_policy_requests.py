"""The life of a request: which state may follow which."""

import pytest

from app.policy.requests import IMMEDIATE_RIGHTS, State, may_move, transitions
from app.policy.vocabulary import Right

ALLOWED = {
    (State.RECEIVED, State.IDENTITY_PENDING),
    (State.RECEIVED, State.IN_REVIEW),
    (State.RECEIVED, State.WITHDRAWN),
    (State.IDENTITY_PENDING, State.IN_REVIEW),
    (State.IDENTITY_PENDING, State.WITHDRAWN),
    (State.IN_REVIEW, State.IDENTITY_PENDING),
    (State.IN_REVIEW, State.PROPOSED),
    (State.IN_REVIEW, State.DECIDED),
    (State.IN_REVIEW, State.WITHDRAWN),
    (State.PROPOSED, State.IN_REVIEW),
    (State.PROPOSED, State.DECIDED),
    (State.PROPOSED, State.WITHDRAWN),
    (State.DECIDED, State.IN_REVIEW),
    (State.DECIDED, State.EXECUTING),
    (State.DECIDED, State.WITHDRAWN),
    (State.EXECUTING, State.COMPLETED),
}


@pytest.mark.parametrize("from_state", State)
@pytest.mark.parametrize("to_state", State)
def test_only_the_listed_moves_are_possible(from_state: State, to_state: State) -> None:
    """Nothing is executed without a decision, and nothing leaves a final state."""
    assert may_move(from_state, to_state) is ((from_state, to_state) in ALLOWED)


@pytest.mark.parametrize("right", Right)
def test_only_a_ban_or_a_withdrawal_takes_effect_on_receipt(right: Right) -> None:
    """Articles 21(3) and 7(3): nobody has to decide them first; every other right is decided by a human."""
    immediate = right in (Right.MARKETING_BAN, Right.CONSENT_WITHDRAWAL)
    assert may_move(State.RECEIVED, State.EXECUTING, right) is immediate
    assert (right in IMMEDIATE_RIGHTS) is immediate
    assert not may_move(State.IN_REVIEW, State.EXECUTING, right)
    assert may_move(State.EXECUTING, State.WITHDRAWN, right) is immediate


def test_every_state_is_reached_and_every_request_can_end() -> None:
    """No request is dropped silently: from each state that is not final there is a way to an end."""
    ends = {State.COMPLETED, State.WITHDRAWN}
    for start in State:
        reached, new = {start}, {start}
        while new := set().union(*map(transitions, new)) - reached:
            reached |= new
        assert reached & ends
        if start is State.RECEIVED:
            assert reached == set(State)
