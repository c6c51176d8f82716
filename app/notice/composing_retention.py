"""How long data are kept, and why: every period of the definition (Art. 13(2)(a); F49-F51, F82-F84)."""

from collections.abc import Iterator

from app.notice.document import Block, Grid, Paragraph
from app.notice.speech import Speech
from app.register.definition_retention import AccountingRule, Period

CLASSES = ("voucher", "ledger", "oss")


def retention(c: Speech) -> Iterator[Block]:
    """The rule for a customership with its end (N20), and a period for each kind of data."""
    kept = c.definition.retention
    yield Paragraph(c.words("retention.general", months=kept.inactivity.months))
    if kept.inactivity.confirmed_on is None:
        yield Paragraph(c.words("retention.proposed"))
    yield Grid(c.words.several("retention.columns"), (4, 6, 4), tuple(_rows(c)))
    overstated = [*_shorter_by_law(c)]
    if overstated:
        yield Paragraph(c.words("retention.overstated", classes=c.list(overstated)))
    yield Paragraph(c.words("retention.after"))
    if any(one.code == "unsubscribe_link" for one in c.definition.undertakings):
        yield Paragraph(c.words("retention.unsubscribe"))


def _rows(c: Speech) -> Iterator[tuple[str, ...]]:
    return (tuple(row) for _, *row in periods(c))


def periods(c: Speech) -> Iterator[tuple[str, str, str, str]]:
    """Every kind of data that is held, what it is called, how long it is kept and under which law."""
    kept, held = c.definition.retention, c.definition.records
    yield _period(c, "customers", "customers", kept.inactivity, months=kept.inactivity.months)
    if "vouchers" in held:
        yield from (("vouchers", *row) for row in _accounting(c))
    if "consents" in held:
        yield _period(c, "consents", "consent_evidence", kept.consent_evidence, years=kept.consent_evidence.years)
    if "suppressions" in held:
        yield _period(c, "suppressions", "suppressions", kept.suppression_review, months=kept.suppression_review.months)
    if "requests" in held:
        yield _period(c, "requests", "request_files", kept.request_files, years=kept.request_files.years)
    if kept.claims_window().necessity_assessment is not None:
        yield _period(c, "claims", "claims", kept.claims, years=kept.claims.years)
    yield _period(c, "audit", "audit", kept.audit, years=kept.audit.years)


def _period(c: Speech, kind: str, name: str, period: Period, **length: int) -> tuple[str, str, str, str]:
    cited = c.words.cited(period.law, period.section or "").removesuffix(", ")
    return kind, c.words(f"retention.{name}"), c.words(f"retention.{name}_for", **length), cited


def _accounting(c: Speech) -> Iterator[tuple[str, str, str]]:
    """The period that binds: the published one, or the statute's by class (N6)."""
    kept = c.definition.retention.accounting
    if kept.profile == "as_notice":
        yield c.words("retention.accounting"), _counted(c, kept.as_notice), _cited(c, kept.as_notice)
        return
    for name, rule in _classes(c):
        yield c.words.of("retention.classes", name), _counted(c, rule), _cited(c, rule)


def _classes(c: Speech) -> Iterator[tuple[str, AccountingRule]]:
    by_class = c.definition.retention.accounting.by_class
    found = ((name, getattr(by_class, name)) for name in CLASSES)
    return ((name, rule) for name, rule in found if rule is not None)


def _shorter_by_law(c: Speech) -> Iterator[str]:
    """The classes for which the published period is longer than the statute's."""
    kept = c.definition.retention.accounting
    for name, rule in _classes(c):
        if kept.profile == "as_notice" and rule.years < kept.as_notice.years:
            material = c.words.of("retention.classes", name)
            material = material[:1].lower() + material[1:]
            yield c.words("retention.overstated_class", material=material, period=_counted(c, rule))


def _counted(c: Speech, rule: AccountingRule) -> str:
    return c.words.of("retention.counted", rule.counted_from.value).format(years=rule.years)


def _cited(c: Speech, rule: AccountingRule) -> str:
    return c.words.cited(rule.law, rule.section)
