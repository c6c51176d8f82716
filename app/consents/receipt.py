"""The consent record in the structure of ISO/IEC TS 27560:2023, written with DPV 2.3 terms as JSON-LD."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from app.register.operation import Operation

CONTEXT: dict[str, Any] = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "legal-eu": "https://w3id.org/dpv/legal/eu#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{
        term: {"@type": "@id"}
        for term in (
            "dct:conformsTo",
            "dpv:hasPurpose",
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


def receipt(op: Operation, person: Row[Any], events: Sequence[Row[Any]]) -> dict[str, Any]:
    """The record of one purpose: every act in the order that decides; the person only by the register's id."""
    definition = op.definition
    purpose = definition.purpose(events[-1].purpose)
    marketing = purpose is not None and purpose.is_marketing
    label = purpose.label.text(person.language or definition.default_language) if purpose else events[-1].purpose
    return {
        "@context": CONTEXT,
        "@id": f"urn:uuid:{events[0].id}",
        "@type": "dpv:ConsentRecord",
        "dct:identifier": str(events[0].id),
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr",
        "dct:created": op.at.isoformat(),
        "dpv:hasDataSubject": {
            "@id": f"urn:uuid:{person.id}",
            "@type": "dpv:DataSubject",
            "dct:identifier": str(person.id),
        },
        "dpv:hasDataController": {
            "@type": "dpv:DataController",
            "dpv:hasName": definition.controller.legal_name,
            "dpv:hasContact": f"mailto:{definition.request_email}",
        },
        "dpv:hasJurisdiction": f"loc:{definition.controller.address.country}",
        "dpv:hasApplicableLaw": "legal-eu:law-GDPR",
        "dpv:hasLegalBasis": "eu-gdpr:A6-1-a",
        "dpv:hasProcess": [
            {
                "@type": "dpv:Process",
                "dpv:hasPurpose": "dpv:DirectMarketing" if marketing else "dpv:ServiceProvision",
                "dct:title": label,
                "dct:identifier": events[-1].purpose,
            }
        ],
        "dpv:hasRight": ["eu-gdpr:A7-3", "eu-gdpr:A15", "eu-gdpr:A17", "eu-gdpr:A77"],
        "dpv:hasConsentStatus": [_act(event) for event in events],
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
        act["dpv:hasNotice"] = {"@type": "dpv:ConsentNotice", "dct:identifier": named}
    return act
