"""Puts a letter's facts into the words of its template version and language: template version 1."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from sqlalchemy import Row

from app.letters import facts as f
from app.letters.addressee import Addressee
from app.letters.composing_outcome import outcome, recipients, refused
from app.letters.document import Block, Document, Heading, Items, Paragraph, paragraphs
from app.letters.words import Words, words
from app.policy.letters import LetterKind
from app.policy.requests import IMMEDIATE_RIGHTS
from app.policy.vocabulary import Right
from app.register.definition import Definition


@dataclass(frozen=True, slots=True)
class Composition:
    """What a composer looks at."""

    w: Words
    definition: Definition

    def label(self, code: str) -> str:
        """A declared purpose in the letter's language."""
        purpose = self.definition.purpose(code)
        return code if purpose is None else purpose.label.text(self.w.language, self.definition.default_language)

    def contested(self, about: str) -> str:
        """What a rectification is about: a field, one that this controller has added, an order or a booking."""
        dealing, _, key = about.partition(":")
        if key:
            return f"{self.w.of('dealing', dealing)} {key.partition('/')[2]}"
        name = about.removeprefix("attributes.")
        added = (field for category in self.definition.categories for field in category.extra_fields)
        found = next((field for field in added if field.name == name != about), None)
        return (
            self.w.of("field", about)
            if found is None
            else found.label.text(self.w.language, self.definition.default_language)
        )


def compose(letter: Row[Any], definition: Definition, person: Addressee | None) -> Document:
    """The letter as blocks; `definition` is the version that it pins."""
    w, told = words(letter.template_version, letter.language), f.read(letter.content["facts"])
    title, blocks = _COMPOSERS[told.kind](Composition(w, definition), told)
    return Document(
        language=letter.language,
        title=title,
        sender=sender_of(definition),
        recipient=person.lines(definition.controller.address.country) if person else (),
        meta=_meta(letter, w, definition.zone),
        greeting=w("greeting"),
        blocks=(*blocks, *_remedies(w, letter.content), Paragraph(w("mention_case", case=letter.case_number))),
        closing=w("closing"),
        signature=(definition.contact.person_in_charge, definition.controller.legal_name),
        footer=" · ".join(contact_of(w, definition)),
        page_word=w("label.page"),
    )


def sender_of(definition: Definition) -> tuple[str, ...]:
    """Name and address of the controller, as at the head of a letter."""
    address = definition.request_address
    return definition.controller.legal_name, address.street, f"{address.postal_code} {address.city}"


def contact_of(w: Words, definition: Definition) -> tuple[str, ...]:
    """How the controller is reached, as at the foot of a letter."""
    phone = f"{w('label.phone')} {definition.request_phone.display}"
    return *sender_of(definition), phone, definition.request_email


def _meta(letter: Row[Any], w: Words, zone: tzinfo) -> tuple[tuple[str, str], ...]:
    return (
        (w("label.dated"), w.day(letter.issued_at.astimezone(zone).date())),
        (w("label.letter"), letter.number),
        (w("label.case"), letter.case_number),
    )


def _remedies(w: Words, content: Mapping[str, Any]) -> Iterator[Block]:
    """Complaint and judicial remedy (Art. 12(4), 77, 79), as they were stored with the letter."""
    complaint, remedy = content["complaint"], content["remedy"]
    if complaint is None or remedy is None:
        return
    yield Heading(w("remedies.title"))
    yield Paragraph(w("remedies.us"))
    yield Paragraph(w("remedies.complaint"))
    told = (complaint["authority"], complaint["address"], complaint["phone"], complaint["email"], complaint["url"])
    yield Items(tuple(part for part in told if part))
    yield Paragraph(w("remedies.court", city=remedy["city"]))


Composed = tuple[str, Iterable[Block]]


def _acknowledgement(c: Composition, t: f.Acknowledgement) -> Composed:
    at_once = "at_once" if t.right in IMMEDIATE_RIGHTS else "due"
    return c.w("acknowledgement.title"), paragraphs(
        c.w("acknowledgement.received", received_on=c.w.day(t.received_on), right=c.w.of("right", t.right)),
        c.w(f"acknowledgement.{at_once}", due_on=c.w.day(t.due_on)),
        c.w("acknowledgement.misunderstood"),
        c.w("acknowledgement.free"),
    )


