"""What the HTTP tests of recipients send."""

from typing import Any
from uuid import uuid4

IMPORTER = "The Rocket Science Group LLC"
ANNEXES = dict.fromkeys(("i_a", "i_b", "i_c", "ii", "iii"), True)
TICK = {"met": True, "reference": "section 4"}
HEADER = (
    *("subject_matter", "duration", "nature", "purpose", "data_types", "person_categories"),
    *("controller_rights", "written"),
)
DPF: dict[str, Any] = {
    "mechanism": "45",
    "evidence": {
        "dpf": {"entity": IMPORTER, "status": "active", "checked_on": "2026-11-01", "expires_on": "2099-08-01"}
    },
}
SCC: dict[str, Any] = {
    "mechanism": "46(2)(c)",
    "evidence": {
        "scc": {"module": "M2", "signed_on": "2024-01-01", "annexes": ANNEXES},
        "tia": {"reference": "TIA-1", "completed_on": "2024-02-01", "outcome": "adequate_with_measures"},
    },
}


def transfer(**members: Any) -> dict[str, Any]:
    """A regular transfer of the newsletter's addresses to the United States."""
    return {
        "exporter": "Lumicos Oy",
        "importer": IMPORTER,
        "importer_role": "processor",
        "country": "US",
        "access": "hosting",
        "purposes": ["newsletter"],
        "categories": ["contact_details"],
        "frequency": "regular",
        "valid_from": "2024-01-01",
        **members,
    }


def agreement(**clauses: Any) -> dict[str, Any]:
    """A complete agreement, with some clauses replaced."""
    return {
        "document": "DPA-2026-01",
        "sha256": "0" * 64,
        "signed_on": "2026-01-02",
        "review_on": "2027-01-02",
        "guarantees": {"reference": "ISO/IEC 27001, 2026", "checked_on": "2026-01-02", "review_on": "2027-01-02"},
        "sub_processing": "general",
        "objection_days": 30,
        "header": dict.fromkeys(HEADER, TICK),
        "clauses": {**dict.fromkeys("abcdefgh", TICK), **clauses},
    }


def disclosure(**members: Any) -> dict[str, Any]:
    """The newsletter's addresses, to the mail service by one of its names."""
    return {
        "recipient": "Mailchimp (USA)",
        "purpose": "newsletter",
        "categories": ["contact_details"],
        **members,
    }


class Caller:
    """One client of the API."""

    def __init__(self, api: Any, token: str) -> None:
        self._api = api
        self._authorization = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, **params: Any) -> Any:
        return await self._api.request("GET", path, params=params, headers=self._authorization)

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._api.request("POST", path, json=body, headers={**self._authorization, **named})

    async def patch(self, path: str, body: Any, version: int | None) -> Any:
        match = {} if version is None else {"If-Match": f'"{version}"'}
        return await self._api.request("PATCH", path, json=body, headers={**self._authorization, **match})

    async def customer(self) -> str:
        """Register somebody; the id."""
        interaction = {"kind": "form", "occurred_at": "2026-01-01T10:00:00Z"}
        person = {
            "name": "Aino Esimerkki",
            "email": f"aino.{uuid4().hex[:8]}@example.fi",
            "source": "web_form",
            "interaction": interaction,
        }
        made = await self.post("/v1/customers", person)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])


def codes(answer: Any) -> list[str]:
    """The reasons of a disclosure."""
    return [reason["code"] for reason in answer.json()["reasons"]]
