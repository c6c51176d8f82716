"""The hot path of one consent given by a person named by id or reference: prepared.

It does everything or nothing, and only for the ordinary case: a new event, a living person whom the client knows, a
wording of the purpose, no suppression to tell of. An empty result says that something is out of the ordinary;
`service.record` then goes step by step and explains it. Its steps are what the statement means.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Uuid, bindparam, exists, func, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite

from app.audit.repository import guarded_insert
from app.consents.informing import latest
from app.consents.repository import moving
from app.consents.repository_notices import notice_is_known, notice_shown
from app.consents.rules import content_hash, purpose_for
from app.consents.schemas import ConsentIn, ConsentOut
from app.consents.service import record as record_in_steps
from app.consents.storing import event_row
from app.consents.tables import consent_events, consent_states, wordings
from app.consents.taking import Taking
from app.customers.repository import seen
from app.customers.tables import customer_references, customers, suppressions
from app.db import Prepared, each
from app.register.operation import GUARDS, Operation


def _bind(name: str) -> Any:
    return bindparam(f"event_{name}", type_=consent_events.c[name].type)


def _chained() -> Select[Any]:
    person = _person("postgresql").with_for_update(read=True, key_share=True, of=customers).cte("person")
    found = {"customer_id": person.c.person_id, "notice_version": person.c.event_notice_version}
    values = [found.get(c.name, _bind(c.name)) for c in consent_events.c]
    added = postgresql.insert(consent_events).from_select(list(consent_events.c.keys()), select(*values))
    event = added.on_conflict_do_nothing().returning(consent_events).cte("event")
    channel = each("postgresql", "channels")
    of_state = {"channel": channel, "event": event.c.id}
    carried = [of_state[c.name] if c.name in of_state else event.c[c.name] for c in consent_states.c]
    states = select(*carried).order_by(channel)
    state = moving(postgresql.insert(consent_states).from_select(list(consent_states.c.keys()), states)).cte("state")
    audited = guarded_insert(event.c.customer_id == person.c.person_id, subject_key=person.c.person_key)
    return select(event.c.id).add_cte(state, audited.cte("audited"))


def _in_turn() -> Sequence[Any]:
    named = {"customer_id": bindparam("person_id", type_=Uuid()), "event": _bind("id")}
    event = {c.name: named.get(c.name, _bind(c.name)) for c in consent_events.c}
    added = sqlite.insert(consent_events).values(event).on_conflict_do_nothing().returning(consent_events.c.id)
    of_state = {**named, "channel": each("sqlite", "channels")}
    carried = [of_state[c.name] if c.name in of_state else _bind(c.name) for c in consent_states.c]
    states = select(*carried).where(true())  # without WHERE, SQLite takes ON CONFLICT for the ON of a join
    state = moving(sqlite.insert(consent_states).from_select(list(consent_states.c.keys()), states))
    key = bindparam("person_key", type_=Uuid())
    return _person("sqlite"), added, state, guarded_insert(subject_key=key)


def _person(dialect: str) -> Select[Any]:
    """The person, where everything is as it ordinarily is."""
    named = func.coalesce(bindparam("customer_id", type_=Uuid()), _referred(), type_=Uuid())
    return (
        select(customers.c.id.label("person_id"), customers.c.audit_key.label("person_key"))
        .add_columns(notice_shown(dialect).label("event_notice_version"))
        .where(customers.c.id == named, customers.c.erased_at.is_(None), seen(dialect), *GUARDS)
        .where(_asked_in_known_words(), notice_is_known(dialect), ~_is_known(), ~_is_suppressed())
    )


def _referred() -> Any:
    c = customer_references.c
    system, external_id = bindparam("system", type_=String()), bindparam("external_id", type_=String())
    return select(c.customer_id).where(c.system == system, c.external_id == external_id).scalar_subquery()


def _asked_in_known_words() -> ColumnElement[bool]:
    c = wordings.c
    named = (
        c.id == _bind("wording_id"),
        c.version == _bind("wording_version"),
        c.language == _bind("wording_language"),
    )
    return exists().where(*named, c.purpose == _bind("purpose"))


def _is_known() -> ColumnElement[bool]:
    c = consent_events.c
    return exists().where(c.client_id == _bind("client_id"), c.event_id == _bind("event_id"))


def _is_suppressed() -> ColumnElement[bool]:
    """Whether anything at all is written of an address of the person."""
    held, c = suppressions.c.address_hash, customers.c
    return exists().where(or_(held == c.email_hash, held == c.phone_hash, held == c.postal_hash))


_RECORD = Prepared(_chained(), _in_turn())


async def record(op: Operation, sent: ConsentIn) -> ConsentOut:
    """Record one consent."""
    who = sent.customer
    if sent.action == "given" and (who.uuid or who.reference) and not op.actor.sees_all and not _may_lift(sent):
        system, external_id = who.reference or (None, None)
        row = _row(op, sent)
        event = op.event(sent.action, "consent", row["id"])
        binds = {f"event_{name}": value for name, value in row.items()}
        binds |= {"systems": list(op.actor.systems), "sees_all": False, "channels": row["channels"]}
        binds |= {"said_notice": sent.notice_version, "said_language": sent.notice_language, "shown_by": latest(sent)}
        if await op.fetch(_RECORD, event, customer_id=who.uuid, system=system, external_id=external_id, **binds):
            return ConsentOut(id=row["id"], event_id=sent.event_id, status="recorded", people=None, suppressed=[])
    return await op.write(record_in_steps, sent)


def _may_lift(sent: ConsentIn) -> bool:
    """Whether a double opt-in confirms it, which lifts suppressions."""
    return sent.collected_via == "double_opt_in" and sent.evidence.double_opt_in_confirmed_at is not None


def _row(op: Operation, sent: ConsentIn) -> dict[str, Any]:
    """The event as it is stored; raises the refusal that needs no database."""
    taking = Taking(sent, None, purpose_for(op, sent))
    if (named := sent.wording) is not None:
        taking.wording = (named.id, named.version, named.language or op.definition.default_language)
    return event_row(op, taking, None, content_hash(op, sent))
