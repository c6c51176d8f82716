"""To whom data go, who processes them, and what carries them out of the EEA (Art. 13(1)(e)-(f), 28, 44)."""

from collections.abc import Iterator

from app.notice.composing_purposes import fields, items
from app.notice.document import Block, Grid, Paragraph
from app.notice.facts import Party, Reached
from app.notice.promises import Promise, abroad
from app.notice.speech import Speech
from app.policy.transfers import UNKNOWN
from app.register.definition_recipients import Evidence, Recipient


def recipients(c: Speech) -> Iterator[Block]:
    """F63-F81: each by name, with its role (N17, N21), what for, which data, and where."""
    yield Paragraph(c.words("recipients.no_marketing"))
    mailing = {p.code for p in c.definition.marketing_purposes}
    mailers = [party.name for party in c.practice.named if party.processes and mailing.intersection(party.purposes)]
    if mailers:
        yield Paragraph(c.words("recipients.marketing_by", names=c.list(mailers)))
    if not c.practice.named:
        return
    yield Paragraph(c.words("recipients.kept" if Promise.VERIFIED in c.kept else "recipients.duty"))
    yield Paragraph(c.words("recipients.intro"))
    rows = tuple(_row(c, party) for party in c.practice.named)
    yield Grid(c.words.several("recipients.columns"), (6, 4, 5, 5, 3), rows)
    said = [*_about(c)]
    if said:
        yield items(said)
    yield Paragraph(c.words("recipients.told"))


def _row(c: Speech, party: Party) -> tuple[str, ...]:
    declared = [c.definition.purpose(code) for code in party.purposes]
    purposes = c.list(c.inside(purpose.label) for purpose in declared if purpose is not None)
    country = c.words("recipients.country_unknown") if party.country == UNKNOWN else c.country(party.country)
    return (
        _name(c, party),
        c.words.of("recipients.role", party.role),
        purposes or _pending(c, party),
        c.list(_passed(c, party)),
        country,
    )


def _name(c: Speech, party: Party) -> str:
    if "legal_name_unconfirmed" in party.matters or party.legal_name is None:
        return c.words("recipients.unconfirmed", name=party.name)
    if party.legal_name == party.name:
        return party.name
    return c.words("recipients.legal_name", name=party.name, legal=party.legal_name)


def _pending(c: Speech, party: Party) -> str:
    """What a recipient waits for whose purpose is named but not declared (N31)."""
    listed = c.definition.recipient(party.code)
    labels = [p.label for p in (listed.pending_purposes if listed else ()) if p.label is not None]
    waiting = (c.words("recipients.pending", purpose=c.say(label)) for label in labels)
    return c.words("recipients.nothing_yet", purposes=c.list(waiting) or "–")


def _passed(c: Speech, party: Party) -> Iterator[str]:
    """The fields that may be passed, and the records by their category."""
    for code in party.categories:
        category = c.definition.category(code)
        if category is not None:
            yield from fields(c, category, party.fields)
            yield from (c.words.of("data.records", kind) for kind in category.records)


def _about(c: Speech) -> Iterator[str]:
    for party in c.practice.named:
        listed = c.definition.recipient(party.code)
        if listed is not None:
            texts = [*_introduced(c, listed), *(_proof(c, proof) for proof in listed.evidence)]
            if texts:
                yield f"{party.name}: {' '.join(texts)}"


def _introduced(c: Speech, listed: Recipient) -> Iterator[str]:
    if listed.about is not None:
        yield c.say(listed.about)
    elif listed.onward:
        onward = c.list(c.say(one.to) for one in listed.onward)
        yield c.words("recipients.forwards", name=listed.name, to=onward)


def _proof(c: Speech, proof: Evidence) -> str:
    statement = c.say(proof.statement)
    if proof.document is None:
        return c.words("recipients.undocumented", statement=statement)
    return c.words("recipients.documented", statement=statement, document=proof.document)


def processors(c: Speech) -> Iterator[Block]:
    """F85-F89: who handles the data, and under what (N21, N39)."""
    yield Paragraph(c.words("processors.employees"))
    if c.definition.notice.staff is not None:
        yield Paragraph(c.say(c.definition.notice.staff))
    names = [party.name for party in c.practice.named if party.processes]
    yield Paragraph(
        c.words("processors.outsourced", names=c.list(names)) if names else c.words("processors.may_outsource")
    )
    yield Paragraph(c.words("processors.kept" if Promise.CONTRACTED in c.kept else "processors.duty"))


def transfers(c: Speech) -> Iterator[Block]:
    """F90-F96: whether data leave the EEA, on what ground, and how to get a copy of it (N18)."""
    stated = c.definition.transfers
    leaving = [party for party in c.practice.named if _leaves(party)]
    if not stated.outside_eea and not leaving:
        yield Paragraph(c.words("transfers.none"))
        return
    yield Paragraph(c.words("transfers.regular" if stated.regular else "transfers.sometimes"))
    yield Paragraph(_protection(c))
    rows = tuple(_flow(c, party, flow) for party in leaving for flow in abroad(party))
    if rows:
        yield Grid(c.words.several("transfers.columns"), (4, 4, 7), rows)
    unknown = [party.name for party in c.practice.named if party.country == UNKNOWN]
    if unknown:
        yield Paragraph(c.words("transfers.unknown", names=c.list(unknown)))
    copies = [c.say(stated.copy_from)] if stated.copy_from else []
    copies += [flow.copy for party in leaving for flow in abroad(party) if flow.copy]
    known = c.list(dict.fromkeys(copy.rstrip(".") for copy in copies))
    yield Paragraph(c.words("transfers.copy", how=known) if known else c.words("transfers.copy_open"))


def _leaves(party: Party) -> bool:
    return next(abroad(party), None) is not None


def _protection(c: Speech) -> str:
    place = "transfers.kept" if Promise.PROTECTED in c.kept else "transfers.duty"
    measures = c.list(c.say(measure).rstrip(".") for measure in c.definition.transfers.measures)
    return c.words(place, measures=measures) if measures else c.words(f"{place}_bare")


def _flow(c: Speech, party: Party, flow: Reached) -> tuple[str, ...]:
    return party.name, c.country(flow.country), ground_of(c, flow)


def ground_of(c: Speech, flow: Reached) -> str:
    """What carries a flow out of the EEA, in words; that nothing does, if so."""
    if flow.article is None:
        return c.words("transfers.missing")
    article = flow.article.removeprefix("Art. ")
    text = c.words.of("transfers.ground", article)
    if text == article:
        return c.words("transfers.ground.other", article=article)
    return text.format(decision=f" {flow.decision}" if flow.decision else "")
