"""Findings about recipients: who is not named, what is not in order, what leaves the EEA (Art. 13(1)(e)-(f), 28)."""

from collections.abc import Iterator

from app.notice.facts import Party, Practice
from app.notice.findings import Finding, found
from app.notice.promises import AGREEMENT, abroad
from app.policy.transfers import is_eea
from app.register.definition import Definition
from app.register.definition_recipients import Recipient


def recipients(definition: Definition, practice: Practice) -> Iterator[Finding]:
    """Everything about those to whom data go."""
    for name in practice.strangers:
        yield found("recipient_not_named", name)
    for party in practice.parties:
        if party.got_data and not party.named:
            yield found("recipient_not_named", party.code)
        if party.named:
            yield from _matters(party)
    for listed in definition.recipients:
        yield from _listed(listed)
    yield from _copies(definition, practice)


def _matters(party: Party) -> Iterator[Finding]:
    """What keeps a recipient that the notice names from being in order."""
    for matter in sorted(party.matters & (AGREEMENT | {"country_unknown", "legal_name_unconfirmed"})):
        yield found(matter, party.code)
    lost = [flow for flow in abroad(party) if flow.article is None]
    for flow in lost:
        yield found("transfer_without_mechanism", party.code, reasons=" ".join(flow.reasons))


def _listed(listed: Recipient) -> Iterator[Finding]:
    if not listed.role_confirmed or listed.role == "unknown":
        yield found("role_unconfirmed", listed.code)
    for pending in listed.pending_purposes:
        yield found("purpose_pending", pending.code, recipient=listed.name)
    if any(proof.document is None for proof in listed.evidence):
        yield found("evidence_missing", listed.code)


def _copies(definition: Definition, practice: Practice) -> Iterator[Finding]:
    """Somebody gets data outside the EEA, and no way to a copy of the safeguards is told."""
    leaving = [flow for party in practice.named for flow in abroad(party) if not is_eea(flow.country)]
    unsaid = any(flow.copy is None for flow in leaving) or (definition.transfers.outside_eea and not leaving)
    if unsaid and definition.transfers.copy_from is None:
        yield found("safeguards_copy_unsaid")
