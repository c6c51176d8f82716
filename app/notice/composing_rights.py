"""The rights of the data subject, how they are used, and where to complain (Art. 13(2)(b)-(d), 21(4))."""

from collections.abc import Iterator

from app.notice.document import Block, Callout, Heading, Line, Lines, Paragraph
from app.notice.speech import Speech
from app.policy.vocabulary import Right


def rights(c: Speech) -> Iterator[Block]:
    """F27-F59. Each right stands under a heading of its own (N8), in the order of the definition."""
    yield Paragraph(c.words("rights.intro", person=c.definition.contact.person_in_charge))
    yield Paragraph(c.words("rights.time"))
    yield Paragraph(c.words("rights.free"))
    if c.definition.marketing_purposes:
        yield Callout(c.words("rights.ban_callout"))
    for offered in c.definition.rights:
        yield from _right(c, offered.right)
    yield from _complaint(c)


def _right(c: Speech, right: Right) -> Iterator[Block]:
    yield Heading(c.words(f"rights.headings.{right.value}"))
    yield from (Paragraph(text) for text in c.words.several(f"rights.texts.{right.value}"))
    if right is Right.ERASURE:
        rule = c.definition.retention.accounting.as_notice
        yield Paragraph(c.words("rights.accounting", law=c.words.cited(rule.law, rule.section)))


def _complaint(c: Speech) -> Iterator[Block]:
    """F54, F57-F59, with the current address (N9, N10)."""
    authority = c.definition.authority
    yield Heading(c.words("rights.complaint"))
    yield Paragraph(c.words("rights.complaint_text", authority=c.say(authority.name)))
    lines = [Line(part.strip()) for part in (authority.address or "").split(";") if part.strip()]
    if authority.phone:
        lines.append(Line(c.words("controller.phone", phone=authority.phone)))
    if authority.email:
        lines.append(Line(authority.email, f"mailto:{authority.email}"))
    yield Lines((*lines, Line(str(authority.url), str(authority.url))))
