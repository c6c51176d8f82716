"""The words of calendars and digests, which staff read: by language, in English where there is none."""

from collections.abc import Mapping

from app.policy.vocabulary import Right

RIGHTS: Mapping[str, Mapping[Right, str]] = {
    "fi": {
        Right.ACCESS: "tarkastuspyyntö",
        Right.RECTIFICATION: "oikaisupyyntö",
        Right.ERASURE: "poistopyyntö",
        Right.RESTRICTION: "rajoittamispyyntö",
        Right.PORTABILITY: "siirtopyyntö",
        Right.OBJECTION: "vastustaminen",
        Right.MARKETING_BAN: "markkinointikielto",
        Right.CONSENT_WITHDRAWAL: "suostumuksen peruutus",
    },
    "sv": {
        Right.ACCESS: "begäran om tillgång",
        Right.RECTIFICATION: "begäran om rättelse",
        Right.ERASURE: "begäran om radering",
        Right.RESTRICTION: "begäran om begränsning",
        Right.PORTABILITY: "begäran om överföring",
        Right.OBJECTION: "invändning",
        Right.MARKETING_BAN: "marknadsföringsförbud",
        Right.CONSENT_WITHDRAWAL: "återkallat samtycke",
    },
    "en": {
        Right.ACCESS: "access request",
        Right.RECTIFICATION: "rectification request",
        Right.ERASURE: "erasure request",
        Right.RESTRICTION: "restriction request",
        Right.PORTABILITY: "portability request",
        Right.OBJECTION: "objection",
        Right.MARKETING_BAN: "marketing ban",
        Right.CONSENT_WITHDRAWAL: "consent withdrawal",
    },
}
WORDS: Mapping[str, Mapping[str, str]] = {
    "fi": {
        "calendar": "Rekisteröityjen pyynnöt, {controller}",
        "left": "{days} pv jäljellä",
        "today": "määräpäivä tänään",
        "late": "{days} pv myöhässä",
        "by": "Vastattava viimeistään {due_on}.",
        "towards": "Tavoite {without_pause_on}: silloin aika päättyisi ilman keskeytystä.",
        "paused": "Aika on keskeytynyt: vastausta kysymykseen odotetaan.",
        "subject": "Rekisteröityjen pyynnöt {today}: {overdue} myöhässä, {soon} erääntyy pian",
        "overdue": "Myöhässä",
        "soon": "Erääntyy {days} päivän kuluessa",
        "executions": "Päätetty, odottaa toteutusta",
        "recipients": "Toteutettu, odottaa vastaanottajia tai kirjettä",
        "expiring": "Erääntyy tai tarkistettava: siirrot ja sopimukset",
        "due": "{case}: {due_on}",
        "execution": "{case}: toteutetaan {on}",
        "open": "{case}: {number} avoinna",
        "nothing": "Mikään ei ole myöhässä, eräänny pian eikä odota.",
        "sent_by": "Seloste lähettää tämän kerran päivässä. Tapausnumerolla löydät pyynnön.",
    },
    "sv": {
        "calendar": "De registrerades begäranden, {controller}",
        "left": "{days} dagar kvar",
        "today": "förfaller i dag",
        "late": "{days} dagar försenad",
        "by": "Ska besvaras senast {due_on}.",
        "towards": "Mål {without_pause_on}: då skulle tiden löpa ut utan avbrott.",
        "paused": "Tiden står still: svar på en fråga inväntas.",
        "subject": "De registrerades begäranden {today}: {overdue} försenade, {soon} förfaller snart",
        "overdue": "Försenade",
        "soon": "Förfaller inom {days} dagar",
        "executions": "Beslutade, väntar på verkställande",
        "recipients": "Verkställda, väntar på mottagare eller brev",
        "expiring": "Löper ut eller ska ses över: överföringar och avtal",
        "due": "{case}: {due_on}",
        "execution": "{case}: verkställs {on}",
        "open": "{case}: {number} öppna",
        "nothing": "Inget är försenat, förfaller snart eller väntar.",
        "sent_by": "Seloste skickar detta en gång om dagen. Med ärendenumret hittar du begäran.",
    },
    "en": {
        "calendar": "Data subjects' requests, {controller}",
        "left": "{days} days left",
        "today": "due today",
        "late": "{days} days overdue",
        "by": "To be answered by {due_on}.",
        "towards": "Work towards {without_pause_on}, when the time would end without the pause.",
        "paused": "The clock stands still: an answer to a question is awaited.",
        "subject": "Data subjects' requests {today}: {overdue} overdue, {soon} due soon",
        "overdue": "Overdue",
        "soon": "Due within {days} days",
        "executions": "Decided, waiting to be carried out",
        "recipients": "Carried out, waiting for recipients or the letter",
        "expiring": "Runs out or to be reviewed: transfers and agreements",
        "due": "{case}: {due_on}",
        "execution": "{case}: carried out on {on}",
        "open": "{case}: {number} open",
        "nothing": "Nothing is overdue, due soon or waiting.",
        "sent_by": "Seloste sends this once a day. The case number leads to the request.",
    },
}

