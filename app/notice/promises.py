"""Statements of the published notice that bind only while they are true: F3, F74, F87 and F91."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from app.notice.facts import Party, Practice, Reached
from app.policy.transfers import UNKNOWN, is_eea
from app.register.definition import Definition

AGREEMENT = frozenset({"agreement_missing", "agreement_incomplete", "agreement_review_due"})
IDENTITY = frozenset({"legal_name_unconfirmed", "role_unknown", "country_unknown"})


class Promise(StrEnum):
    """A statement that the linter must find true before it is printed."""

    COMPLETE = "F3"
    VERIFIED = "F74"
    CONTRACTED = "F87"
    PROTECTED = "F91"


def unkept(definition: Definition, practice: Practice) -> Mapping[Promise, tuple[str, ...]]:
    """Each promise about recipients that is not true today, with who or what stands against it.

    F3 is not among them: it is true while the linter finds nothing grave, which it knows best itself.
    """
    against = {
        Promise.VERIFIED: _unverified(definition, practice),
        Promise.CONTRACTED: _uncontracted(practice),
        Promise.PROTECTED: _unprotected(practice),
    }
    found = {promise: tuple(reasons) for promise, reasons in against.items()}
    return {promise: reasons for promise, reasons in found.items() if reasons}


def _unverified(definition: Definition, practice: Practice) -> Iterator[str]:
    """F74: of every provider it must be shown that it keeps the law; by its agreement, or by a document."""
    for party in practice.named:
        matters = party.matters & (AGREEMENT | IDENTITY)
        if matters or not (party.processes or _documented(definition, party)):
            yield f"{party.code}: {', '.join(sorted(matters)) or 'no document shows it'}"


def _documented(definition: Definition, party: Party) -> bool:
    listed = definition.recipient(party.code)
    return listed is not None and any(proof.document for proof in listed.evidence)


def _uncontracted(practice: Practice) -> Iterator[str]:
    """F87: every processor has an agreement that meets Art. 28(3)."""
    for party in practice.named:
        matters = party.matters & AGREEMENT
        if party.processes and matters:
            yield f"{party.code}: {', '.join(sorted(matters))}"


def _unprotected(practice: Practice) -> Iterator[str]:
    """F91: whatever leaves the EEA, or may leave it for all that is known, rests on Chapter V."""
    for party in practice.named:
        if party.country == UNKNOWN:
            yield f"{party.code}: country_unknown"
        elif "transfer_refused" in party.matters or any(flow.article is None for flow in abroad(party)):
            yield f"{party.code}: transfer_refused"


def abroad(party: Party) -> Iterator[Reached]:
    """The flows of a recipient outside the EEA."""
    return (flow for flow in party.reached if not is_eea(flow.country))
