"""`create_app`: the only composition root."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from app import system
from app.access import router as access
from app.access import router_public as access_links
from app.access import router_release
from app.auth.actor import Clients
from app.auth.errors import KeyInFlight, KeyInvalid, KeyReused, ScopeMissing, TooManyFailures
from app.auth.failures import Failures
from app.auth.provider import REMEMBERED
from app.auth.provider_tokens import ProviderTokens
from app.auth.upkeep import keep_tokens
from app.background import deliver, run_background
from app.breaches import router as breaches
from app.breaches import router_letters as breach_letters
from app.breaches import router_people as breach_people
from app.connectors.configuration import load_connectors
from app.consents import router as consents
from app.consents import router_links, router_public
from app.console import (
    router_acting,
    router_breach_acts,
    router_breach_people,
    router_breaches,
    router_insight,
    router_notifications,
    router_provider,
    router_receiving,
    router_sign_in,
    router_today,
)
from app.console import router_fees as console_fees
from app.console import router_people as console_people
from app.console import router_reply as console_replies
from app.console import router_requests as console_requests
from app.customers import router as customers
from app.customers import router_corrections, router_purchases
from app.db import Database, open_database
from app.delivery import router as notifications
from app.delivery import router_answers, router_opendsr
from app.delivery.callbacks import Processors
from app.deps import Clock, Services, TtlCache, utc_now
from app.errors import MethodNotAllowed, TooLarge, TryLater, Unauthorized, Unprocessable, problems
from app.keys import load_keys
from app.ledger.errors import LedgerBehind
from app.ledger.follower import Ledger, begin, follow
from app.ledger.gate import Gate
from app.letters import router as letters
from app.mailchimp import inbox
from app.mailchimp import router as mailchimp
from app.mailchimp.accounts import Accounts
from app.middleware import Observe
from app.mycashflow import router_hooks as mycashflow_hooks
from app.notice import router as notice
from app.notice import router_public as notice_pages
from app.notice import router_record as notice_record
from app.notice.keeping import keep_notice
from app.notice.publishing import bring
from app.openapi import install_openapi
from app.pages import router_cases, router_requests, router_unsubscribe
from app.problem_handlers import install, respond, unexpected
from app.processing_checks import router as processing_checks
from app.processors import router as processors
from app.processors import router_adequacy, router_disclosures, router_promises, router_transfers
from app.processors.service import seed
from app.register import clients
from app.register import router as register
from app.register.errors import PurposeNotForRole, PurposeUnknown
from app.register.versions import Registers
from app.reports import router_authority, router_quarter
from app.rounds import keep_reading
from app.settings import Settings
from app.subject_requests import router as subject_requests
from app.subject_requests import (
    router_calendar,
    router_calendar_public,
    router_clock,
    router_holds,
    router_inactivity,
    router_letters,
    router_people,
    router_reviews,
    router_rights,
)
from app.subject_requests.digesting import keep_clocks
from app.swagger.serving import install_docs
from app.telemetry.gauges import Gauges
from app.tellings import router as tellings
from app.transparency import router as transparency

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = structlog.get_logger("seloste")

EVERYWHERE = problems(
    Unauthorized,
    ScopeMissing,
    KeyInvalid,
    MethodNotAllowed,
    KeyInFlight,
    TooLarge,
    Unprocessable,
    PurposeUnknown,
    PurposeNotForRole,
    KeyReused,
    TooManyFailures,
    TryLater,
    LedgerBehind,
)
"""Problems that any route under /v1 may answer with."""

MODULES = (
    customers,
    router_corrections,
    consents,
    processing_checks,
    router_purchases,
    subject_requests,
    router_holds,
    router_rights,
    access,
    router_release,
    router_letters,
    letters,
    notifications,
    router_clock,
    router_calendar,
    router_people,
    breaches,
    breach_people,
    breach_letters,
    router_inactivity,
    router_reviews,
    notice,
    notice_record,
    router_quarter,
    router_authority,
    router_links,
    tellings,
    processors,
    router_transfers,
    router_adequacy,
    router_promises,
    router_disclosures,
    transparency,
    register,
)
"""Where the routes under /v1 are; those called most come first, because routes are tried in turn."""

PUBLIC_MODULES = (
    *(router_public, access_links, router_calendar_public, router_unsubscribe, router_requests, router_cases),
    *(router_answers, router_opendsr, mailchimp, mycashflow_hooks, notice_pages, system),
)
"""What needs no token: people's and recipients' pages, webhooks, health."""


CONSOLE = (
    router_today,
    router_receiving,
    console_requests,
    console_people,
    console_replies,
    console_fees,
    router_breaches,
    router_breach_acts,
    router_breach_people,
    router_acting,
    router_notifications,
    router_insight,
    router_provider,
    router_sign_in,
)
"""Pages for staff who have signed in: no part of the API, whose functions they call."""


def create_app(settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """Build the service for these settings; opens the database and closes it at shutdown."""
    app = FastAPI(
        title="Seloste",
        version="0.1.0",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        separate_input_output_schemas=True,
    )
    serve_from(app, settings, open_database(settings.database_url, settings.pool_size), clock)
    for module in MODULES:
        _serve_routes(app, module.router, EVERYWHERE)
    for module in (*PUBLIC_MODULES, *CONSOLE):
        _serve_routes(app, module.router, {})
    install_docs(app)
    install(app)
    app.add_middleware(Gate, respond=respond)
    app.add_middleware(Observe, max_body_bytes=settings.max_body_bytes, unexpected=unexpected)
    install_openapi(app)
    return app


def _serve_routes(app: FastAPI, router: APIRouter, responses: dict[int | str, dict[str, Any]]) -> None:
    """Make the routes of a folder the app's own; of a router that is included, FastAPI tries each one twice."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.responses = {**responses, **route.responses}
        app.router.routes.append(route)