def _identity_request(c: Composition, t: f.IdentityRequest) -> Composed:
    pause = {"asked_on": c.w.day(t.asked_on), "due_on": c.w.day(t.due_on)}
    return c.w("identity_request.title"), (
        Paragraph(c.w("identity_request.doubt", received_on=c.w.day(t.received_on))),
        Items((t.reason,)),
        Paragraph(c.w("identity_request.asked_for")),
        Items((t.asked_for,)),
        Paragraph(c.w(f"identity_request.{'pauses' if t.pauses else 'runs'}", **pause)),
        Paragraph(c.w("identity_request.safely")),
    )


def _extension(c: Composition, t: f.Extension) -> Composed:
    paused = c.w("extension.paused", days=t.paused_days) if t.paused_days else None
    return c.w("extension.title"), (
        Paragraph(c.w("extension.reason", received_on=c.w.day(t.received_on))),
        Items((t.reason,)),
        *paragraphs(c.w("extension.due", due_on=c.w.day(t.due_on)), paused),
    )


def _outcome(c: Composition, t: f.Fulfilled | f.Partial) -> Composed:
    erasure = "_erasure" if t.right is Right.ERASURE else ""
    return c.w(f"outcome.{t.kind}{erasure}"), outcome(c.w, c.definition, t)


def _refused(c: Composition, t: f.Refused) -> Composed:
    later = "_erasure" if t.right is Right.ERASURE and t.stays else ""
    return c.w(f"outcome.refused{later}"), refused(c.w, c.definition, t)


def _fee_or_excessive(c: Composition, t: f.FeeOrExcessive) -> Composed:
    charge = {"amount": c.w.amount(t.amount or ""), "currency": t.currency}
    return c.w(f"fee_or_excessive.title_{t.charge}"), (
        Paragraph(c.w("fee_or_excessive.request", received_on=c.w.day(t.received_on), right=c.w.of("right", t.right))),
        Paragraph(c.w(f"fee_or_excessive.{t.ground}")),
        Paragraph(c.w(f"fee_or_excessive.{t.charge}", **charge)),
        Heading(c.w("refusal.reasons")),
        *paragraphs(*t.reasons),
        Heading(c.w("fee_or_excessive.evidence")),
        Paragraph(c.w("fee_or_excessive.evidence_text")),
        Items(t.evidence),
        Paragraph(c.w("fee_or_excessive.approver", approver=t.approver)),
    )


def _restriction_set(c: Composition, t: f.RestrictionSet) -> Composed:
    return c.w("restriction_set.title"), (
        Paragraph(c.w("restriction_set.text", since_on=c.w.day(t.since_on))),
        Items((*(c.w.of("restriction_set.ground", ground) for ground in t.grounds), *t.reasons)),
        Paragraph(c.w("restriction_set.means")),
    )


def _restriction_lifted(c: Composition, t: f.RestrictionLifted) -> Composed:
    days = {"since_on": c.w.day(t.since_on), "lifted_on": c.w.day(t.lifted_on)}
    return c.w("restriction_lifted.title"), (
        Paragraph(c.w("restriction_lifted.text", **days)),
        Heading(c.w("refusal.reasons")),
        *paragraphs(*t.reasons, c.w("restriction_lifted.means")),
    )


def _marketing_ban(c: Composition, t: f.MarketingBanConfirmed) -> Composed:
    channels = ", ".join(c.w.of("channel", channel) for channel in t.channels)
    told = {"effective_on": c.w.day(t.effective_on), "channels": channels}
    return c.w("marketing_ban_confirmed.title"), (
        Paragraph(c.w(f"marketing_ban_confirmed.{'some' if t.channels else 'all'}", **told)),
        *paragraphs(*(c.w(f"marketing_ban_confirmed.{name}") for name in ("mark", "service", "until"))),
        *recipients(c.w, t.recipients),
    )


