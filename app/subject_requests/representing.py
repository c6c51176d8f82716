"""Whether anybody may act on a request: a mandate that has run out, an estate, a reported death."""

from typing import Any

from sqlalchemy import Connection, Row

from app.policy.representation import Mandate, cannot_act
from app.register.operation import Operation
from app.subject_requests import repository_people
from app.subject_requests.errors import CannotBeDecided
from app.subject_requests.schemas import Representative


def must_be_able(connection: Connection, op: Operation, request: Row[Any]) -> None:
    """Raise `CannotBeDecided` where the person is reported dead or the representative has no mandate today."""
    acting = Representative.model_validate(request.representative) if request.representative else None
    mandate = None if acting is None else Mandate(acting.role, acting.until)
    dead = request.customer_id is not None and repository_people.standing_death(connection, request.customer_id)
    found = cannot_act(mandate, deceased=bool(dead), today=op.today)
    if found is not None:
        raise CannotBeDecided(found.text, reason=found.code)
