"""Stop all direct marketing by the link in a message (Art. 21(2)-(3)): a case for a living person, else the address."""

from sqlalchemy import Connection

from app.consents.leaving import locked
from app.consents.preferences import reach
from app.consents.schemas import Who
from app.customers import repository as customers
from app.customers import suppression
from app.customers.identity import Address
from app.customers.suppression import CHANNELS_OF, EVERY, Suppression
from app.policy.vocabulary import Right
from app.register.operation import Operation
from app.subject_requests import intake
from app.subject_requests.schemas import RequestNew


def stop_all(connection: Connection, op: Operation, token: str) -> None:
    """The ban is in force when this returns; pressing twice opens no second case."""
    link, people = locked(connection, token)
    person = people[0] if people and link.customer_id is not None else None
    if reach(connection, link, person).is_banned:
        op.audit(connection, "withdraw_again", "consent")
        return
    reached = Address(link.address_kind, "", link.address_hash)
    what = Suppression(EVERY, "suppressed", "marketing_ban", op.at, op.actor.id, op.at)
    suppression.apply(connection, op.keys.key_id, [reached], CHANNELS_OF[reached.kind], what)
    if person is not None:
        intake.receive(connection, op, _case(op, str(person.id)))
        return
    customers.tell_systems(connection, [one.id for one in people], "banned", op.at)
    op.audit(connection, "ban", "consent", subjects=[one.audit_key for one in people])


def _case(op: Operation, customer_id: str) -> RequestNew:
    return RequestNew(right=Right.MARKETING_BAN, customer=Who(id=customer_id), channel="form", received_at=op.at)
