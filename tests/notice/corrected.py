"""The Lumicos definition with every question answered, as a controller might answer it."""

from functools import cache
from typing import Any

import yaml

from app.register.definition import Definition
from app.register.loading import bundled, load


@cache
def corrected() -> Definition:
    """Free of every defect that a machine can see."""
    document = yaml.safe_load(bundled())
    for answer in (_controller, _categories, _recipients, _student_management, _retention, _notice, _corrections):
        answer(document)
    return load(yaml.safe_dump(document, allow_unicode=True))


def _in_three(text: str) -> dict[str, str]:
    return dict.fromkeys(("fi", "sv", "en"), text)


def _controller(document: dict[str, Any]) -> None:
    document["controller"] |= {"business_id": "0000000-0", "email": "tietosuoja@example.fi"}
    document["contact"]["substitute"] = "Sijainen Esimerkki"
    document["dpo"] = {"status": "none"}


def _categories(document: dict[str, Any]) -> None:
    for category in document["categories"]:
        category.pop("gap", None)


def _recipients(document: dict[str, Any]) -> None:
    for recipient in document["recipients"]:
        recipient |= {"role_confirmed": True, "legal_name_confirmed": True}
        recipient.setdefault("legal_name", f"{recipient['name']} Oy")
        if recipient["country"] == "unknown":
            recipient["country"] = "FI"
        if recipient["role"] == "controller":
            recipient.setdefault("evidence", [{"statement": _in_three("Toimija noudattaa tietosuoja-asetusta.")}])
        for proof in recipient.get("evidence", ()):
            proof |= {"document": "arkisto 1/2026", "dated": "2026-11-20"}


def _student_management(document: dict[str, Any]) -> None:
    """N31: the purpose is declared."""
    takk = next(one for one in document["recipients"] if one["code"] == "takk")
    del takk["pending_purposes"]
    takk |= {"purposes": ["student_management"], "categories": ["contact_details"], "fields": ["name"]}
    document["purposes"].append(
        {
            "code": "student_management",
            "label": {"fi": "Opiskelijahallintajärjestelmä", "sv": "Studerandeförvaltning", "en": "Student management"},
            "basis": "6(1)(b)",
            "nature": "service",
            "categories": ["contact_details"],
            "recipients": ["takk"],
        }
    )


def _retention(document: dict[str, Any]) -> None:
    document["retention"]["accounting"]["profile"] = "by_class"
    document["retention"]["inactivity"]["confirmed_on"] = "2026-11-20"


def _notice(document: dict[str, Any]) -> None:
    document["transfers"]["copy_from"] = _in_three("pyytämällä tietosuojan yhteyshenkilöltä")
    document["notice"] = {
        "staff": _in_three("Asiakkaita palvelevat myös harjoittelijat."),
        "automated_by_others": _in_three("Klarna voi tehdä luottopäätöksen automaattisesti."),
        "security": _in_three("Tiedot salataan."),
        "cookies": _in_three("Verkkokaupan evästeistä kerrotaan verkkokaupassa."),
    }


def _corrections(document: dict[str, Any]) -> None:
    for correction in document["corrections"]:
        if correction["treatment"] == "open_question":
            correction["treatment"] = "annotated"
