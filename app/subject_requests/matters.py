"""What a request is about, besides erasure, as an answer."""

from typing import Any

from sqlalchemy import Connection, Row

from app.consents import repository as consents
from app.customers import repository as customers
from app.customers import repository_rights
from app.customers.correcting import contested_out
from app.policy.bases import other_bases
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.subject_requests import holdings
from app.subject_requests import repository_rights as balancing
from app.subject_requests.schemas_rights import (
    BalancingOut,
    MatterOut,
    ObjectionOut,
    OtherBasisOut,
    RestrictionOut,
)


def matter_out(connection: Connection, op: Operation, row: Row[Any], decision: Row[Any] | None) -> MatterOut:
    """Contested values, restrictions, objections and their tests; what a withdrawal of consent leaves."""
    right = Right(row.right)
    contested = repository_rights.contested(connection, row.id) if right is Right.RECTIFICATION else ()
    objections = repository_rights.objections_of(connection, row.id) if right is Right.OBJECTION else ()
    tests = balancing.tests_of(connection, row.id, decision.id) if decision is not None and objections else ()
    restricts = row.customer_id is not None and right not in {Right.ACCESS, Right.PORTABILITY}
    return MatterOut(
        rectification=[contested_out(one) for one in contested],
        restrictions=_restrictions(connection, row) if restricts else [],
        objections=[ObjectionOut(**_members(one, ObjectionOut)) for one in objections],
        balancing=[BalancingOut(**_members(one, BalancingOut), made_by=one.made_by_name) for one in tests],
        other_bases=other_bases_of(connection, op, row) if right is Right.CONSENT_WITHDRAWAL else [],
    )


def _members(row: Row[Any], model: type[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in model.model_fields if name in row._fields and name != "made_by"}


def _restrictions(connection: Connection, row: Row[Any]) -> list[RestrictionOut]:
    found = repository_rights.restrictions_of_request(connection, row.id, row.customer_id)
    return [RestrictionOut(**_members(one, RestrictionOut)) for one in found]


def other_bases_of(connection: Connection, op: Operation, row: Row[Any]) -> list[OtherBasisOut]:
    """What goes on although consent was withdrawn: every withdrawal is taken, whatever else there is (N7)."""
    customer = customers.lock(connection, row.customer_id) if row.customer_id is not None else None
    if customer is None or customer.erased_at is not None:
        return []
    held = holdings.build(connection, op.definition, customer, op.today, row.id)
    given = {state.purpose for state in consents.states(connection, customer.id) if state.action == "given"}
    return [
        OtherBasisOut(holding=one.holding, purpose=one.purpose, legal_basis=one.basis)
        for one in other_bases(held.holdings, given)
    ]
