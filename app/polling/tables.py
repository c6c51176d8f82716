"""How far each reading of a recipient has come, and what it has hinted at; nothing here says who anybody is."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Uuid

from app.db import Instant, Json, metadata

polls = Table(
    "polls",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("recipient", String(60), nullable=False),
    Column("stream", String(20), nullable=False, comment="customers, orders or bookings"),
    Column("since", Instant, nullable=True, comment="what changed from then on is read next"),
    Column("page", Integer, nullable=False),
    Column("listed", Integer, nullable=True, comment="how many records the recipient counted at the last page"),
    Column("is_through", Boolean, nullable=False, comment="the last reading came to the end of the list"),
    Column("counts", Json, nullable=False, comment="records of the last reading by outcome and reason code"),
    Column("began_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=True, comment="when a reading last came to the end"),
    Column("failure", String(60), nullable=True, comment="the code of what stopped the last reading"),
    Column("lease_holder", Uuid, nullable=True),
    Column("lease_until", Instant, nullable=True),
    Index("uq_polls_stream", "recipient", "stream", unique=True),
)

poll_hints = Table(
    "poll_hints",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("recipient", String(60), nullable=False),
    Column("stream", String(20), nullable=False),
    Column("external_id", String(100), nullable=False, comment="the object to read anew; gone when it has been read"),
    Column("hinted_at", Instant, nullable=False),
    Index("uq_poll_hints_object", "recipient", "stream", "external_id", unique=True),
)
