"""Payloads of the API-clients routes."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.auth.roles import Role
from app.wire import Code, In, Line, Out, SystemCode

Employment = Literal["employee", "trainee", "partner_staff"]


class ClientNew(In):
    """A new API client. Persons are employees, trainees or a partner's staff (F85, N39)."""

    name: Line = Field(max_length=80, examples=["webshop"])
    role: Literal["webshop", "booking", "mailer", "admin", "accountant", "dpo", "owner"]
    employment: Employment | None = None
    systems: list[SystemCode] = Field(default_factory=list, max_length=10, description="Reference systems it owns.")
    default_purpose: Code | None = None


class ClientOut(Out):
    id: UUID
    name: str
    kind: str
    role: Role
    employment: str | None
    systems: list[str]
    default_purpose: str | None
    scopes: list[str]
    created_at: datetime
    withdrawn_at: datetime | None


class ClientMade(ClientOut):
    """The only answer that shows the token; it is stored hashed."""

    token: str | None
