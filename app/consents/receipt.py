"""The consent record in the structure of ISO/IEC TS 27560:2023, written with DPV 2.3 terms as JSON-LD."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from app.policy.vocabulary import LegalBasis
from app.register.definition import Definition
from app.register.definition_purposes import Purpose
from app.register.operation import Operation

CONTEXT: dict[str, Any] = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "legal-eu": "https://w3id.org/dpv/legal/eu#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{
        term: {"@type": "@id"}
        for term in (
            "dct:conformsTo",
            "dpv:hasPurpose",
            "dpv:hasPersonalData",
            "dpv:isExercisedAt",
            "dpv:hasLegalBasis",
            "dpv:hasRight",
            "dpv:hasJurisdiction",
            "dpv:hasApplicableLaw",
        )
    },
    "dpv:isIndicatedAtTime": {"@type": "xsd:dateTime"},
    "dct:created": {"@type": "xsd:dateTime"},
}
_STATUS = {"given": "dpv:ConsentGiven", "withdrawn": "dpv:ConsentWithdrawn"}
_PERSONAL_DATA = {
    "name": "pd:Name",
    "email": "pd:EmailAddress",
    "phone": "pd:TelephoneNumber",
    "address": "pd:PhysicalAddress",
}


def receipt(op: Operation, person: Row[Any], events: Sequence[Row[Any]]) -> dict[str, Any]:
    """The record of one purpose: every act in the order that decides; the person only by the register's id."""
    definition = op.definition
    purpose = definition.purpose(events[-1].purpose)
    language = person.language or definition.default_language
    contact = f"mailto:{definition.request_email}"
    return {
        "@context": CONTEXT,
        "@id": f"urn:uuid:{events[0].id}",
        "@type": "dpv:ConsentRecord",
        "dct:identifier": str(events[0].id),
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr",
        "dct:created": op.at.isoformat(),
        "dct:language": language,
        "dpv:hasDataSubject": _subject(person),
        "dpv:hasDataController": {
            "@type": "dpv:DataController",
            "dpv:hasName": definition.controller.legal_name,
            "dpv:hasAddress": definition.controller.address.city,
            "dpv:hasContact": contact,
        },
        "dpv:hasJurisdiction": f"loc:{definition.controller.address.country}",
        "dpv:hasApplicableLaw": "legal-eu:law-GDPR",
        "dpv:hasLegalBasis": _legal_basis(purpose),
        "dpv:hasProcess": [_process(definition, purpose, events[-1].purpose, language)],
        "dpv:hasConsentControl": {"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": contact},
        "dpv:hasRight": ["eu-gdpr:A7-3", "eu-gdpr:A15", "eu-gdpr:A17", "eu-gdpr:A77"],
        "dpv:hasConsentStatus": [_act(event) for event in events],
    }


def _subject(person: Row[Any]) -> dict[str, Any]:
    return {"@id": f"urn:uuid:{person.id}", "@type": "dpv:DataSubject", "dct:identifier": str(person.id)}


def _legal_basis(purpose: Purpose | None) -> str:
    """`6(1)(a)` is `eu-gdpr:A6-1-a`; a purpose that is no longer declared had rested on consent."""
    basis = LegalBasis.CONSENT if purpose is None else purpose.basis
    return "eu-gdpr:A" + basis.replace(")(", "-").replace("(", "-").rstrip(")")


def _process(definition: Definition, purpose: Purpose | None, code: str, language: str) -> dict[str, Any]:
    marketing = purpose is not None and purpose.is_marketing
    codes = purpose.categories if purpose else ()
    fields = [f.name for c in definition.categories if c.code in codes for f in c.fields]
    recipients = [definition.recipient(name) for name in (purpose.recipients if purpose else ())]
    return {
        "@type": "dpv:Process",
        "dct:title": purpose.label.text(language) if purpose else code,
        "dct:identifier": code,
        "dpv:hasPurpose": "dpv:DirectMarketing" if marketing else "dpv:ServiceProvision",
        "dpv:hasPersonalData": [_PERSONAL_DATA[name] for name in fields if name in _PERSONAL_DATA],
        "dpv:hasRecipient": [{"@type": "dpv:Recipient", "dpv:hasName": one.name} for one in recipients if one],
        "dpv:hasStorageCondition": {
            "@type": "dpv:StorageDuration",
            "dpv:hasDuration": {"@type": "dpv:UntilEventDuration", "rdf:value": "consent withdrawn"},
        },
    }


def _act(event: Row[Any]) -> dict[str, Any]:
    act = {
        "@type": _STATUS[event.action],
        "dpv:isIndicatedAtTime": event.occurred_at.isoformat(),
        "dpv:hasIndicationMethod": event.collected_via,
        "dct:identifier": event.event_id,
    }
    if event.wording_id is not None:
        named = f"{event.wording_id}/{event.wording_version}/{event.wording_language}"
        notice = {"@type": "dpv:ConsentNotice", "dct:identifier": named, "dct:language": event.wording_language}
        return {**act, "dpv:hasNotice": notice}
    return act
