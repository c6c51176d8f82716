"""Notifications to the authority, in phases if need be, and the words in which people are told (Art. 33, 34)."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from app.breaches import repository
from app.breaches.errors import CommunicationRefused, NotificationRefused
from app.breaches.judging import AUTHORITY, PERSONS, standing_of
from app.breaches.notices import Audience, NoticeFacts, contact_text, notice_facts
from app.breaches.reporting import changed, find, find_open, note
from app.breaches.schemas import CommunicationIn, NoticeContent, NotificationIn
from app.breaches.schemas_out import BreachOut, NoticeOut
from app.policy.breach_facts import Content
from app.policy.breaches import communication_refusal, missing_parts, notification_refusal
from app.register.operation import Operation


def notify(connection: Connection, op: Operation, name: str, sent: NotificationIn) -> BreachOut:
    """Record a notification that has left; the first stops the clock. Raises `NotificationRefused`."""
    op.actor.must_be_person()
    row = find_open(connection, name)
    standing = standing_of(connection, op.definition, row)
    content = _whole(op, sent.content)
    first = not standing.notified
    refusal = notification_refusal(
        content,
        sent.sent_at,
        standing.clock,
        op.at,
        first=first,
        later_because=sent.later_because,
        delay_reasons=sent.delay_reasons,
    )
    if refusal is not None:
        raise NotificationRefused(refusal.text, reason=refusal.code)
    said = sent.model_dump(include={"language", "sent_at", "reference", "later_because", "delay_reasons"})
    repository.add_notice(connection, {**_notice(op, row.id, AUTHORITY, content), **said})
    missing = [str(part) for part in missing_parts(content)]
    note(connection, op, row.id, "notified" if first else "notified_further", missing=missing)
    op.audit(connection, "notify", "breach", row.id, details={"first": first})
    return changed(connection, op, row.id)


def communicate(connection: Connection, op: Operation, name: str, sent: CommunicationIn) -> BreachOut:
    """Record the words for people in one language; the newest in it are used from now on."""
    op.actor.must_be_person()
    row = find_open(connection, name)
    content = _whole(op, sent.content)
    refusal = communication_refusal(content)
    if refusal is not None:
        raise CommunicationRefused(refusal.text, reason=refusal.code)
    said = sent.model_dump(include={"language", "advice"})
    repository.add_notice(connection, {**_notice(op, row.id, PERSONS, content), **said})
    note(connection, op, row.id, "communication_written", language=sent.language)
    op.audit(connection, "communicate", "breach", row.id, details={"language": sent.language})
    return changed(connection, op, row.id)


def _whole(op: Operation, sent: NoticeContent) -> Content:
    content = sent.content()
    return Content(
        content.nature, content.contact or contact_text(op.definition), content.consequences, content.measures
    )


def _notice(op: Operation, breach_id: Any, audience: str, content: Content) -> dict[str, Any]:
    by = {"recorded_at": op.at, "recorded_by": op.actor.id, "recorded_by_name": op.actor.name}
    return {"breach_id": breach_id, "audience": audience, "content": asdict(content), **by}


def notice(connection: Connection, op: Operation, name: str, audience: Audience, language: str) -> NoticeOut:
    """A notice as it reads now, block by block."""
    return NoticeOut.model_validate(facts_of(connection, op, name, audience, language, "read_notice").as_json())


def facts_of(
    connection: Connection, op: Operation, name: str, audience: Audience, language: str, action: str
) -> NoticeFacts:
    """What a notice says now, audited as what it is asked for; raises `NoCommunication` while nothing is written."""
    row = find(connection, name)
    written = repository.notices(connection, row.id)
    facts = notice_facts(op.definition, row, written, audience, language, op.at)
    op.audit(connection, action, "breach", row.id, details={"audience": audience})
    return facts
