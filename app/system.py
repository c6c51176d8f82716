"""Health and metrics."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.db import Unavailable
from app.deps import services
from app.ledger.follower import Ledger
from app.migrating import current_revision, head_revision, is_behind
from app.register.deps import registers
from app.register.errors import RegisterMissing
from app.telemetry.gauges import Gauges
from app.wire import Out

router = APIRouter(tags=["operation"])


class Health(Out):
    status: str


class Readiness(Out):
    """`ready` is true when every check is `ok`."""

    ready: bool
    checks: dict[str, str]


@router.get("/healthz", operation_id="health", summary="The process lives")
async def health() -> Health:
    """No database is asked; restart the process when this does not answer."""
    return Health(status="ok")


@router.get(
    "/readyz",
    operation_id="readiness",
    summary="Database, migrations, definition and erasure ledger are in order",
    responses={503: {"model": Readiness, "description": "Not ready, and why"}},
)
async def readiness(request: Request) -> Response:
    """503 with the check that fails: send no traffic until it is mended."""
    checks = await _checks(request)
    found = Readiness(ready=set(checks.values()) == {"ok"}, checks=checks)
    return JSONResponse(found.model_dump(), status_code=200 if found.ready else 503)


async def _checks(request: Request) -> dict[str, str]:
    checks = {"database": "ok", "migrations": "ok", "register": "ok", "ledger": "ok"}
    try:
        revision = await services(request).db.read(current_revision)
    except Unavailable as error:
        return {**dict.fromkeys(checks, "unknown"), "database": str(error)}
    if is_behind(revision):
        checks["migrations"] = f"at {revision or 'nothing'}, not at {head_revision()}: run seloste migrate"
        return {**checks, "register": "unknown", "ledger": "unknown"}
    try:
        await registers(request).current()
    except RegisterMissing:
        checks["register"] = "none applied: run seloste register apply FILE"
    ledger: Ledger = request.app.state.ledger
    checks["ledger"] = await ledger.look() or "ok"
    return checks


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """In Prometheus' text format, without anything personal. Let only your own network reach it."""
    gauges: Gauges = request.app.state.gauges
    await gauges.refresh()
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
