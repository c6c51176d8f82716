"""Subject requests of generated people, in every state, taken through the service's own steps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app.db import ids_from
from app.notifications.repository import of_request
from app.register.operation import Operation
from app.seeding.ids import Ids, chance
from app.seeding.people import REQUESTS_UNTIL, UNTIL, Size, evenly
from app.subject_requests import deciding, execution, handling, intake, questions
from app.subject_requests.repository import request
from app.subject_requests.schemas import CompletionIn, DecisionIn, IdentityCheckIn, RequestNew, WithdrawalIn

ONE_IN = 250
"""Of so many people one makes a request; in the smallest register each story is told once."""
DELAY_HOURS = 24.0


@dataclass(slots=True)
class Teller:
    """Takes one request along; `dpo` decides, `service` executes."""

    connection: Connection
    dpo: Operation
    service: Operation
    ids: Ids
    name: str = ""

    def at(self, moment: datetime) -> None:
        """Time goes on."""
        self.ids.at(moment)
        self.dpo.at = self.service.at = moment

    def receive(self, right: str, reference: tuple[str, str]) -> None:
        """A request comes in."""
        system, external_id = reference
        sent = {
            "right": right,
            "customer": {"system": system, "id": external_id},
            "channel": "email",
            "received_at": self.dpo.at.isoformat(),
        }
        out = intake.receive(self.connection, self.dpo, RequestNew.model_validate(sent))
        self.name = out.case_number

    def identify(self, step: str) -> None:
        """Ask who the person is, or record that it is known."""
        told: dict[str, Any] = {"step": step}
        if step == "asked":
            told |= {"reason": "The address is not the one on record.", "asked_for": "The number of an order."}
        else:
            told |= {"level": "substantial", "how": "Answered from the address on record."}
        questions.check_identity(self.connection, self.dpo, self.name, IdentityCheckIn.model_validate(told))

    def decide(self, outcome: str) -> None:
        """A human decides."""
        identity = {"level": "substantial", "how": "Answered from the address on record."}
        sent = {"outcome": outcome, "reasoning": "As the assessment says.", "identity": identity}
        deciding.decide(self.connection, self.dpo, self.name, DecisionIn.model_validate(sent), DELAY_HOURS)

    def execute(self) -> None:
        """The delay is over."""
        row = request(self.connection, self.name)
        assert row is not None  # noqa: S101 (received above)
        execution.execute(self.connection, self.service, row.id)

    def complete(self) -> None:
        """Everybody has answered and the letter has left."""
        row = request(self.connection, self.name)
        assert row is not None  # noqa: S101 (received above)
        told = sorted({one.recipient for one in of_request(self.connection, row.id)})
        sent = {
            "recipients": [{"addressee": one, "outcome": "acknowledged"} for one in told],
            "letter_sent_on": self.dpo.today.isoformat(),
        }
        handling.complete(self.connection, self.dpo, self.name, CompletionIn.model_validate(sent))

    def take_back(self) -> None:
        """The person thinks better of it."""
        handling.take_back(self.connection, self.dpo, self.name, WithdrawalIn())


Step = Callable[[Teller], None]
_KNOWN: Step = lambda teller: teller.identify("sufficient")  # noqa: E731 (a step of a story, as the ones below)
_ERASED: tuple[Step, ...] = (_KNOWN, lambda teller: teller.decide("as_assessed"), Teller.execute)

STORIES: Sequence[tuple[str, Sequence[Step]]] = (
    ("access", ()),
    ("erasure", _ERASED),
    ("restriction", (lambda teller: teller.identify("asked"),)),
    ("erasure", (_KNOWN,)),
    ("marketing_ban", ()),
    ("erasure", (*_ERASED, Teller.complete)),
    ("access", (_KNOWN, lambda teller: teller.decide("granted"), Teller.complete)),
    ("consent_withdrawal", ()),
    ("erasure", _ERASED[:2]),
    ("rectification", (Teller.take_back,)),
)
"""A right and the steps after receipt, two days apart."""


def how_many(size: Size) -> int:
    """How many requests a register of this size has: none in one too small to tell all stories of different people."""
    return max(size.customers // ONE_IN, len(STORIES)) if size.customers >= len(STORIES) else 0


def tell(
    connection: Connection, dpo: Operation, service: Operation, size: Size, chosen: range, references: Sequence[Any]
) -> None:
    """Take the chosen requests along, one after the other; `references` are their people's."""
    for k, reference in zip(chosen, references, strict=True):
        right, steps = STORIES[k % len(STORIES)]
        began = _received_at(size, k)
        ids = Ids(chance(size.seed + 1, k), began)
        teller = Teller(connection, replace(dpo), replace(service), ids)
        with ids_from(ids):
            teller.at(began)
            teller.receive(right, reference)
            for day, step in enumerate(steps, start=1):
                teller.at(began + timedelta(days=2 * day))
                step(teller)


def _received_at(size: Size, k: int) -> datetime:
    """Requests come evenly, so early that each story ends in time."""
    longest = timedelta(days=2 * max(len(steps) for _, steps in STORIES) + 1)
    return evenly(UNTIL, REQUESTS_UNTIL - longest, k, how_many(size))
