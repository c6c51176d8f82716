"""What the law adds to the data themselves: Art. 15(1)(a)-(h) and 15(2), out of the definition and the recipients."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.access import repository
from app.access.labels import Speech
from app.access.repository import Person
from app.access.schemas import (
    CodedOut,
    DataAuthorityOut,
    DataControllerOut,
    DataInformationOut,
    DataPeriodOut,
    DataPurposeOut,
    DataRecipientOut,
    DataRightOut,
    DataTransferOut,
)
from app.processors.disclosure_log import recipients_to_notify
from app.processors.safeguards_told import safeguards
from app.register.definition import Definition
from app.register.definition_base import Label, worded


def controller(definition: Definition) -> DataControllerOut:
    """Who answers, and how they are reached."""
    place, dpo = definition.request_address, definition.dpo
    return DataControllerOut(
        name=definition.controller.legal_name,
        address=f"{place.street}, {place.postal_code} {place.city}, {place.country}",
        phone=definition.request_phone.display,
        email=definition.request_email,
        contact=definition.contact.person_in_charge,
        data_protection_officer=dpo.name if dpo.status == "appointed" else None,
    )


def information(
    connection: Connection, definition: Definition, who: Person, speech: Speech, at: datetime
) -> DataInformationOut:
    """Everything but the data."""
    contact = {"email": definition.request_email, "phone": definition.request_phone.display}
    authority = _authority(definition, speech)
    return DataInformationOut(
        purposes=[*_purposes(definition, speech)],
        categories=[CodedOut(code=c.code, text=label(c.label, definition, speech)) for c in definition.categories],
        recipients=[*_recipients(connection, who, speech)],
        transfers=[*_transfers(connection, definition, speech, at)],
        source=_source(definition, who, speech),
        periods=[*_periods(definition, speech)],
        rights=[
            DataRightOut(right=_coded(speech, "right", right.right.value), article=right.article)
            for right in definition.rights
        ],
        how_to_use_rights=speech.word("rights_how", **contact),
        authority=authority,
        complaint=speech.word("complaint_how", authority=authority.name),
        automated_decisions=False,
        automated_decisions_text=speech.word("automated_none"),
    )


def label(words: Any, definition: Definition, speech: Speech) -> str:
    """A label of the definition in the person's language."""
    text: str = words.text(speech.language, definition.default_language)
    return text


def said(words: str | Label, definition: Definition, speech: Speech) -> str:
    """What the definition says to people, in the person's language where it has it."""
    return worded(words, speech.language, definition.default_language)


def _coded(speech: Speech, of: str, code: str) -> CodedOut:
    return CodedOut(code=code, text=speech.code(of, code))


def _purposes(definition: Definition, speech: Speech) -> Iterator[DataPurposeOut]:
    for purpose in definition.purposes:
        yield DataPurposeOut(
            purpose=CodedOut(code=purpose.code, text=label(purpose.label, definition, speech)),
            basis=_coded(speech, "basis", purpose.basis.value),
            interests=None if purpose.interests is None else said(purpose.interests, definition, speech),
            categories=list(purpose.categories),
        )


def _recipients(connection: Connection, who: Person, speech: Speech) -> Iterator[DataRecipientOut]:
    """Those who got something, and those to whom data flow regularly; each by name (C-154/21)."""
    known: Mapping[UUID, Row[Any]] = repository.names_of_processors(connection)
    for one in recipients_to_notify(connection, who.id):
        row = known.get(one.processor_id) if one.processor_id else None
        yield DataRecipientOut(
            name=row.name if row else one.name,
            legal_name=row.legal_name if row else None,
            role=_coded(speech, "recipient_role", row.role) if row else None,
            country=row.country if row else None,
            last_disclosed_at=one.last_disclosed_at,
        )


def _transfers(
    connection: Connection, definition: Definition, speech: Speech, at: datetime
) -> Iterator[DataTransferOut]:
    """Art. 15(2): each flow outside the EEA, what safeguards it, and how to get a copy; one that has stopped too."""
    ask = speech.word("copy_ask", email=definition.request_email)
    for told in safeguards(connection, definition, at):
        yield DataTransferOut(
            recipient=told.recipient,
            importer=told.importer,
            country=told.country,
            mechanism=told.mechanism,
            article=f"Art. {told.mechanism}" if told.mechanism else None,
            safeguard=_coded(speech, "mechanism", told.mechanism or "none"),
            instrument=told.instrument,
            holds=told.holds,
            copy_of_safeguards=said(told.copy, definition, speech) if told.copy else ask,
        )


def _source(definition: Definition, who: Person, speech: Speech) -> str:
    """Art. 15(1)(g): the declared source in words, or the code and reason of an exception (F62)."""
    source = definition.source(who.row.source or "")
    if source is not None:
        return label(source.label, definition, speech)
    return ": ".join(filter(None, (who.row.source, who.row.source_reason)))


def _periods(definition: Definition, speech: Speech) -> Iterator[DataPeriodOut]:
    kept = definition.retention
    rule = kept.accounting.as_notice
    if kept.accounting.profile == "by_class" and kept.accounting.by_class.voucher is not None:
        rule = kept.accounting.by_class.voucher
    for name, period, length in (
        ("inactivity", kept.inactivity, kept.inactivity.months),
        ("accounting", rule, rule.years),
        ("consent_evidence", kept.consent_evidence, kept.consent_evidence.years),
        ("request_files", kept.request_files, kept.request_files.years),
        ("audit", kept.audit, kept.audit.years),
        ("suppression_review", kept.suppression_review, kept.suppression_review.months),
    ):
        yield DataPeriodOut(text=speech.period(name, length), law=period.law, section=period.section)


def _authority(definition: Definition, speech: Speech) -> DataAuthorityOut:
    found = definition.authority
    return DataAuthorityOut(
        name=label(found.name, definition, speech),
        address=found.address,
        phone=found.phone,
        email=found.email,
        url=str(found.url),
    )
