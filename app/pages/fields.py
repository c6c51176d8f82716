"""What the form of each right asks for; the definition says which fields, purposes and channels there are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.consents.words import channel_names
from app.pages.words import Words
from app.policy.vocabulary import Channel, LegalBasis, Right
from app.register.definition import Definition

LONGEST_DETAILS = 4000
AUTOCOMPLETE: Mapping[str, str] = MappingProxyType(
    {
        "name": "name",
        "email": "email",
        "phone": "tel",
        "street": "street-address",
        "postal_code": "postal-code",
        "city": "address-level2",
    }
)
"""What browsers may fill in by themselves (WCAG 2.2, 1.3.5)."""
KINDS: Mapping[str, str] = MappingProxyType({"email": "email", "phone": "tel"})
ADDRESS = ("street", "postal_code", "city")
IDENTITY = ("name", "email", "phone", *ADDRESS, "reference")
NEW = "new_"
"""Before the name of a value that the person proposes."""
GROUNDS = ("17(1)(a)", "17(1)(b)", "17(1)(c)", "17(1)(d)")
RESTRICTION_GROUNDS = ("18(1)(a)", "18(1)(b)", "18(1)(c)", "18(1)(d)")
DETAILED: Mapping[Right, str] = MappingProxyType(
    {right: f"details_{right.value}" for right in (Right.ACCESS, Right.RECTIFICATION, Right.OBJECTION)}
)
"""Rights whose field for free words has words of its own."""
_OBJECTIONABLE = (LegalBasis.LEGITIMATE_INTERESTS, LegalBasis.PUBLIC_TASK)


@dataclass(frozen=True, slots=True)
class Field:
    """One line to fill in."""

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"
    required: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """A list to pick from: one (`radio`) or several (`checkbox`)."""

    name: str
    legend: str
    kind: str
    options: Sequence[tuple[str, str]]
    hint: str = ""


def identity_fields(words: Words) -> list[Field]:
    """Who asks: a name, and whatever leads to the person."""
    return [
        Field(
            name,
            words(name),
            KINDS.get(name, "text"),
            AUTOCOMPLETE.get(name, "off"),
            required=name == "name",
            optional=name in {*ADDRESS, "reference"},
        )
        for name in IDENTITY
    ]


def value_fields(right: Right, words: Words, definition: Definition) -> list[Field]:
    """What a rectification may propose, as far as the register holds it (F21-F26)."""
    if right is not Right.RECTIFICATION:
        return []
    held: list[str] = [name for name in ("name", "email", "phone") if name in definition.contact_fields]
    held += ADDRESS if "address" in definition.contact_fields else ()
    return [Field(NEW + name, words(name), KINDS.get(name, "text"), optional=True) for name in held]


def choices(right: Right, words: Words, definition: Definition) -> Iterator[Choices]:
    """What there is to pick for this right."""
    match right:
        case Right.ERASURE:
            options = [("", words("ground_none")), *((code, words(f"ground_{code}")) for code in GROUNDS)]
            yield Choices("ground", words("ground"), "radio", options)
        case Right.RESTRICTION:
            options = [(code, words(f"restriction_{code}")) for code in RESTRICTION_GROUNDS]
            yield Choices("restriction_ground", words("restriction_ground"), "radio", options)
        case Right.RECTIFICATION:
            options = [(code, words(f"kind_{code}")) for code in ("inaccurate", "incomplete")]
            yield Choices("kind", words("kind"), "radio", options)
        case Right.OBJECTION | Right.CONSENT_WITHDRAWAL:
            legend, hint = words(f"purposes_{right.value}"), words("all_when_none")
            if options := purposes(right, words, definition):
                yield Choices("purposes", legend, "checkbox", options, hint)
        case Right.MARKETING_BAN:
            codes = [channel.value for channel in channels(definition)]
            options = list(zip(codes, channel_names(words.language, codes), strict=True))
            yield Choices("channels", words("channels"), "checkbox", options, words("all_when_none"))
        case Right.ACCESS | Right.PORTABILITY:
            pass


def purposes(right: Right, words: Words, definition: Definition) -> list[tuple[str, str]]:
    """What one can object to (Art. 21(1)), or withdraw."""
    if right is Right.CONSENT_WITHDRAWAL:
        found = list(definition.consent_purposes)
    else:
        found = [purpose for purpose in definition.purposes if purpose.basis in _OBJECTIONABLE]
    return [(purpose.code, purpose.label.text(words.language, "en")) for purpose in found]


def channels(definition: Definition) -> list[Channel]:
    """The channels by which the controller markets."""
    used = {channel for purpose in definition.marketing_purposes for channel in purpose.channels}
    return [channel for channel in Channel if channel in used]
