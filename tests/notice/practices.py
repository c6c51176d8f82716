"""What practice may be like, made without a database: as it is when nobody has entered anything, and in order."""

from dataclasses import replace
from datetime import date

from app.notice.facts import Party, Practice, Reached
from app.policy.transfers import UNKNOWN, is_eea
from app.register.definition import Definition
from app.register.definition_recipients import Recipient

TODAY = date(2026, 11, 23)


def as_declared(definition: Definition) -> Practice:
    """What is known right after the definition has been applied: no agreement, no transfer, no disclosure."""
    return Practice(today=TODAY, parties=tuple(_declared(recipient) for recipient in definition.recipients))


def in_order(definition: Definition) -> Practice:
    """The same with every agreement and transfer on record."""
    practice = as_declared(definition)
    reviewed = replace(practice, suppressions_reviewed_on=TODAY)
    return replace(reviewed, parties=tuple(map(_in_order, practice.parties)))


def _declared(listed: Recipient) -> Party:
    abroad = listed.country != UNKNOWN and not is_eea(listed.country)
    matters = {
        "legal_name_unconfirmed": not listed.legal_name_confirmed,
        "role_unknown": listed.role == "unknown",
        "country_unknown": listed.country == UNKNOWN,
        "agreement_missing": listed.role in {"processor", "both"},
        "transfer_refused": abroad,
    }
    refused = ("No mechanism of Chapter V is recorded for US.",)
    return Party(
        **{name: getattr(listed, name) for name in ("code", "name", "legal_name", "role", "country")},
        **{name: getattr(listed, name) for name in ("purposes", "categories", "fields")},
        listed=True,
        active=True,
        matters=frozenset(matter for matter, is_open in matters.items() if is_open),
        reached=(Reached(listed.country, None, None, None, refused),) if abroad else (),
    )


def _in_order(party: Party) -> Party:
    carried = tuple(Reached(flow.country, "Art. 45", "2023/1795", None) for flow in party.reached)
    return replace(party, matters=frozenset(), reached=carried)
