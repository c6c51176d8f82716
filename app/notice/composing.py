"""The notice, written from the definition and practice: the sections of the published one and what Art. 13 and 14 ask.

Whatever is not true today is not said: a promise is printed while it is kept, its duty otherwise.
"""

from collections.abc import Callable, Iterable, Iterator

from app.notice import composing_purposes, composing_recipients, composing_retention, composing_rights
from app.notice.document import Block, Heading, Line, Lines, Notice, Paragraph, Section
from app.notice.facts import Practice
from app.notice.promises import Promise
from app.notice.speech import Speech, words
from app.register.definition import Definition
from app.register.definition_controller import Address, Phone


def compose(definition: Definition, practice: Practice, kept: frozenset[Promise], language: str) -> Notice:
    """The notice in one language; `kept` are the promises that are true today."""
    c = Speech(definition, practice, kept, words(language))
    return Notice(
        language=language,
        title=c.say(definition.title),
        controller=definition.controller.legal_name,
        lead=tuple(_lead(c)),
        sections=tuple(Section(code, c.words(f"{code}.title"), tuple(write(c))) for code, write in SECTIONS.items()),
    )


def _lead(c: Speech) -> Iterator[str]:
    yield c.words("lead.duty")
    if Promise.COMPLETE in c.kept:
        yield c.words("lead.complete")
    else:
        yield c.words("lead.open")


def _controller(c: Speech) -> Iterator[Block]:
    """Art. 13(1)(a)-(b). Address, telephone and e-mail stand here and nowhere else (N24, N33, N37)."""
    controller, contact = c.definition.controller, c.definition.contact
    yield Paragraph(c.words("controller.is", name=controller.legal_name))
    code = controller.business_id
    lines = [Line(c.words("controller.business_id", id=code))] if code else []
    yield Lines((*lines, *_reach(c, controller.address, controller.phone, controller.email)))
    yield Heading(c.words("controller.contact"))
    own = (contact.address, contact.phone, contact.email)
    place = "controller.contact_own" if any(own) else "controller.contact_same"
    yield Paragraph(c.words(place, person=contact.person_in_charge))
    if any(own):
        yield Lines(tuple(_reach(c, *own)))
    if contact.substitute:
        yield Paragraph(c.words("controller.substitute", person=contact.substitute))
    yield Heading(c.words("controller.dpo"))
    yield Paragraph(c.words(f"controller.{c.definition.dpo.status}", name=c.definition.dpo.name))


def _reach(c: Speech, address: Address | None, phone: Phone | None, email: str | None) -> Iterator[Line]:
    if address is not None:
        yield Line(address.street)
        yield Line(f"{address.postal_code} {address.city}")
    if phone is not None:
        yield Line(c.words("controller.phone", phone=phone.display), f"tel:{phone.e164}")
    if email is not None:
        yield Line(email, f"mailto:{email}")


def _subjects(c: Speech) -> Iterator[Block]:
    """Whose data (F10, F11), subscribers included (N16)."""
    yield Paragraph(c.words("subjects.customers", name=c.definition.controller.legal_name))
    yield Paragraph(c.words("subjects.dealt"))
    if any(purpose.is_marketing for purpose in c.definition.consent_purposes):
        yield Paragraph(c.words("subjects.subscribers"))


def _sources(c: Speech) -> Iterator[Block]:
    """Art. 14(2)(f); F60-F62."""
    yield Paragraph(c.words("sources.intro"))
    yield composing_purposes.items(c.inside(source.label) for source in c.definition.sources)
    yield Paragraph(c.words("sources.other"))


def _decisions(c: Speech) -> Iterator[Block]:
    """Art. 13(2)(f), 22; and who may decide by machine elsewhere (N22)."""
    said = {undertaking.code for undertaking in c.definition.undertakings}
    none, no_profiling = "no_automated_decisions" in said, "no_profiling" in said
    if none or no_profiling:
        both = "neither" if none and no_profiling else "no_decisions" if none else "no_profiling"
        yield Paragraph(c.words(f"decisions.{both}"))
    yield Paragraph(c.words("decisions.human"))
    deciding = [party.name for party in c.practice.named if party.decides and party.purposes]
    if deciding:
        yield Paragraph(c.words("decisions.others", names=c.list(deciding)))
    if c.definition.notice.automated_by_others is not None:
        yield Paragraph(c.say(c.definition.notice.automated_by_others))


def _security(c: Speech) -> Iterator[Block]:
    """What the service itself sees to (Art. 32), and cookies (N40)."""
    yield Paragraph(c.words("security.service"))
    own = c.definition.notice
    yield from (Paragraph(c.say(words)) for words in (own.security, own.cookies) if words is not None)
    yield Paragraph(c.words("security.page"))


def _about(c: Speech) -> Iterator[Block]:
    """Versions and dates (N25), and undertakings that no section has words for."""
    yield Paragraph(c.words("about.text"))
    others = [c.say(one.text) for one in c.definition.undertakings if one.code not in UNDERTAKINGS]
    if others:
        yield Paragraph(c.words("about.other"))
        yield composing_purposes.items(others)


UNDERTAKINGS = frozenset(
    {
        *("inform_clearly", "notice_is_complete", "customers_only", "every_record_has_a_basis"),
        *("declared_purposes_only", "listed_data_only", "rights_listed", "regular_sources_only"),
        *("no_disclosure_for_marketing", "providers_verified", "listed_providers_only", "unsubscribe_link"),
        *("employees_only", "outsourcing_under_contract", "no_automated_decisions", "no_profiling"),
    }
)
"""Undertakings that the sections themselves put into words; others are listed at the end."""

SECTIONS: dict[str, Callable[[Speech], Iterable[Block]]] = {
    "controller": _controller,
    "subjects": _subjects,
    "purposes": composing_purposes.purposes,
    "data": composing_purposes.data,
    "rights": composing_rights.rights,
    "sources": _sources,
    "recipients": composing_recipients.recipients,
    "retention": composing_retention.retention,
    "processors": composing_recipients.processors,
    "transfers": composing_recipients.transfers,
    "decisions": _decisions,
    "security": _security,
    "about": _about,
}
"""The eleven sections of the published notice in its order, and two that it lacks (N25, N40)."""