def _consent_withdrawn(c: Composition, t: f.ConsentWithdrawn) -> Composed:
    text = Paragraph(c.w("consent_withdrawn.text", effective_on=c.w.day(t.effective_on)))
    withdrawn = (text, Items(tuple(map(c.label, t.purposes))))
    others = (Paragraph(c.w("consent_withdrawn.others")), Items(tuple(map(c.label, t.others))))
    return c.w("consent_withdrawn.title"), (
        *(withdrawn if t.purposes else (Paragraph(c.w("consent_withdrawn.none")),)),
        *(others if t.others else ()),
        Paragraph(c.w("consent_withdrawn.before")),
        *recipients(c.w, t.recipients),
    )


def _objection(c: Composition, t: f.ObjectionOutcome) -> Composed:
    how = "upheld" if t.upheld else "refused"
    return c.w(f"objection_outcome.title_{how}"), (
        Paragraph(c.w("objection_outcome.request", received_on=c.w.day(t.received_on))),
        Paragraph(c.w(f"objection_outcome.{how}")),
        Items(tuple(map(c.label, t.purposes))),
        Heading(c.w("refusal.reasons")),
        *paragraphs(*t.reasons),
    )


def _rectification(c: Composition, t: f.RectificationOutcome) -> Composed:
    def named(how: str, members: tuple[str, ...]) -> Iterator[Block]:
        if members:
            yield Paragraph(c.w(f"rectification_outcome.{how}"))
            yield Items(tuple(map(c.contested, members)))

    return c.w("rectification_outcome.title"), (
        Paragraph(c.w("rectification_outcome.request", received_on=c.w.day(t.received_on))),
        *named("corrected", t.corrected),
        *named("unchanged", t.unchanged),
        Heading(c.w("refusal.reasons")),
        *paragraphs(*t.reasons),
        *recipients(c.w, t.recipients),
    )


def _access_cover(c: Composition, t: f.AccessCover) -> Composed:
    enclosures = (Heading(c.w("access_cover.enclosures")), Items(t.enclosures))
    left_out = c.w("access_cover.left_out", left_out=t.left_out) if t.left_out else None
    withheld = tuple(paragraphs(t.withheld, left_out))
    fetch = t.fetch_until and c.w("access_cover.fetch", records=t.records, fetch_until=c.w.day(t.fetch_until))
    return c.w("access_cover.title"), (
        Paragraph(c.w("access_cover.request", received_on=c.w.day(t.received_on), right=c.w.of("right", t.right))),
        Paragraph(fetch or c.w("access_cover.enclosed")),
        *(enclosures if t.enclosures else ()),
        *((Heading(c.w("access_cover.withheld")), *withheld) if withheld else ()),
        *paragraphs(c.w("access_cover.free"), c.w("access_cover.rights")),
    )


def _breach_notice(c: Composition, t: f.BreachNotice) -> Composed:
    told = {"nature": t.nature, "consequences": t.consequences, "measures": t.measures, "advice": t.advice}
    parts = ((Heading(c.w(f"breach_notice.{name}")), Paragraph(text)) for name, text in told.items() if text)
    return c.w("breach_notice.title"), (
        Paragraph(c.w("breach_notice.found", found_on=c.w.day(t.found_on))),
        *(block for part in parts for block in part),
        Paragraph(c.w("breach_notice.contact", contact=t.contact)),
    )


_COMPOSERS: Mapping[LetterKind, Callable[[Composition, Any], Composed]] = {
    LetterKind.ACKNOWLEDGEMENT: _acknowledgement,
    LetterKind.IDENTITY_REQUEST: _identity_request,
    LetterKind.EXTENSION: _extension,
    LetterKind.FULFILLED: _outcome,
    LetterKind.PARTIAL: _outcome,
    LetterKind.REFUSED: _refused,
    LetterKind.FEE_OR_EXCESSIVE: _fee_or_excessive,
    LetterKind.RESTRICTION_SET: _restriction_set,
    LetterKind.RESTRICTION_LIFTED: _restriction_lifted,
    LetterKind.MARKETING_BAN_CONFIRMED: _marketing_ban,
    LetterKind.CONSENT_WITHDRAWN: _consent_withdrawn,
    LetterKind.OBJECTION_OUTCOME: _objection,
    LetterKind.RECTIFICATION_OUTCOME: _rectification,
    LetterKind.ACCESS_COVER: _access_cover,
    LetterKind.BREACH_NOTICE: _breach_notice,
}
