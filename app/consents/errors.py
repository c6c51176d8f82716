"""Refusals about consents; the way out is part of the text where there is one."""

from app.errors import Conflict, NotFound, Unprocessable


class ConsentInvalid(Unprocessable):
    code, title = "consent-invalid", "The consent cannot be taken as sent"


class NotAConsentPurpose(Unprocessable):
    code, title = "not-a-consent-purpose", "The purpose does not rest on consent (Art. 6(1)(a))"


class PreTicked(Unprocessable):
    code = "pre-ticked"
    title = "A pre-ticked box is no consent (C-673/17 Planet49); ask by POST /v1/consents/invitations"


class StaffGiven(Unprocessable):
    code = "staff-given"
    title = "Staff cannot consent for a person (C-61/19 Orange Romania); ask by POST /v1/consents/invitations"


class ChildConsent(Unprocessable):
    code, title = "child-consent", "Below the minimum age the guardian's authorisation is needed (Art. 8(1))"


class WordingUnknown(Unprocessable):
    code, title = "wording-unknown", "There is no such wording for this purpose and language (Art. 7(1))"


class NoticeVersionUnknown(Unprocessable):
    code = "notice-version-unknown"
    title = "No such version of the privacy notice was to be seen, in that language, when the consent was given"


class WordingImmutable(Conflict):
    code, title = "wording-immutable", "That version of the wording exists with another text; make a new version"


class WordingNotFound(NotFound):
    code, title = "wording-not-found", "There is no such wording"


class SeveralPeople(Conflict):
    code, title = "several-people", "Several people share the address; name one by id or reference"


class EventReused(Conflict):
    code, title = "event-id-reused", "The event_id was used for another event"


class InvitationUsed(Conflict):
    code, title = "invitation-used", "The invitation has been confirmed already or has run out"


class InvitationNotFound(NotFound):
    code, title = "invitation-not-found", "There is no such invitation"


class NoSuchConsent(NotFound):
    code, title = "no-such-consent", "The person has never given or withdrawn this consent"


class NotMarketing(Unprocessable):
    code, title = "not-marketing", "The purpose is not direct marketing; its messages carry no such link"


class NoAddress(Unprocessable):
    code, title = "no-address", "The channel reaches this person by no address that the register holds"


class LinkUnknown(NotFound):
    code, title = "link-not-found", "There is no such link"
