"""May the data of this case leave? Asked before each read, and again inside it."""

from typing import Any

from sqlalchemy import Connection, Row

from app.access import repository
from app.access.errors import IdentityUnknown, NotAboutData, PersonNotLinked, ReplyRefused
from app.access.reply import Asked, Reply, begin
from app.access.repository import Person
from app.customers.errors import CustomerErased, Restricted
from app.customers.record import ALLOWED_UNDER_RESTRICTION
from app.customers.repository import grounds, lock
from app.policy.identification import Act
from app.policy.requests import State
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.subject_requests import identity
from app.subject_requests import repository as requests
from app.subject_requests.handling import audit, find

ANSWERED = frozenset({Right.ACCESS, Right.PORTABILITY})


def opened(connection: Connection, op: Operation, name: str, form: str) -> Asked:
    """The case whose reply may be read now; the one audit row of the read. Raises what stands against it."""
    case = may_leave(connection, op, find(connection, name))
    audit(connection, op, case, "read_data", form=form)
    return Asked(op.register, case, op.at, op.today)


def begun(connection: Connection, asked: Asked) -> Reply:
    """The reply within its read, unless the case or the person has changed since."""
    case = requests.request(connection, asked.case.id)
    if case is None:
        raise ReplyRefused
    return begin(connection, asked, answerable(connection, case))


def may_leave(connection: Connection, op: Operation, case: Row[Any]) -> Row[Any]:
    """The case, if its data may leave for this operation's purpose."""
    who = answerable(connection, case)
    restricted = grounds(connection, [who.id]).get(who.id)
    if restricted and op.purpose.nature not in ALLOWED_UNDER_RESTRICTION:
        raise Restricted
    return case


def locked(connection: Connection, op: Operation, name: str) -> Row[Any]:
    """The same, with the case and the person locked, so that neither is closed or erased meanwhile."""
    case = find(connection, name, lock=True)
    if case.customer_id is not None:
        lock(connection, case.customer_id)
    return may_leave(connection, op, case)


def answerable(connection: Connection, case: Row[Any]) -> Person:
    """The person whom the case is about; raises what stands against an answer."""
    if Right(case.right) not in ANSWERED:
        raise NotAboutData(right=case.right)
    who = repository.person(connection, case.customer_id) if case.customer_id else None
    if who is not None and who.row.erased_at is not None:
        raise CustomerErased(erased_on=who.row.erased_at.date().isoformat(), remains=remains(connection, who))
    decision = requests.standing_decision(connection, case.id)
    if State(case.state) in {State.COMPLETED, State.WITHDRAWN} or (decision and decision.outcome == "refused"):
        raise ReplyRefused(state=case.state)
    if who is None:
        raise PersonNotLinked
    if not identity.is_known(connection, case, Act.RELEASE):
        raise IdentityUnknown
    return who


def remains(connection: Connection, who: Person) -> list[dict[str, Any]]:
    """What had to stay of an erased person: how many records of which kind, until when; never a value.

    Suppressions outlive the person too, but nothing leads from the empty record to them any more.
    """
    number, until = repository.remaining_vouchers(connection, who.id)
    return [{"kind": "vouchers", "count": number, "until": until and until.isoformat()}] if number else []
