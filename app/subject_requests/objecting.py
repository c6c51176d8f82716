"""Objection (Art. 21(1)): restricted at once, weighed by a human, upheld unless the controller demonstrates."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.customers import repository as customers
from app.customers import repository_rights, suppression
from app.customers.identity import person_mark
from app.customers.record import addresses
from app.customers.suppression import Suppression
from app.policy.holdings import HeldPurpose
from app.policy.objections import BalancingTest, Unproved, Upheld, may_be_objected_to, weigh
from app.policy.vocabulary import Channel, LegalBasis, RestrictionGround
from app.processors.disclosure_log import recipients_to_notify
from app.register.definition import Definition
from app.register.definition_purposes import Purpose
from app.register.operation import Operation
from app.subject_requests import repository_rights as balancing
from app.subject_requests import restricting
from app.subject_requests.errors import BalancingIncomplete, RequestInvalid
from app.subject_requests.schemas import DecisionIn
from app.subject_requests.schemas_rights import BalancingIn


def begin(connection: Connection, op: Operation, row: Row[Any]) -> None:
    """Restrict until it is weighed (Art. 18(1)(d)); direct marketing among the purposes stops for good (21(3)).

    An objection that names no purpose reaches all that rest on Art. 6(1)(e) or (f); one that names only others is
    received all the same, and answered with what they rest on.
    """
    reached = [p for p in op.definition.purposes if not row.purposes or p.code in row.purposes]
    since = min(row.received_at, op.at)
    objected = [p.code for p in reached if may_be_objected_to(_held(p))]
    if objected:
        repository_rights.object_to(connection, row.customer_id, row.id, objected, since, op.at)
        restricting.begin(connection, op, row.customer_id, row.id, RestrictionGround.OBJECTION_PENDING)
    marketing = [p for p in reached if p.is_marketing and p.basis is LegalBasis.LEGITIMATE_INTERESTS]
    if marketing:
        _stop_marketing(connection, op, row.customer_id, marketing, since)


def _held(purpose: Purpose) -> HeldPurpose:
    return HeldPurpose(purpose.code, purpose.nature, purpose.basis)


def _stop_marketing(
    connection: Connection, op: Operation, customer_id: UUID, marketing: Sequence[Purpose], since: datetime
) -> None:
    customer = customers.lock(connection, customer_id)
    assert customer is not None  # noqa: S101 (the request is linked to a living person)
    reached = [*addresses(customer), person_mark(op.keys, customer_id)]
    for purpose in marketing:
        what = Suppression(purpose.code, "suppressed", "marketing_ban", since, op.actor.id, op.at)
        suppression.apply(connection, op.keys.key_id, reached, set(purpose.channels or Channel), what)
    customers.tell_systems(connection, customer_id, "banned", op.at)


def settle(connection: Connection, op: Operation, row: Row[Any], decision_id: UUID, sent: DecisionIn) -> None:
    """Record the balancing tests and bring each objection to where they came out."""
    pending = _pending(connection, row)
    if _is_formal(sent):
        for one in pending:
            repository_rights.settle_objection(connection, one.id, "rejected", op.at)
        return
    upheld = _upheld(op, pending, sent)
    balancing.add_tests(connection, [_test(op, row, decision_id, test) for test in sent.balancing])
    for one in pending:
        state, ended_at = ("upheld", None) if upheld[one.purpose] else ("rejected", op.at)
        repository_rights.settle_objection(connection, one.id, state, ended_at)


def must_hold(connection: Connection, op: Operation, row: Row[Any], sent: DecisionIn) -> None:
    """Raise what stands against the balancing tests and the outcome drawn from them."""
    if not _is_formal(sent):
        _upheld(op, _pending(connection, row), sent)


def _is_formal(sent: DecisionIn) -> bool:
    """A refusal that weighs nothing: of abuse, or of somebody unknown."""
    return sent.outcome == "refused" and sent.refusal_ground != "conditions_not_met"


def _pending(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    return [one for one in repository_rights.objections_of(connection, row.id) if one.state == "pending"]


def _upheld(op: Operation, pending: Sequence[Row[Any]], sent: DecisionIn) -> dict[str, bool]:
    """By purpose, whether the objection is upheld; raises unless each is weighed once and the outcome fits."""
    tests = {test.purpose: test for test in sent.balancing}
    if len(tests) != len(sent.balancing) or set(tests) != {one.purpose for one in pending}:
        asked = sorted({one.purpose for one in pending})
        detail = f"weigh each purpose objected to, once: {', '.join(asked) or 'there is none'}"
        raise RequestInvalid(errors=[{"detail": detail, "pointer": "#/balancing"}])
    upheld = {code: _weighed(op.definition, test) for code, test in tests.items()}
    _must_agree(sent, upheld)
    return upheld


def _weighed(definition: Definition, test: BalancingIn) -> bool:
    purpose = definition.purpose(test.purpose)
    assert purpose is not None  # noqa: S101 (an objection names declared purposes)
    found = weigh(_held(purpose), BalancingTest(**test.model_dump(exclude={"purpose"})))
    if isinstance(found, Unproved):
        raise BalancingIncomplete(found.missing, purpose=test.purpose)
    return isinstance(found, Upheld)


def _must_agree(sent: DecisionIn, upheld: dict[str, bool]) -> None:
    fitting = "granted" if upheld and all(upheld.values()) else "partly_granted" if any(upheld.values()) else "refused"
    if sent.outcome != fitting:
        detail = f"is {fitting} by the balancing tests" if upheld else "nothing here can be objected to: refused"
        raise RequestInvalid(errors=[{"detail": detail, "pointer": "#/outcome"}])


def _test(op: Operation, row: Row[Any], decision_id: UUID, test: BalancingIn) -> dict[str, Any]:
    made = {"made_at": op.at, "made_by": op.actor.id, "made_by_name": op.actor.name}
    return {"request_id": row.id, "decision_id": decision_id, **test.model_dump(), **made}


def withdraw(connection: Connection, op: Operation, row: Row[Any]) -> None:
    """The person takes the objection back."""
    for one in repository_rights.objections_of(connection, row.id):
        if one.ended_at is None:
            repository_rights.settle_objection(connection, one.id, "withdrawn", op.at)


def reopen(connection: Connection, row: Row[Any]) -> None:
    """The decision was cancelled: everything is to be weighed anew."""
    for one in repository_rights.objections_of(connection, row.id):
        if one.state in {"upheld", "rejected"}:
            repository_rights.settle_objection(connection, one.id, "pending", None)


def recipients(connection: Connection, definition: Definition, row: Row[Any]) -> frozenset[str]:
    """Whom to tell that a purpose has stopped: those who serve it and may hold the person's data (Art. 19)."""
    stopped = {one.purpose for one in repository_rights.objections_of(connection, row.id) if one.state == "upheld"}
    serving = {code for purpose in definition.purposes if purpose.code in stopped for code in purpose.recipients}
    return frozenset(r.code for r in recipients_to_notify(connection, row.customer_id) if r.code in serving)
