"""What is answered about values that a person contested."""

from datetime import datetime
from typing import Any

from pydantic import Field

from app.wire import Out


class ContestedOut(Out):
    """One contested value: both versions, what was found and by whom."""

    about: str = Field(description="A contact field, `attributes.NAME`, or `purchase:SYSTEM/ID`, `booking:SYSTEM/ID`.")
    case_number: str
    inaccurate: bool
    reason: str | None
    held: Any = Field(description="As held when it was contested, or at the moment at which it was settled.")
    proposed: Any
    state: str = Field(description="contested, changed, supplemented, or noted (beside the record).")
    evidence: str | None
    recorded_at: datetime
    settled_at: datetime | None
    settled_by: str | None