EXPIRY: Mapping[str, Mapping[str, str]] = {
    "fi": {
        "transfer_ends": "siirtoperuste päättyy",
        "decision_ends": "riittävyyspäätös päättyy",
        "dpf_check_due": "DPF-merkintä tarkistettava",
        "dpf_check_lapses": "DPF-merkinnän tarkistus vanhenee, lähetykset pysähtyvät",
        "dpf_expires": "DPF-merkintä päättyy",
        "tia_review": "siirron vaikutustenarviointi tarkistettava",
        "agreement_review": "sopimus tarkistettava",
        "guarantees_review": "näyttö tietosuojasta tarkistettava",
        "objection_ends": "alikäsittelijää voi vastustaa viimeistään",
    },
    "sv": {
        "transfer_ends": "överföringsgrunden upphör",
        "decision_ends": "beslutet om adekvat skyddsnivå upphör",
        "dpf_check_due": "DPF-registreringen ska kontrolleras",
        "dpf_check_lapses": "kontrollen av DPF-registreringen föråldras, sändningar stoppas",
        "dpf_expires": "DPF-registreringen upphör",
        "tia_review": "konsekvensbedömningen av överföringen ska ses över",
        "agreement_review": "avtalet ska ses över",
        "guarantees_review": "bevisen för dataskyddet ska ses över",
        "objection_ends": "invändning mot underbiträdet senast",
    },
    "en": {
        "transfer_ends": "the transfer's basis ends",
        "decision_ends": "the adequacy decision ends",
        "dpf_check_due": "the Data Privacy Framework entry is to be checked",
        "dpf_check_lapses": "the check of the Data Privacy Framework entry lapses, sending stops",
        "dpf_expires": "the Data Privacy Framework entry expires",
        "tia_review": "the transfer impact assessment is to be reviewed",
        "agreement_review": "the agreement is to be reviewed",
        "guarantees_review": "the evidence of compliance is to be reviewed",
        "objection_ends": "last day to object to a sub-processor",
    },
}


def words(language: str) -> Mapping[str, str]:
    """The words of a language."""
    return WORDS.get(language, WORDS["en"])


def expiry(language: str, kind: str) -> str:
    """What runs out or is to be reviewed."""
    return EXPIRY.get(language, EXPIRY["en"])[kind]


def right_name(language: str, right: Right) -> str:
    """What a request for this right is called."""
    return RIGHTS.get(language, RIGHTS["en"])[right]


def days_left(language: str, days: int) -> str:
    """How near a due date is."""
    found = words(language)
    if days == 0:
        return found["today"]
    return found["left" if days > 0 else "late"].format(days=abs(days))