def serve_from(app: FastAPI, settings: Settings, db: Database, clock: Clock) -> None:
    """Give the app its services: settings, database, keys, clock and what they make up."""
    app.state.services = Services(settings, db, load_keys(settings.secret_file), clock)
    app.state.registers = Registers(db, settings.cache_seconds, on_apply=(seed, bring))
    app.state.ledger = Ledger(app.state.services)
    app.state.processors = Processors(app.state.services)
    app.state.gauges = Gauges(app.state.services, app.state.registers)
    app.state.sign_in_provider = TtlCache(REMEMBERED)
    app.state.provider_tokens = ProviderTokens(settings, db, app.state.sign_in_provider)
    failures = Failures(settings.sign_in_failures_per_minute)
    app.state.clients = Clients(db, settings.cache_seconds, failures, app.state.provider_tokens)
    app.state.connectors = load_connectors(settings.connectors_file)
    app.state.mailchimp = Accounts.of(app.state.connectors)
    app.state.link_failures = Failures(settings.sign_in_failures_per_minute)
    app.state.request_forms = Failures(settings.form_requests_per_minute)


def trace_with(app: FastAPI, provider: "TracerProvider") -> ASGIApp:
    """The app with a span for each request and each piece of its database work; needs the extra `otel`."""
    from app.telemetry.tracing import Trace, TracedDatabase  # noqa: PLC0415 (most installations go without)

    tracer = provider.get_tracer("seloste")
    served: Services = app.state.services
    serve_from(app, served.settings, TracedDatabase(served.db, tracer), served.clock)
    return Trace(app, tracer)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    served: Services = app.state.services
    if served.settings.bootstrap_admin_token is not None:
        token = served.settings.bootstrap_admin_token.get_secret_value()
        await served.db.write(clients.bootstrap_owner, token, served.clock())
    stop = asyncio.Event()
    ledger: Ledger = app.state.ledger
    await begin(ledger)
    work = (
        follow(ledger, stop),
        run_background(served, app.state.registers, ledger, stop),
        keep_tokens(app.state.clients, served, stop),
        keep_clocks(served, app.state.registers, stop),
        *([deliver(served, app.state.registers, ledger, stop)] if served.settings.background else []),
        keep_notice(served, app.state.registers, stop),
        inbox.keep_inbox(served, app.state.registers, app.state.mailchimp, ledger, stop),
        keep_reading(served, app.state.registers, app.state.connectors.connectors, ledger, stop),
    )
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)
        await app.state.processors.close()
        await served.db.close()
