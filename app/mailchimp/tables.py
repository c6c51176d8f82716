"""Events that wait to be worked off, sealed, and afterwards only their mark; how far each audience has been polled."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Uuid, text

from app.db import Instant, Json, metadata

_WAITING = "state = 'queued'"

mailchimp_events = Table(
    "mailchimp_events",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("mark", String(64), nullable=False, unique=True, comment="keyed hash of what makes it the same event"),
    Column("recipient", String(60), nullable=False),
    Column("audience", String(100), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("fired_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("sealed", LargeBinary, nullable=True, comment="the addresses; destroyed once it is worked off"),
    Column("state", String(20), nullable=False, comment="queued, done or parked"),
    Column("outcome", String(60), nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant, nullable=False, comment="not tried before"),
    Column("settled_at", Instant, nullable=True),
    Index("ix_mailchimp_events_queued", "id", sqlite_where=text(_WAITING), postgresql_where=text(_WAITING)),
    Index("ix_mailchimp_events_settled_at", "settled_at"),
)

mailchimp_polls = Table(
    "mailchimp_polls",
    metadata,
    Column("recipient", String(60), primary_key=True),
    Column("audience", String(100), primary_key=True),
    Column("polled_to", Instant, nullable=False, comment="changes up to here have been looked at"),
    Column("counts", Json, nullable=False),
    Column("polled_at", Instant, nullable=False),
)
