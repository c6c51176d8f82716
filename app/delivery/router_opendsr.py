"""Where OpenDSR processors call back. Open to everybody, and deaf to whoever has not signed."""

from fastapi import APIRouter, Request, Response

from app.auth.errors import TooManyFailures
from app.auth.failures import guessing
from app.connectors.connector import ConnectorsInvalid
from app.connectors.opendsr_signature import SignatureRefused
from app.connectors.outside import Unreachable
from app.delivery.callbacks import Processors, look_now
from app.delivery.errors import CallbackRefused, CallbackSenderUnknown, CallbackUnverifiable
from app.deps import services
from app.errors import TooLarge, problems
from app.register.builtin import PUBLIC, builtin_operation
from app.register.deps import registers

router = APIRouter(prefix="/opendsr/v2", tags=["from recipients"])

BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object", "additionalProperties": True}}},
    }
}


@router.post(
    "/callbacks",
    operation_id="take_opendsr_callback",
    summary="A processor tells how far an erasure has come (OpenDSR 2.0)",
    status_code=202,
    response_class=Response,
    openapi_extra=BODY,
    responses=problems(CallbackRefused, CallbackSenderUnknown, CallbackUnverifiable, TooManyFailures, TooLarge),
)
async def take_opendsr_callback(request: Request) -> Response:
    """Signed in `X-OpenDSR-Signature`, over the body's bytes, with the key of `X-OpenDSR-Processor-Domain`."""
    processors: Processors = request.app.state.processors
    body = await request.body()
    with guessing(request.app.state.link_failures, request.client and request.client.host, CallbackSenderUnknown):
        try:
            recipient, status = await processors.sender_of(request.headers, body)
        except SignatureRefused as refused:
            raise (CallbackSenderUnknown if refused.status == 401 else CallbackRefused)(refused.code) from None
        except (Unreachable, ConnectorsInvalid):
            raise CallbackUnverifiable from None
    op = await builtin_operation(PUBLIC, services(request), registers(request))
    await op.write(look_now, recipient, status)
    return Response(status_code=202)
