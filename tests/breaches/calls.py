"""What the tests of breaches send."""

from typing import Any

from tests.worlds import Caller

AWARE = "2026-11-20T15:30:00+02:00"
"""A Friday afternoon; the world's clock starts on Monday at 11 in Helsinki."""
CONTENT: dict[str, str] = {
    "nature": "Letters of ten customers were put into each other's envelopes.",
    "consequences": "A stranger knows the address and what was bought.",
    "measures": "The letters were asked back, and envelopes now have windows.",
}
RISK: dict[str, Any] = {
    "likelihood": "possible",
    "severity": "limited",
    "factors": ["ten people", "no sensitive data"],
    "outcome": "risk",
    "reasons": "Strangers may have read the letters.",
}
HIGH: dict[str, Any] = {**RISK, "likelihood": "likely", "severity": "significant", "outcome": "high_risk"}
NONE: dict[str, Any] = {**RISK, "likelihood": "unlikely", "outcome": "none", "reasons": "All came back unopened."}
LESSONS = {"lessons": "Envelopes have windows from now on."}


def breach(**members: Any) -> dict[str, Any]:
    """A breach as somebody at the desk reports it."""
    return {
        "what_happened": "Letters were put into each other's envelopes.",
        "natures": ["confidentiality"],
        "discovered_how": "A recipient rang.",
        "aware_at": AWARE,
        "person_categories": ["customers"],
        "data_categories": ["contact_details"],
        "people_about": 10,
        **members,
    }


def notification(sent_at: str = "2026-11-23T10:00:00+02:00", **members: Any) -> dict[str, Any]:
    """A whole notification, sent within the period."""
    return {"sent_at": sent_at, "content": CONTENT, **members}


class Register:
    """Somebody who keeps the breach register over HTTP."""

    def __init__(self, call: Caller) -> None:
        self.call = call

    async def reports(self, role: str = "dpo", **members: Any) -> dict[str, Any]:
        """A reported breach."""
        answer: dict[str, Any] = await self.call(role, "POST", "/v1/breaches", breach(**members), expect=201)
        return answer

    async def posts(self, number: str, what: str, body: Any, expect: int = 201) -> dict[str, Any]:
        """Something added to the breach."""
        answer: dict[str, Any] = await self.call("dpo", "POST", f"/v1/breaches/{number}/{what}", body, expect=expect)
        return answer

    async def reads(self, number: str) -> dict[str, Any]:
        """The breach as it stands."""
        answer: dict[str, Any] = await self.call("dpo", "GET", f"/v1/breaches/{number}", expect=200)
        return answer
