"""The assessment of `assessment.judge`, page by page: what an erasure would do to each row of a very large person."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from app.policy.erasure import ErasureRequest, Holding, Verdict, assess, holding_outcome
from app.policy.vocabulary import ErasureGround
from app.register.definition import Definition
from app.subject_requests.assessment import rules_of
from app.subject_requests.holdings import InPages

Rows = Iterable[tuple[str, Iterable[Row[Any]]]]


class Judge:
    """Knows today's binding verdict of every row of one person; locks nothing, so it serves readers."""

    def __init__(
        self,
        connection: Connection,
        definition: Definition,
        customer: Row[Any],
        today: date,
        request: Row[Any],
        contracts: Rows,
    ) -> None:
        """`contracts`: by table, at least the purchases and bookings that may be open; `request` holds up nothing."""
        request_id: UUID = request.id
        self._held = InPages(connection, definition, customer, today, request_id)
        ground = ErasureGround(request.ground) if request.ground else ErasureGround.NO_LONGER_NECESSARY
        self._asked = ErasureRequest(ground, received_on=request.received_on)
        self._rules = rules_of(definition)
        self._today = today
        for table, rows in contracts:
            for row in rows:
                self._held.look_at(table, row)
        self.rest: Mapping[str, Verdict] = {one.id: self._outcome(one) for one in self._held.of_the_rest()}

    def of_row(self, table: str, row: Row[Any]) -> tuple[str, Verdict]:
        """The name of the holding that a row is, and its verdict."""
        holding = self._held.of_row(table, row)
        return holding.id, self._outcome(holding)

    def _outcome(self, holding: Holding) -> Verdict:
        return holding_outcome(assess([holding], self._asked, self._rules, self._today), holding.id)
