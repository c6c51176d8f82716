"""Terms of W3C DPV 2.3 that records, receipts and the record of processing share, and the JSON-LD context for them.

DPV publishes no context document, so each document carries its own; without it, what is a term would be a text.
"""

from typing import Any

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
            "dpv:hasProcessing",
            "dpv:hasDataSource",
            "dpv:hasLocation",
            "dpv:hasContact",
            "dpv:isIndicatedBy",
        )
    },
    "dpv:isIndicatedAtTime": {"@type": "xsd:dateTime"},
    "dct:created": {"@type": "xsd:dateTime"},
    "dct:issued": {"@type": "xsd:dateTime"},
}
PERSONAL_DATA = {
    "name": "pd:Name",
    "email": "pd:EmailAddress",
    "phone": "pd:TelephoneNumber",
    "address": "pd:PhysicalAddress",
}
"""The built-in contact fields."""
