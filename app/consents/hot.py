"""The hot path of one consent."""

from app.consents.schemas import ConsentIn, ConsentOut
from app.consents.service import record as record_in_steps
from app.register.operation import Operation


async def record(op: Operation, sent: ConsentIn) -> ConsentOut:
    """Record one consent."""
    return await op.write(record_in_steps, sent)
