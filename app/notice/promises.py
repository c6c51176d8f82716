"""Statements of the published notice that bind only while they are true: F3, F74, F87 and F91."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from app.notice.facts import Party, Practice, Reached
from app.policy.transfers import is_eea
from app.processors.promises import PROMISES
from app.processors.promises import Promise as Stated

AGREEMENT = frozenset({"agreement_missing", "agreement_incomplete", "agreement_review_due"})


class Promise(StrEnum):
    """A statement that the linter must find true before it is printed."""

    COMPLETE = "F3"
    VERIFIED = "F74"
    CONTRACTED = "F87"
    PROTECTED = "F91"


def unkept(practice: Practice) -> Mapping[Promise, tuple[str, ...]]:
    """Each promise about recipients that is not true today, with who stands against it; as `GET /v1/promises` says.

    F3 is not among them: it is true while the linter finds nothing grave, which it knows best itself.
    """
    found = {Promise(one.fact): tuple(_against(one, practice)) for one in PROMISES}
    return {promise: reasons for promise, reasons in found.items() if reasons}


def _against(promise: Stated, practice: Practice) -> Iterator[str]:
    for party in practice.named:
        matters = party.matters if promise.broken_by is None else party.matters & promise.broken_by
        if matters:
            yield f"{party.code}: {', '.join(sorted(matters))}"


def abroad(party: Party) -> Iterator[Reached]:
    """The flows of a recipient outside the EEA."""
    return (flow for flow in party.reached if not is_eea(flow.country))
