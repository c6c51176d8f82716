"""The consent record in the structure of ISO/IEC TS 27560:2023, written with DPV 2.3 terms as JSON-LD."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.consents.dpv import CONTEXT, PERSONAL_DATA
from app.policy.vocabulary import LegalBasis
from app.register.definition import Definition
from app.register.definition_purposes import Purpose
from app.register.definition_recipients import Recipient
from app.register.operation import Operation

_STATUS = {"given": ["dpv:ConsentGiven", "dpv:ExpressedConsent"], "withdrawn": ["dpv:ConsentWithdrawn"]}
_UNTIL = {
    "given": {"@type": "dpv:UntilEventDuration", "rdf:value": "consent withdrawn"},
    "withdrawn": {"@type": "dpv:UntilEventDuration", "rdf:value": "consent given anew"},
}


def receipt(
    op: Operation, person: Row[Any], events: Sequence[Row[Any]], notices: Mapping[int, datetime], base_url: str
) -> dict[str, Any]:
    """The record of one purpose: every act in the order that decides; the person only by the register's id.

    `notices` are the versions of the privacy notice that the acts pin, with the dates of their publication.
    """
    definition = op.definition
    purpose = definition.purpose(events[-1].purpose)
    language = person.language or definition.default_language
    subject = f"urn:uuid:{person.id}"
    return {
        "@context": CONTEXT,
        "@id": f"urn:uuid:{events[0].id}",
        "@type": "dpv:ConsentRecord",
        "dct:identifier": str(events[0].id),
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr",
        "dct:created": op.at.isoformat(),
        "dct:language": language,
        "dpv:hasDataSubject": {"@id": subject, "@type": "dpv:DataSubject", "dct:identifier": str(person.id)},
        "dpv:hasDataController": _controller(definition),
        "dpv:hasAuthority": _authority(definition, language),
        "dpv:hasJurisdiction": f"loc:{definition.controller.address.country}",
        "dpv:hasApplicableLaw": "legal-eu:law-GDPR",
        "dpv:hasLegalBasis": _legal_basis(purpose),
        "dpv:hasNotice": _notices(base_url, events, notices, language),
        "dpv:hasProcess": [_process(definition, purpose, events[-1].purpose, language)],
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dpv:isExercisedAt": f"mailto:{definition.request_email}",
        },
        "dpv:hasRight": [f"eu-gdpr:{article}" for article in ("A7-3", "A15", "A16", "A17", "A18", "A20", "A77")],
        "dpv:hasConsentStatus": [_act(event, subject, base_url) for event in events],
    }


def _controller(definition: Definition) -> dict[str, Any]:
    place, known = definition.request_address, definition.controller
    return {
        "@type": "dpv:DataController",
        "dpv:hasIdentifier": known.business_id or f"urn:seloste:{definition.name}:controller",
        "dpv:hasName": known.legal_name,
        "dpv:hasAddress": f"{place.street}, {place.postal_code} {place.city}, {place.country}",
        "dpv:hasContact": [f"mailto:{definition.request_email}", f"tel:{definition.request_phone.e164}"],
    }


def _authority(definition: Definition, language: str) -> dict[str, Any]:
    """Where to complain (Art. 77)."""
    authority = definition.authority
    return {
        "@type": "dpv:DataProtectionAuthority",
        "@id": str(authority.url),
        "dpv:hasName": authority.name.text(language, definition.default_language),
    }


def _notices(
    base_url: str, events: Sequence[Row[Any]], notices: Mapping[int, datetime], language: str
) -> list[dict[str, Any]]:
    """Each version that an act pins; while none does, where the notice is to be read."""
    pinned = {(event.notice_version, event.notice_language) for event in events if event.notice_version is not None}
    found = [
        {
            **_notice(base_url, version, spoken),
            "dct:hasVersion": str(version),
            "dct:language": spoken or language,
            "dct:issued": notices[version].isoformat(),
        }
        for version, spoken in sorted(pinned, key=str)
    ]
    return found or [{"@id": f"{base_url}/notice", "@type": "dpv:PrivacyNotice", "dct:language": language}]


def _notice(base_url: str, version: int, language: str | None) -> dict[str, Any]:
    spoken = f"&lang={language}" if language else ""
    return {"@id": f"{base_url}/notice?version={version}{spoken}", "@type": "dpv:PrivacyNotice"}


def _legal_basis(purpose: Purpose | None) -> str:
    """`6(1)(a)` is `eu-gdpr:A6-1-a`; a purpose that is no longer declared had rested on consent."""
    basis = LegalBasis.CONSENT if purpose is None else purpose.basis
    return "eu-gdpr:A" + basis.replace(")(", "-").replace("(", "-").rstrip(")")


def _process(definition: Definition, purpose: Purpose | None, code: str, language: str) -> dict[str, Any]:
    marketing = purpose is not None and purpose.is_marketing
    codes = purpose.categories if purpose else ()
    fields = [f.name for c in definition.categories if c.code in codes for f in c.fields]
    recipients = [definition.recipient(name) for name in (purpose.recipients if purpose else ())]
    named = [one for one in recipients if one is not None]
    kept_in = definition.notice.storage_countries or (definition.controller.address.country,)
    reached = dict.fromkeys([*kept_in, *(one.country for one in named if one.country_known)])
    return {
        "@type": "dpv:Process",
        "dct:title": purpose.label.text(language) if purpose else code,
        "dct:identifier": code,
        "dpv:hasPurpose": "dpv:DirectMarketing" if marketing else "dpv:ServiceProvision",
        "dpv:hasProcessing": ["dpv:Collect", "dpv:Store", "dpv:Use"],
        "dpv:hasDataSource": "dpv:DataSubjectDataSource",
        "dpv:hasPersonalData": [PERSONAL_DATA[name] for name in fields if name in PERSONAL_DATA],
        "dpv:hasRecipient": [_recipient(one) for one in named],
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageDuration", "dpv:hasDuration": _UNTIL["given"]},
            {"@type": "dpv:StorageLocation", "dpv:hasLocation": [f"loc:{country}" for country in kept_in]},
        ],
        "dpv:hasProcessingCondition": {
            "@type": "dpv:ProcessingLocation",
            "dpv:hasLocation": [f"loc:{country}" for country in reached],
        },
    }


def _recipient(one: Recipient) -> dict[str, Any]:
    where = {"dpv:hasLocation": f"loc:{one.country}"} if one.country_known else {}
    kind = "dpv:DataProcessor" if one.role in {"processor", "both"} else "dpv:ThirdParty"
    return {"@type": ["dpv:Recipient", kind], "dpv:hasName": one.legal_name or one.name, **where}


def _act(event: Row[Any], subject: str, base_url: str) -> dict[str, Any]:
    """What happened, in the order of time, by whom, and on which wording beside which notice."""
    act: dict[str, Any] = {
        "@type": _STATUS[event.action],
        "dpv:isIndicatedAtTime": event.occurred_at.isoformat(),
        "dpv:isIndicatedBy": subject,
        "dpv:hasIndicationMethod": event.collected_via,
        "dpv:hasDuration": _UNTIL[event.action],
        "dct:identifier": event.event_id,
    }
    shown: list[dict[str, Any]] = []
    if event.wording_id is not None:
        named = f"{event.wording_id}/{event.wording_version}/{event.wording_language}"
        shown.append({"@type": "dpv:ConsentNotice", "dct:identifier": named, "dct:language": event.wording_language})
    if event.notice_version is not None:
        shown.append(_notice(base_url, event.notice_version, event.notice_language))
    return {**act, "dpv:hasNotice": shown} if shown else act
