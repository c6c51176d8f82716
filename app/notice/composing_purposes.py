"""Why data are processed, on which ground, which data, and whether they must be given (Art. 13(1)(c)-(d), (2)(e))."""

from collections.abc import Iterable, Iterator

from app.notice.document import Block, Grid, Heading, Items, Paragraph
from app.notice.speech import Speech
from app.policy.vocabulary import LegalBasis
from app.register.definition_categories import BuiltinField, Category
from app.register.definition_purposes import Purpose


def items(texts: Iterable[str]) -> Items:
    """A list."""
    return Items(tuple(texts))


def purposes(c: Speech) -> Iterator[Block]:
    """F12-F20: every purpose with its one basis, and the interests where there are any."""
    declared = c.definition.purposes
    yield Heading(c.words("purposes.bases"))
    yield Paragraph(c.words("purposes.bases_intro"))
    yield items(_basis(c, basis) for basis in _in_use(declared))
    yield Paragraph(c.words("purposes.closed"))
    rows = tuple(_row(c, purpose) for purpose in declared)
    yield Grid(c.words.several("purposes.columns"), (5, 3, 5, 4), rows)
    interests = [purpose for purpose in declared if purpose.interests is not None]
    if interests:
        yield Heading(c.words("purposes.interests"))
        yield items(_interest(c, purpose) for purpose in interests)
    if any(purpose.soft_opt_in for purpose in declared):
        yield Paragraph(c.words("purposes.soft_opt_in", law=_soft_opt_in_law(c)))
    if "bookings" in c.definition.records and any(not p.is_marketing for p in c.definition.consent_purposes):
        yield Paragraph(c.words("purposes.booking"))
    yield Paragraph(c.words("purposes.new"))


def _in_use(declared: Iterable[Purpose]) -> list[LegalBasis]:
    return list(dict.fromkeys(purpose.basis for purpose in declared))


def _basis(c: Speech, basis: LegalBasis) -> str:
    resting = (c.inside(purpose.label) for purpose in c.definition.purposes if purpose.basis is basis)
    return c.words.of("purposes.basis_items", basis.value).format(purposes=c.list(resting))


def _row(c: Speech, purpose: Purpose) -> tuple[str, ...]:
    categories = [c.definition.category(code) for code in purpose.categories]
    channels = (c.words.of("purposes.channels", channel.value) for channel in purpose.channels)
    return (
        c.say(purpose.label),
        c.words.of("purposes.basis", purpose.basis.value),
        c.list(_short(c, category) for category in categories if category is not None),
        c.list(channels),
    )


def _short(c: Speech, category: Category) -> str:
    """A category's name without what stands in brackets behind it."""
    return c.inside(category.label).partition(" (")[0]


def _interest(c: Speech, purpose: Purpose) -> str:
    interests = "" if purpose.interests is None else c.inside(purpose.interests).rstrip(".")
    return c.words("purposes.interest", purpose=c.say(purpose.label), interests=interests)


def _soft_opt_in_law(c: Speech) -> str:
    country = c.definition.controller.address.country
    return c.words.of("purposes.soft_opt_in_law", country if country == "FI" else "other")


def data(c: Speech) -> Iterator[Block]:
    """F21-F26: the whitelist, with what the published list left out (N23); and Art. 13(2)(e)."""
    yield Paragraph(c.words("data.intro"))
    yield items(_category(c, category) for category in c.definition.categories)
    yield Paragraph(c.words("data.log"))
    yield Paragraph(c.words("data.never"))
    yield Heading(c.words("data.need"))
    known = (LegalBasis.CONTRACT, LegalBasis.CONSENT, LegalBasis.LEGAL_OBLIGATION)
    in_use = _in_use(c.definition.purposes)
    yield from (Paragraph(c.words.of("data.need_items", basis.value)) for basis in known if basis in in_use)


def _category(c: Speech, category: Category) -> str:
    names = fields(c, category) + [c.words.of("data.records", kind) for kind in category.records]
    return c.words("data.category", category=c.say(category.label), fields=c.list(names))


def fields(c: Speech, category: Category, only: Iterable[str] = ()) -> list[str]:
    """What the fields of a category are called; those of `only`, if it names any."""
    wanted = set(only)
    chosen = [field for field in category.fields if not wanted or field.name in wanted]
    return [
        c.words.of("data.fields", field.name) if isinstance(field, BuiltinField) else c.inside(field.label)
        for field in chosen
    ]
