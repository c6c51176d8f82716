"""What a request asks of the policy: its ground with the conditions of its own, its reach, what is to be kept."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from app.consents.tables import consent_states
from app.customers import repository_rights
from app.policy.erasure import ErasureRequest
from app.policy.grounds import GroundFacts, ground_refusal
from app.policy.restrictions import kept_instead
from app.policy.vocabulary import ErasureGround, RestrictionGround, Right, Unlawfulness
from app.register.definition import Definition


def asked(
    connection: Connection, definition: Definition, customer: Row[Any], request: Row[Any] | None
) -> tuple[ErasureRequest, str | None]:
    """The request as the policy takes it, and why the ground it names is not there (None when it is).

    What the person has had restricted in another matter stays, unused, instead of being erased (Art. 18(1)).
    """
    ground = _ground(request)
    facts = _facts(connection, definition, customer, request)
    refusal = ground_refusal(ground, facts)
    found = (request.ground_facts or {}) if request is not None else {}
    named = found.get("holdings")
    grounds = repository_rights.standing_grounds(connection, customer.id, request.id if request else None)
    wanted = ErasureRequest(
        ErasureGround.NO_LONGER_NECESSARY if refusal else ground,
        received_on=request.received_on if request else None,
        restrict_instead=kept_instead(frozenset(map(RestrictionGround, grounds))),
        ground_holdings=None if named is None else frozenset(named),
        purposes=_reach(connection, request),
    )
    return wanted, refusal


def objected(connection: Connection, customer_id: UUID) -> ErasureRequest | None:
    """What the person's upheld objections still ask for, where something kept it when they were carried out.

    None: nothing was upheld.
    """
    purposes = repository_rights.objections_upheld(connection, customer_id)
    if not purposes:
        return None
    grounds = repository_rights.standing_grounds(connection, customer_id, None)
    return ErasureRequest(
        ErasureGround.OBJECTION,
        received_on=None,
        restrict_instead=kept_instead(frozenset(map(RestrictionGround, grounds))),
        purposes=frozenset(purposes),
    )


def _ground(request: Row[Any] | None) -> ErasureGround:
    if request is not None and Right(request.right) is Right.OBJECTION:
        return ErasureGround.OBJECTION
    return (
        ErasureGround(request.ground) if request is not None and request.ground else ErasureGround.NO_LONGER_NECESSARY
    )


def _facts(connection: Connection, definition: Definition, customer: Row[Any], request: Row[Any] | None) -> GroundFacts:
    found = (request.ground_facts or {}) if request is not None else {}
    objects = request is not None and Right(request.right) is Right.OBJECTION
    consented = select(consent_states.c.purpose).where(consent_states.c.customer_id == customer.id).limit(1)
    return GroundFacts(
        consented=connection.execute(consented).first() is not None,
        objection_upheld=objects or bool(repository_rights.objections_upheld(connection, customer.id)),
        markets=bool(definition.marketing_purposes),
        unlawfulness=Unlawfulness(found["unlawfulness"]) if found.get("unlawfulness") else None,
        law=found.get("law"),
        section=found.get("section"),
        child=bool(found.get("child_at_collection")),
        information_society_service=bool(found.get("information_society_service")),
    )


def _reach(connection: Connection, request: Row[Any] | None) -> frozenset[str] | None:
    """An objection reaches the purposes for which it was upheld, or is still to be weighed; an erasure all of them."""
    if request is None or Right(request.right) is not Right.OBJECTION:
        return None
    rows = repository_rights.objections_of(connection, request.id)
    return frozenset(row.purpose for row in rows if row.state in {"pending", "upheld"})
