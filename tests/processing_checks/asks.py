"""How the tests ask."""

from typing import Any

from tests.worlds import Caller

CHECKS = "/v1/processing-checks"


def asked(purpose: str, *subjects: Any, **members: Any) -> dict[str, Any]:
    """A check; a subject given as text is the register's id."""
    named = [{"id": subject} if isinstance(subject, str) else subject for subject in subjects]
    return {"purpose": purpose, "subjects": named, **members}


async def answer(call: Caller, purpose: str, subject: Any, role: str = "booking", **members: Any) -> dict[str, Any]:
    """The one answer about one subject."""
    told = await call(role, "POST", CHECKS, asked(purpose, subject, **members), expect=200)
    (result,) = told["results"]
    assert isinstance(result, dict)
    return result


async def reasons(call: Caller, purpose: str, subject: Any, role: str = "booking", **members: Any) -> list[str]:
    """The reasons' codes, preceded by whether it is allowed."""
    told = await answer(call, purpose, subject, role, **members)
    return ["allowed" if told["allowed"] else "denied", *(reason["code"] for reason in told["reasons"])]
