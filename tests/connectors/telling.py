"""What connectors are told in tests: an instruction about Aino, and the way out into the world of loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.connectors.instruction import Instruction, Subject
from app.connectors.outside import Outside, new_client
from app.policy.notifications import Act
from tests.worlds import STARTED

AINO = Subject(name="Aino Esimerkki", email="aino@example.fi")


def told(act: Act, subject: Subject = AINO, **more: Any) -> Instruction:
    """An instruction to the recipient under test."""
    due_on = (STARTED + timedelta(days=30)).date()
    return Instruction(UUID(int=1), act, "vendor", subject, STARTED, due_on, **more)


@asynccontextmanager
async def world_outside() -> AsyncIterator[Outside]:
    """The way out, for as long as one test needs it."""
    async with new_client(may_reach_private=True) as client:
        yield Outside(client, may_reach_private=True)
