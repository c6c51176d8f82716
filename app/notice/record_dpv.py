"""The record of processing activities in W3C DPV 2.3 terms, as JSON-LD: a `dpv:Process` for each purpose."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.consents.dpv import CONTEXT, PERSONAL_DATA
from app.notice.activities import Limit, limits_of
from app.notice.composing_recipients import ground_of
from app.notice.facts import Party, Reached
from app.notice.promises import abroad
from app.notice.record import security, speech_of
from app.notice.speech import Speech
from app.policy.transfers import UNKNOWN
from app.policy.vocabulary import Nature
from app.register.definition_purposes import Purpose
from app.register.versions import Register

TERMS = ("dpv:hasDataSubject", "dpv:hasThirdCountry", "dpv:hasLocation", "dpv:hasOrganisationalMeasure")
PURPOSES: dict[Nature, str] = {
    Nature.SERVICE: "dpv:ServiceProvision",
    Nature.DIRECT_MARKETING: "dpv:DirectMarketing",
    Nature.ACCOUNTING: "dpv:LegalCompliance",
    Nature.LEGAL_CLAIMS: "dpv:CustomerClaimsManagement",
    Nature.SUBJECT_RIGHTS: "dpv:RightsFulfilment",
}
DATA: dict[str, str] = {
    **PERSONAL_DATA,
    "purchases": "pd:Purchase",
    "vouchers": "pd:Transaction",
    "consents": "pd:PrivacyPreference",
    "suppressions": "pd:PrivacyPreference",
    "requests": "pd:Communication",
}
"""Terms for fields and records; what has none is told by the title of its category."""
TOOLS: dict[str, str] = {
    "45": "eu-gdpr:AdequacyDecision",
    "46(2)(b)": "eu-gdpr:BindingCorporateRules",
    "46(2)(c)": "eu-gdpr:SCCByCommission",
    "46(2)(d)": "eu-gdpr:SCCBySupervisoryAuthority",
    "46(2)(e)": "eu-gdpr:CodesOfConductForDataTransfers",
    "46(2)(f)": "eu-gdpr:CertificationMechanismsForDataTransfers",
}
BASES: dict[str, str] = {
    "45": "eu-gdpr:A45-3",
    "46(3)": "eu-gdpr:A46-3-a",
    "49(1) second subparagraph": "eu-gdpr:A49-2",
}
"""Articles whose term is not their own number."""


def linked(connection: Connection, register: Register, at: datetime, language: str | None) -> dict[str, Any]:
    """The record as of now."""
    c = speech_of(connection, register, at, language)
    return {
        "@context": {**CONTEXT, **{term: {"@type": "@id"} for term in TERMS}},
        "@id": f"urn:seloste:{c.definition.name}:processing-record",
        "@type": "dpv:ROPA",
        "dct:title": c.words("record.title"),
        "dct:created": at.isoformat(),
        "dct:language": c.language,
        "dct:hasVersion": str(register.version),
        "dpv:hasApplicableLaw": "legal-eu:law-GDPR",
        "dpv:hasJurisdiction": f"loc:{c.definition.controller.address.country}",
        "dpv:hasDataController": _controller(c),
        "dpv:hasTechnicalOrganisationalMeasure": [
            {"@type": "dpv:TechnicalOrganisationalMeasure", "dct:description": text} for text in security(c)
        ],
        "dpv:hasProcess": [_process(c, purpose) for purpose in c.definition.purposes],
    }


def _controller(c: Speech) -> dict[str, Any]:
    place = c.definition.request_address
    controller = {
        "@type": "dpv:DataController",
        "dpv:hasName": c.definition.controller.legal_name,
        "dpv:hasAddress": f"{place.street}, {place.postal_code} {place.city}",
        "dpv:hasContact": f"mailto:{c.definition.request_email}",
    }
    if c.definition.dpo.status != "appointed":
        return controller
    officer = {"@type": "dpv:DataProtectionOfficer", "dpv:hasName": c.definition.dpo.name}
    return {**controller, "dpv:hasDataProtectionOfficer": officer}


def _process(c: Speech, purpose: Purpose) -> dict[str, Any]:
    parties = [party for party in c.practice.named if purpose.code in party.purposes]
    categories = [one for code in purpose.categories if (one := c.definition.category(code)) is not None]
    held = [name for one in categories for name in (*(field.name for field in one.fields), *one.records)]
    return {
        "@type": "dpv:Process",
        "dct:identifier": purpose.code,
        "dct:title": c.say(purpose.label),
        "dpv:hasPurpose": PURPOSES[purpose.nature],
        "dpv:hasLegalBasis": term_of(purpose.basis.value),
        "dpv:hasDataSubject": [*_subjects(purpose)],
        "dpv:hasPersonalData": list(dict.fromkeys(DATA[name] for name in held if name in DATA)),
        "dpv:hasRecipient": [_recipient(party) for party in parties],
        "dpv:hasStorageCondition": [*(_limit(one) for one in limits_of(c, purpose)), *_kept_in(c)],
        "dpv:hasProcess": [_transfer(c, party, flow) for party in parties for flow in abroad(party)],
    }


def _limit(limit: Limit) -> dict[str, Any]:
    """The envisaged time limit for erasing a kind of data (Art. 30(1)(f)), with the law that sets it."""
    duration = {"@type": "dpv:TemporalDuration", "rdf:value": limit.period}
    condition = {"@type": "dpv:StorageDuration", "dct:title": limit.data, "dpv:hasDuration": duration}
    return {**condition, "dct:source": limit.law} if limit.law else condition


def _kept_in(c: Speech) -> Iterator[dict[str, Any]]:
    if countries := c.definition.notice.storage_countries:
        yield {"@type": "dpv:StorageLocation", "dpv:hasLocation": [f"loc:{country}" for country in countries]}


def term_of(article: str) -> str:
    """`6(1)(a)` is `eu-gdpr:A6-1-a`."""
    return BASES.get(article) or "eu-gdpr:A" + article.replace(")(", "-").replace("(", "-").rstrip(")")


def _subjects(purpose: Purpose) -> Iterator[str]:
    yield "dpv:Customer"
    if purpose.is_marketing and purpose.needs_consent:
        yield "dpv:Subscriber"


def _recipient(party: Party) -> dict[str, Any]:
    kind = "dpv:DataProcessor" if party.processes else "dpv:ThirdParty"
    known = {} if party.country == UNKNOWN else {"dpv:hasLocation": f"loc:{party.country}"}
    return {"@type": ["dpv:Recipient", kind], "dpv:hasName": party.legal_name or party.name, **known}


def _transfer(c: Speech, party: Party, flow: Reached) -> dict[str, Any]:
    """A transfer with its ground and its tool, which are two things (Art. 46); neither while nothing carries it."""
    made: dict[str, Any] = {
        "@type": ["dpv:Process", "dpv:DataTransferRecord"],
        "dpv:hasDataImporter": {"@type": "dpv:DataImporter", "dpv:hasName": party.legal_name or party.name},
        "dpv:hasThirdCountry": f"loc:{flow.country}",
        "dct:description": ground_of(c, flow),
    }
    if flow.article is None:
        return made
    article = flow.article.removeprefix("Art. ")
    tool = {"dpv:hasOrganisationalMeasure": TOOLS[article]} if article in TOOLS else {}
    return {**made, "dpv:hasLegalBasis": term_of(article), **tool}
