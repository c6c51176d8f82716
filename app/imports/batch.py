"""A batch is one operation: what its services would audit singly is gathered and written as one row."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.db import new_id
from app.deps import Services
from app.errors import Problem
from app.register.builtin import BACKGROUND
from app.register.definition_purposes import Purpose
from app.register.operation import Operation
from app.register.versions import Register, Registers


@dataclass(slots=True)
class Batch(Operation):
    """The operation of one batch; `people` are the audit keys of everyone it touched."""

    people: list[UUID] = field(default_factory=list)

    def audit(
        self, connection: Connection, action: str, entity: str, entity_id: object = None,  # noqa: ARG002 (inherited)
        subject_key: UUID | None = None, *, outcome: str = "done",  # noqa: ARG002 (inherited)
        details: dict[str, Any] | None = None, subjects: Iterable[UUID] = (),  # noqa: ARG002 (inherited)
    ) -> UUID:  # fmt: skip
        """Remember whom a service touched, instead of one row for each; `close` writes the row."""
        self.touched(*subjects, *(() if subject_key is None else (subject_key,)))
        return new_id()

    def touched(self, *audit_keys: UUID) -> None:
        """Remember people that the batch touched."""
        self.people.extend(audit_keys)

    def close(self, connection: Connection, import_id: UUID, details: dict[str, Any]) -> None:
        """Write the one audit row of the batch; raises as `Operation.audit`."""
        Operation.audit(self, connection, "import_batch", "import", import_id, details=details, subjects=self.people)


def batch(served: Services, registers: Registers, register: Register, purpose: Purpose) -> Batch:
    """A new batch, by the service itself, for `purpose`, at the present instant."""
    return Batch(served.db, served.keys, registers, BACKGROUND, register, purpose, served.clock())


def reason_of(problem: Problem) -> str:
    """The report's reason code for a refusal of a service."""
    return problem.code.replace("-", "_")
