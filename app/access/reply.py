"""One reply: everything held of one person, section by section and page by page, within one read of the database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row

from app.access import repository, repository_marks
from app.access.information import controller, information, label
from app.access.labels import Speech, labels
from app.access.redacted import Marks
from app.access.repository import Person
from app.access.retention import Retention
from app.access.schemas import CodedOut, DataFieldOut, DataHead, DataRecordOut, DataSectionHead
from app.access.sections import BY_CODE, CONTRACTS, SECTIONS, Section
from app.access.showing import Shown
from app.policy.vocabulary import LegalBasis, Right
from app.register.definition import Definition
from app.register.versions import Register
from app.subject_requests.judging import Judge

PORTABLE_BASES = frozenset({LegalBasis.CONSENT, LegalBasis.CONTRACT})
"""Art. 20(1)(a)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """For which case the reply is made, when and under which definition; frozen before the read begins."""

    register: Register
    case: Row[Any]
    at: datetime
    today: date

    @property
    def definition(self) -> Definition:
        """The definition."""
        return self.register.definition


@dataclass(slots=True)
class Reply:
    """What a case's reply is read through; lives as long as its read."""

    connection: Connection
    asked: Asked
    who: Person
    speech: Speech
    marks: Marks
    retention: Retention
    portable: bool
    written: int = field(default=0)

    @property
    def definition(self) -> Definition:
        """The definition in force."""
        return self.asked.definition

    def head(self) -> DataHead:
        """All but the sections."""
        told = None
        if not self.portable:
            told = information(self.connection, self.definition, self.who, self.speech, self.asked.at)
        return DataHead(
            case_number=self.asked.case.case_number,
            right="portability" if self.portable else "access",
            made_at=self.asked.at,
            language=self.speech.language,
            register_version=self.asked.register.version,
            controller=controller(self.definition),
            information=told,
        )

    def sections(self) -> Iterator[Section]:
        """The sections of this reply."""
        return (section for section in SECTIONS if not self.portable or self._is_portable(section))

    def section_head(self, section: Section) -> DataSectionHead:
        """What a section is called and what its fields mean."""
        words = labels().sections[section.code]
        shown = {name: words.fields[name] for name in self.fields(section)}
        return DataSectionHead(
            section=section.code,
            title=self.speech.of(words.title),
            context=self.speech.of(words.context),
            category=self._category(section),
            fields=[
                DataFieldOut(field=name, label=self.speech.of(one.label), codes=dict(self.speech.codes(one.codes)))
                for name, one in shown.items()
            ],
        )

    def fields(self, section: Section) -> tuple[str, ...]:
        """The fields shown: all of them, or the portable ones."""
        return section.portable if self.portable else section.fields

    def records(self, section: Section) -> Iterator[list[DataRecordOut]]:
        """Every record of a section, a page at a time."""
        if section.code == "attributes":
            yield self.attributes()
            return
        for page in repository.pages(self.connection, section, self.who):
            yield [self.record(section, row) for row in page]

    def record(self, section: Section, row: Row[Any]) -> DataRecordOut:
        """One row as it is answered, without what is withheld."""
        kept = None if self.portable else self.retention.of(section, row)
        return self._record(section, section.name_of(row._mapping), section.values_of(row._mapping), kept)

    def attributes(self) -> list[DataRecordOut]:
        """The further fields that the definition declares, each by its label."""
        section, found = BY_CODE["attributes"], []
        for category in self.definition.categories:
            for one in category.extra_fields:
                value = (self.who.row.attributes or {}).get(one.name)
                if value is None or (self.portable and not self._rests_on(one.purposes)):
                    continue
                kept = None if self.portable else self.retention.of_holding(f"attribute:{one.name}")
                values = {"name": label(one.label, self.definition, self.speech), "value": value}
                found.append(self._record(section, f"attribute:{one.name}", values, kept))
        return found

    def shown(self) -> Shown:
        """Values as people read them."""
        d, s = self.definition, self.speech
        named = {
            "purpose": {one.code: label(one.label, d, s) for one in d.purposes},
            "categories": {one.code: label(one.label, d, s) for one in d.categories},
            "source": {one.code: label(one.label, d, s) for one in d.sources},
        }
        return Shown(s, d.zone, {**named, "purposes": named["purpose"]})

    def _record(self, section: Section, name: str, values: dict[str, Any], kept: Any) -> DataRecordOut:
        self.written += 1
        chosen = {field: values[field] for field in self.fields(section)}
        left, withheld = self.marks.applied(name, chosen)
        return DataRecordOut(record=name, values=left, withheld=withheld, retention=kept)

    def _category(self, section: Section) -> CodedOut | None:
        for category in self.definition.categories:
            held = category.contact_fields if section.category == "contact" else section.category in category.records
            if section.category and held:
                return CodedOut(code=category.code, text=label(category.label, self.definition, self.speech))
        return None

    def _is_portable(self, section: Section) -> bool:
        """Data the person provided, for a purpose that rests on consent or a contract (Art. 20(1))."""
        if section.code == "attributes":
            return bool(self.attributes_rest())
        category = self._category(section)
        if not section.portable or category is None:
            return False
        return self._rests_on(p.code for p in self.definition.purposes if category.code in p.categories)

    def attributes_rest(self) -> list[str]:
        """The declared further fields that rest on consent or a contract."""
        extra = (one for category in self.definition.categories for one in category.extra_fields)
        return [one.name for one in extra if self._rests_on(one.purposes)]

    def _rests_on(self, purposes: Iterable[str]) -> bool:
        found = (self.definition.purpose(code) for code in purposes)
        return any(purpose is not None and purpose.basis in PORTABLE_BASES for purpose in found)


def begin(connection: Connection, asked: Asked, who: Person, *, portable: bool | None = None) -> Reply:
    """Open the reply on a connection whose picture of the database stays the same until it is written."""
    definition = asked.definition
    speech = Speech(who.row.language or definition.default_language)
    named = [BY_CODE[name] for name in CONTRACTS]
    contracts = ((one.table.name, repository.open_rows(connection, one, who, asked.today)) for one in named)
    judge = Judge(connection, definition, who.row, asked.today, asked.case, contracts)
    return Reply(
        connection,
        asked,
        who,
        speech,
        Marks(repository_marks.of(connection, asked.case.id)),
        Retention(definition, judge, speech),
        Right(asked.case.right) is Right.PORTABILITY if portable is None else portable,
    )
