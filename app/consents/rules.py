"""May this consent event be taken at all? Judged from the event and the definition alone (Art. 4(11), 7, 8)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache

from app.consents.errors import ChildConsent, ConsentInvalid, NotAConsentPurpose, PreTicked, StaffGiven
from app.consents.schemas import ConsentIn, InvitationIn
from app.policy.vocabulary import Channel
from app.register.definition_purposes import Purpose
from app.register.errors import PurposeUnknown
from app.register.operation import Operation

AHEAD = timedelta(minutes=5)
NO_CHANNEL = "none"
"""How the channel of a purpose without channels is stored."""


def purpose_for(op: Operation, sent: ConsentIn) -> Purpose:
    """The purpose, after every check that needs no database; raises the refusal that applies."""
    purpose = _declared(op, sent.purpose)
    check_time(op, sent.occurred_at, sent.evidence.double_opt_in_confirmed_at)
    if sent.action == "given":
        check_asked(op, sent)
        _check_given(op, sent)
        return purpose
    if not purpose.needs_consent and not purpose.is_marketing:
        raise NotAConsentPurpose
    _check_channels(purpose, sent.channels)
    return purpose


def check_asked(op: Operation, asked: ConsentIn | InvitationIn) -> None:
    """Raise unless consent may be asked for this purpose on these channels."""
    purpose = _declared(op, asked.purpose)
    if not purpose.needs_consent:
        raise NotAConsentPurpose
    if purpose.is_marketing and not asked.channels:
        raise ConsentInvalid(errors=[{"detail": "direct marketing needs its channels", "pointer": "#/channels"}])
    _check_channels(purpose, asked.channels)


def _declared(op: Operation, code: str) -> Purpose:
    purpose = op.definition.purpose(code)
    if purpose is None:
        raise PurposeUnknown(declared=[p.code for p in op.definition.consent_purposes])
    return purpose


def check_time(op: Operation, occurred_at: datetime, confirmed_at: datetime | None) -> None:
    """Raise `ConsentInvalid` for an instant that our clock has not reached, even if the caller's is a little ahead."""
    for instant, place in ((occurred_at, "occurred_at"), (confirmed_at, "evidence/double_opt_in_confirmed_at")):
        if instant is not None and instant > op.at + AHEAD:
            raise ConsentInvalid(errors=[{"detail": "lies more than 5 minutes ahead", "pointer": f"#/{place}"}])


def _check_channels(purpose: Purpose, channels: Collection[Channel]) -> None:
    if not set(purpose.channels).issuperset(channels):
        raise ConsentInvalid(errors=[{"detail": "the purpose has no such channel", "pointer": "#/channels"}])


def _check_given(op: Operation, sent: ConsentIn) -> None:
    evidence = sent.evidence
    if evidence.preticked:
        raise PreTicked
    if evidence.actor == "staff" or op.actor.is_person:
        raise StaffGiven
    if sent.customer.uuid is None and sent.customer.reference is None and sent.customer.email is None:
        raise ConsentInvalid(
            errors=[{"detail": "name the person by id, reference or e-mail address", "pointer": "#/customer"}]
        )
    if sent.wording is None:
        raise ConsentInvalid(errors=[{"detail": "a given consent names its wording", "pointer": "#/wording"}])
    if evidence.stated_age == "below_minimum_age" and not evidence.guardian_authorised:
        raise ChildConsent(minimum_age=op.definition.minimum_consent_age)


def content_hash(op: Operation, sent: ConsentIn) -> str:
    """What tells a repeated event from another one under the same `event_id`; the order of channels says nothing."""
    return op.keys.hash("consent", hashed_text(sent), *hashed_channels(sent))


def hashed_text(sent: ConsentIn) -> str:
    """What of an event goes into its `content_hash` as JSON; without checking its values' types again."""
    left_out = {"channels", *(name for name in _LATER if getattr(sent, name) is None)}
    return sent.model_dump_json(exclude=left_out, warnings=False)


def hashed_channels(sent: ConsentIn) -> list[str]:
    """What follows it there."""
    return sorted({channel.value for channel in sent.channels})


_LATER = ("notice_version", "notice_language")
"""Members that came later: without them an event is still the one that an earlier release took."""


def channels_of(purpose: Purpose, sent: ConsentIn) -> list[str]:
    """The channels an event concerns: those named, all of the purpose when a withdrawal names none."""
    return _named(tuple(sent.channels)) or [channel.value for channel in purpose.channels] or [NO_CHANNEL]


@lru_cache(maxsize=64)
def _named(channels: tuple[Channel, ...]) -> list[str]:
    """One and the same list for the same channels, so that it is written as JSON once for many rows."""
    return sorted({channel.value for channel in channels})
