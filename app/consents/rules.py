"""May this consent event be taken at all? Judged from the event and the definition alone (Art. 4(11), 7, 8)."""

from datetime import timedelta

from app.consents.errors import ChildConsent, ConsentInvalid, NotAConsentPurpose, PreTicked, StaffGiven
from app.consents.schemas import ConsentIn
from app.register.definition_purposes import Purpose
from app.register.errors import PurposeUnknown
from app.register.operation import Operation

AHEAD = timedelta(minutes=5)
NO_CHANNEL = "none"
"""How the channel of a purpose without channels is stored."""


def purpose_for(op: Operation, sent: ConsentIn) -> Purpose:
    """The purpose, after every check that needs no database; raises the refusal that applies."""
    purpose = op.definition.purpose(sent.purpose)
    if purpose is None:
        raise PurposeUnknown(declared=[p.code for p in op.definition.consent_purposes])
    _check_time(op, sent)
    _check_channels(purpose, sent)
    if sent.action == "given":
        _check_given(op, purpose, sent)
    elif not purpose.needs_consent and not purpose.is_marketing:
        raise NotAConsentPurpose
    return purpose


def _check_time(op: Operation, sent: ConsentIn) -> None:
    confirmed = sent.evidence.double_opt_in_confirmed_at
    if sent.occurred_at > op.at + AHEAD or (confirmed is not None and confirmed > op.at + AHEAD):
        raise ConsentInvalid(errors=[{"detail": "lies more than 5 minutes ahead", "pointer": "#/occurred_at"}])


def _check_channels(purpose: Purpose, sent: ConsentIn) -> None:
    if purpose.is_marketing and not sent.channels and sent.action == "given":
        raise ConsentInvalid(errors=[{"detail": "direct marketing needs its channels", "pointer": "#/channels"}])
    if any(channel.value not in {c.value for c in purpose.channels} for channel in sent.channels):
        raise ConsentInvalid(errors=[{"detail": "the purpose has no such channel", "pointer": "#/channels"}])


def _check_given(op: Operation, purpose: Purpose, sent: ConsentIn) -> None:
    evidence = sent.evidence
    if not purpose.needs_consent:
        raise NotAConsentPurpose
    if evidence.preticked:
        raise PreTicked
    if evidence.actor == "staff" or op.actor.is_person:
        raise StaffGiven
    if sent.customer.uuid is None and sent.customer.reference is None and sent.customer.email is None:
        raise ConsentInvalid(errors=[{"detail": "name the person by id or reference", "pointer": "#/customer"}])
    if sent.wording is None:
        raise ConsentInvalid(errors=[{"detail": "a given consent names its wording", "pointer": "#/wording"}])
    if evidence.stated_age == "below_minimum_age" and not evidence.guardian_authorised:
        raise ChildConsent(minimum_age=op.definition.minimum_consent_age)


def channels_of(purpose: Purpose, sent: ConsentIn) -> list[str]:
    """The channels an event concerns: those named, all of the purpose when a withdrawal names none."""
    named = sorted({channel.value for channel in sent.channels})
    return named or [channel.value for channel in purpose.channels] or [NO_CHANNEL]
