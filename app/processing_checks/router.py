"""May I use this person's data for this?"""

from typing import Annotated

from fastapi import APIRouter

from app.auth.roles import Scope
from app.customers.errors import CustomerInvalid
from app.errors import problems
from app.processing_checks import hot
from app.processing_checks.schemas import CheckIn, CheckOut
from app.register.deps import allowed
from app.register.operation import Operation
from app.register.straight import StraightRoute

router = APIRouter(prefix="/v1", tags=["processing checks"], route_class=StraightRoute)


@router.post(
    "/processing-checks",
    operation_id="check_processing",
    summary="May this purpose be served for these people, on this channel, now or at a past instant?",
    responses=problems(CustomerInvalid),
)
async def check_processing(sent: CheckIn, op: Annotated[Operation, allowed(Scope.CHECKS_RUN)]) -> CheckOut:
    """Every reason is given. A caller that gets no answer must treat it as **denied**."""
    return await hot.run(op, sent)
