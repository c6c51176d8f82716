"""Payloads of the API-clients routes."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.auth.roles import Role
from app.email_addresses import Email
from app.wire import Code, In, Moment, Out, ShortLine, SystemCode

Employment = Literal["employee", "trainee", "partner_staff"]


class ClientNew(In):
    """A new API client. Persons are employees, trainees or a partner's staff (F85, N39)."""

    name: ShortLine = Field(examples=["webshop"])
    role: Literal["webshop", "booking", "mailer", "admin", "accountant", "dpo", "owner"]
    employment: Employment | None = None
    systems: list[SystemCode] = Field(default_factory=list, max_length=10, description="Reference systems it owns.")
    default_purpose: Code | None = None
    email: Email | None = Field(default=None, description="Of a person: where digests of requests go.")
    expires_at: Moment | None = Field(default=None, description="When its token runs out; none never does.")


class TokenNew(In):
    """A new token for a client; the present one works on for the overlap, a former one ends at once."""

    overlap_hours: int = Field(default=24, ge=0, le=720, description="0 ends the present token at once.")
    expires_at: Moment | None = Field(
        default=None,
        description="When the new token runs out. To be said, if only as null, when the present one has an end.",
    )


class ClientEmail(In):
    """Where a person is written to; null for nowhere."""

    email: Email | None


class FormerToken(Out):
    """The token before the last rotation, while it still works."""

    until: datetime
    last_used_at: datetime | None


class ClientOut(Out):
    id: UUID
    name: str
    kind: str
    role: Role
    employment: str | None
    email: str | None
    systems: list[str]
    default_purpose: str | None
    scopes: list[str]
    created_at: datetime
    withdrawn_at: datetime | None
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Of the present token, to the minute.")
    former_token: FormerToken | None


class ClientMade(ClientOut):
    """The only answer that shows the token; it is stored hashed."""

    token: str | None
