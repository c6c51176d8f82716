"""Rectification (Art. 16): contested values beside those held, verified by a human, applied as any correction is.

Both versions stay, with who decided and when, until the person is erased. A voucher is never among what changes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.customers import repository_rights
from app.customers.errors import CustomerNotFound
from app.customers.record import contact_values, patched_values
from app.customers.schemas import CustomerPatch
from app.customers.service import correct
from app.notifications.queueing import Notice, addressee, queue
from app.policy.notifications import Act
from app.policy.rectification import Finding, outcome, settled
from app.policy.vocabulary import RestrictionGround
from app.processors.disclosure_log import Notified, recipients_to_notify
from app.register.operation import Operation
from app.subject_requests import restricting
from app.subject_requests.errors import RecordChanged, RequestInvalid
from app.subject_requests.schemas import DecisionIn
from app.subject_requests.schemas_rights import RectificationIn

ATTRIBUTE = "attributes."
FACTS = ("purchase:", "booking:")


def propose(connection: Connection, op: Operation, request_id: UUID, case_number: str, sent: RectificationIn) -> None:
    """Record what the person proposes; raises `CustomerInvalid` for what no correction could hold."""
    if sent.values is not None:
        contact_values(op, {name: getattr(sent.values, name) for name in sent.values.model_fields_set - {"kind"}})
    common = {"request_id": request_id, "case_number": case_number, "inaccurate": sent.inaccurate}
    common |= {"reason": sent.reason, "state": "contested", "recorded_at": op.at}
    proposed = [*_values(sent), *((f"{f.about}:{f.system}/{f.id}", f.statement) for f in sent.facts)]
    repository_rights.contest(connection, [{**common, "about": name, "proposed": value} for name, value in proposed])


def _values(sent: RectificationIn) -> Iterator[tuple[str, Any]]:
    values = {} if sent.values is None else sent.values.model_dump(mode="json", exclude_unset=True)
    for name, value in values.items():
        if name == "attributes" and value is not None:
            yield from ((ATTRIBUTE + attribute, one) for attribute, one in value.items())
        else:
            yield name, value


def begin(connection: Connection, op: Operation, row: Row[Any]) -> None:
    """Set the version held beside each that is proposed; restrict while the accuracy is contested (Art. 18(1)(a))."""
    found = [one for one in repository_rights.contested(connection, row.id) if one.state == "contested"]
    if not found:
        return
    customer = customers.lock(connection, row.customer_id)
    if customer is None:
        raise CustomerNotFound
    _must_be_correctable(op, customer, found)
    for one in found:
        held = {"customer_id": row.customer_id, "held": held_version(customer, one.about)}
        repository_rights.change_contested(connection, one.id, held)
    if any(one.inaccurate for one in found):
        restricting.begin(connection, op, row.customer_id, row.id, RestrictionGround.ACCURACY_CONTESTED)


def _must_be_correctable(op: Operation, customer: Row[Any], found: Iterable[Row[Any]]) -> None:
    """Raise what a correction of this record would raise now, rather than when it is granted."""
    patch = _patch(found)
    if patch is not None:
        patched_values(op, dict(customer._mapping), patch)


def held_version(customer: Row[Any], about: str) -> Any:
    """The version that the record holds of what is contested; of an order or booking the record itself is it."""
    if about.startswith(FACTS):
        return None
    if about == "address":
        names = ("street", "postal_code", "city", "country")
        return {name: getattr(customer, name) for name in names} if customer.street is not None else None
    if about.startswith(ATTRIBUTE):
        return (customer.attributes or {}).get(about.removeprefix(ATTRIBUTE))
    return getattr(customer, about)


def must_hold(connection: Connection, row: Row[Any], sent: DecisionIn) -> None:
    """Raise `RequestInvalid` unless the findings are complete and fit the outcome."""
    if not _is_formal(sent):
        _findings(_open(connection, row), sent)


def _is_formal(sent: DecisionIn) -> bool:
    """A refusal that says nothing of the values: of abuse, or of somebody unknown."""
    return sent.outcome == "refused" and sent.refusal_ground != "conditions_not_met"


def _open(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    return [one for one in repository_rights.contested(connection, row.id) if one.state == "contested"]


def settle(connection: Connection, op: Operation, row: Row[Any], sent: DecisionIn) -> None:
    """Apply what was found right, as a correction of the customer; note the rest beside the record."""
    open_ = _open(connection, row)
    if _is_formal(sent):
        if sent.refusal_ground == "identity_not_established":  # a stranger's words are no note beside the record
            repository_rights.forget_contested(connection, row.id)
        else:
            _close(connection, op, open_, "noted")
        return
    findings = _findings(open_, sent)
    accepted = [one for one in open_ if findings[one.about] is Finding.AS_PROPOSED]
    _keep_versions(connection, row, open_, sent.customer_version)
    patch = _patch(accepted)
    if patch is not None:
        correct(connection, op, row.customer_id, patch, None)
    evidence = {finding.about: finding.evidence for finding in sent.findings}
    for one in open_:
        is_value = not one.about.startswith(FACTS)
        state = settled(findings[one.about], is_value=is_value)
        _close(connection, op, [one], state, evidence[one.about])
    if accepted:
        _tell(connection, op, row, accepted)


def _findings(open_: Sequence[Row[Any]], sent: DecisionIn) -> Mapping[str, Finding]:
    """What was found about each contested value; raises `RequestInvalid` unless there is one for each, and they fit."""
    findings = {finding.about: finding.finding for finding in sent.findings}
    contested = sorted(one.about for one in open_)
    if not contested or len(findings) != len(sent.findings) or sorted(findings) != contested:
        detail = f"say of each contested value what was found: {', '.join(contested) or 'there is none yet'}"
        raise RequestInvalid(errors=[{"detail": detail, "pointer": "#/findings"}])
    fitting = outcome(list(findings.values()))
    if sent.outcome != fitting:
        raise RequestInvalid(errors=[{"detail": f"is {fitting} by the findings", "pointer": "#/outcome"}])
    return findings


def _keep_versions(connection: Connection, row: Row[Any], open_: Iterable[Row[Any]], seen: int | None) -> None:
    """The version held in this moment is the one that is replaced or stays; raises when it is not the one seen."""
    customer = customers.lock(connection, row.customer_id)
    assert customer is not None  # noqa: S101 (a decided request is linked)
    if seen is not None and seen != customer.version:
        raise RecordChanged(version=customer.version)
    for one in open_:
        repository_rights.change_contested(connection, one.id, {"held": held_version(customer, one.about)})


def _patch(rows: Iterable[Row[Any]]) -> CustomerPatch | None:
    """What is proposed, as the payload of a correction."""
    values: dict[str, Any] = {}
    for one in rows:
        if one.about.startswith(ATTRIBUTE):
            values.setdefault("attributes", {})[one.about.removeprefix(ATTRIBUTE)] = one.proposed
        elif not one.about.startswith(FACTS):
            values[one.about] = one.proposed
    return CustomerPatch.model_validate(values) if values else None


def _close(
    connection: Connection, op: Operation, rows: Iterable[Row[Any]], state: str, evidence: str | None = None
) -> None:
    by = {"settled_at": op.at, "settled_by": op.actor.id, "settled_by_name": op.actor.name}
    for one in rows:
        repository_rights.change_contested(connection, one.id, {"state": state, "evidence": evidence, **by})


def lost(connection: Connection, op: Operation, request_id: UUID, person: Row[Any], *, carried_out: bool) -> None:
    """After a restore: a correction went with the database, because the ledger holds no value of anybody's.

    What is held is then wrong again, so it is restricted until a human has corrected it from the request's own papers
    and lifted the restriction.
    """
    rows = repository_rights.contested(connection, request_id)
    if not carried_out or person.erased_at is not None or any(one.state != "contested" for one in rows):
        return
    restricting.begin(connection, op, person.id, request_id, RestrictionGround.ACCURACY_CONTESTED)


def leave(connection: Connection, row: Row[Any]) -> None:
    """The case was opened for the wrong person: what was held of them is no version of this case."""
    for one in repository_rights.contested(connection, row.id):
        repository_rights.change_contested(connection, one.id, {"customer_id": None, "held": None})


def _tell(connection: Connection, op: Operation, row: Row[Any], accepted: Sequence[Row[Any]]) -> None:
    """Seal for each recipient that got the data what has changed of it, and nothing else (Art. 19)."""
    references = customers.references_list(connection, row.customer_id)
    known_as = [f"{system} {external_id}" for system, external_id in references]
    after = customers.lock(connection, row.customer_id)
    notices = []
    for recipient in recipients_to_notify(connection, row.customer_id):
        changed = [one for one in accepted if _reaches(op, recipient, one.about)]
        if changed:
            content = {"references": known_as, "changed": [_change(after, one) for one in changed]}
            if (email := _known_by(accepted, after)) and (not known_as or _finds_by_email(op, recipient)):
                content["email"] = email
            name = addressee(recipient)
            notices.append(Notice(name, Act.RECTIFICATION, row.id, row.customer_id, recipient.processor_id, content))
    queue(connection, op, notices)


def _finds_by_email(op: Operation, recipient: Notified) -> bool:
    """Whether the address is what the recipient knows people by: it may have it, and no order or booking of theirs."""
    listed = op.definition.recipient(addressee(recipient))
    return listed is not None and "email" in listed.fields


def _known_by(accepted: Sequence[Row[Any]], after: Row[Any] | None) -> str | None:
    """The address under which the recipient has the person: the one before this change."""
    before: str | None = next((one.held for one in accepted if one.about == "email"), None)
    return before or (after.email if after is not None else None)


def _reaches(op: Operation, recipient: Notified, about: str) -> bool:
    """Whether the recipient may have got it: a field of its own list, or dealings of a category that it gets."""
    listed = op.definition.recipient(addressee(recipient))
    if about.startswith(FACTS):
        records = {"purchases"} if about.startswith("purchase:") else {"bookings"}
        held = {category.code for category in op.definition.categories if records & set(category.records)}
        return listed is not None and bool(held & set(listed.categories))
    return about in {"name", "email", *(listed.fields if listed else ())}


def _change(after: Row[Any] | None, one: Row[Any]) -> dict[str, Any]:
    now = one.proposed if after is None or one.about.startswith(FACTS) else held_version(after, one.about)
    return {"about": one.about, "was": one.held, "is": now}
