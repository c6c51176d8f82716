"""Breaches (Art. 33(5)), their assessments, notices, timeline, and the people affected.

An affected person stands here by subject key, the one that audit rows name. The customer's id stands beside it while
the person is in the register; a trigger takes it away when they are erased, whichever way that happens.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, Uuid, text

from app.db import Instant, Json, metadata

_OPEN = "closed_at IS NULL"
_UNTOLD = "state = 'to_tell'"

breach_numbers = Table(
    "breach_numbers",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

breaches = Table(
    "breaches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("what_happened", Text, nullable=False),
    Column("effects", Text, nullable=True),
    Column("remedial_action", Text, nullable=True),
    Column("natures", Json, nullable=False, comment="confidentiality, integrity, availability"),
    Column("person_categories", Json, nullable=False),
    Column("data_categories", Json, nullable=False),
    Column("people_about", BigInteger, nullable=True, comment="approximate number of people; null while unknown"),
    Column("records_about", BigInteger, nullable=True),
    Column("discovered_how", Text, nullable=False),
    Column("occurred_at", Instant, nullable=True),
    Column("aware_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False, comment="the end of the period of Art. 33(1), exclusive"),
    Column("clock_runs", Boolean, nullable=False, comment="false once the authority is told or nobody need tell it"),
    Column("processor_id", Uuid, ForeignKey("processors.id"), nullable=True),
    Column("processor_told_at", Instant, nullable=True, comment="Art. 33(2)"),
    Column("request_id", Uuid, nullable=True, comment="the case it came from, such as a wrong erasure"),
    Column("case_number", String(20), nullable=True),
    Column("person_in_charge", String(200), nullable=False),
    Column("lessons", Text, nullable=True),
    Column("closed_at", Instant, nullable=True),
    Column("register_version", Integer, nullable=False),
    Column("reported_at", Instant, nullable=False),
    Column("reported_by", Uuid, nullable=False),
    Column("reported_by_name", String(80), nullable=False),
    Index("ix_breaches_due_at", "due_at", "id"),
    Index("ix_breaches_open", "due_at", "id", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
)

breach_assessments = Table(
    "breach_assessments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("breach_id", Uuid, ForeignKey("breaches.id"), nullable=False),
    Column("likelihood", String(20), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("factors", Json, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("reasons", Text, nullable=False),
    Column("exception", String(20), nullable=True, comment="Art. 34(3)"),
    Column("exception_reasons", Text, nullable=True),
    Column("public_communication", Text, nullable=True),
    Column("assessed_at", Instant, nullable=False),
    Column("assessed_by", Uuid, nullable=False),
    Column("assessed_by_name", String(80), nullable=False),
    Index("ix_breach_assessments_breach_id", "breach_id", "id"),
)

breach_notices = Table(
    "breach_notices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("breach_id", Uuid, ForeignKey("breaches.id"), nullable=False),
    Column("audience", String(20), nullable=False, comment="authority or persons"),
    Column("language", String(2), nullable=False),
    Column("content", Json, nullable=False, comment="of Art. 33(3)(a) to (d)"),
    Column("advice", Text, nullable=True, comment="what people can do themselves"),
    Column("sent_at", Instant, nullable=True, comment="of a notification; people are told one by one"),
    Column("reference", String(200), nullable=True, comment="the authority's own"),
    Column("later_because", Text, nullable=True, comment="Art. 33(4)"),
    Column("delay_reasons", Text, nullable=True, comment="Art. 33(1)"),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", Uuid, nullable=False),
    Column("recorded_by_name", String(80), nullable=False),
    Index("ix_breach_notices_breach_id", "breach_id", "id"),
)

breach_people = Table(
    "breach_people",
    metadata,
    Column("breach_id", Uuid, ForeignKey("breaches.id"), primary_key=True),
    Column("subject_key", Uuid, primary_key=True),
    Column("customer_id", Uuid, ForeignKey("customers.id"), nullable=True, comment="goes with the person's erasure"),
    Column("state", String(20), nullable=False, comment="to_tell, told or unreachable"),
    Column("told_at", Instant, nullable=True),
    Column("channel", String(20), nullable=True),
    Column("notice_id", Uuid, nullable=True, comment="the words in which the person was told"),
    Column("reason", Text, nullable=True),
    Column("listed_at", Instant, nullable=False),
    Index("ix_breach_people_customer_id", "customer_id"),
    Index("ix_breach_people_untold", "breach_id", sqlite_where=text(_UNTOLD), postgresql_where=text(_UNTOLD)),
)

breach_events = Table(
    "breach_events",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("breach_id", Uuid, ForeignKey("breaches.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(30), nullable=False),
    Column("client_id", Uuid, nullable=False),
    Column("details", Json, nullable=True),
    Index("ix_breach_events_breach_id", "breach_id", "id"),
)
