"""The bare twin: FastAPI, the same JSON models, the same rows and durability; no token, no policy, no log.

Served by `uvicorn benchmarks.twin:app`; TWIN_DATABASE_URL names its database.
"""

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Response

from app.consents.schemas import ConsentBatch, ConsentIn, ConsentOut, ConsentResult, ConsentResults
from app.customers.schemas import CustomerOut, InteractionOut, PostalAddressOut, ReferenceOut
from app.customers.schemas_purchases import PurchaseFields, PurchaseOut, VoucherOut
from app.db import new_id
from app.policy.vocabulary import Channel
from app.processing_checks.schemas import AnswerOut, CheckIn, CheckOut, ReasonOut
from benchmarks import twin_postgresql, twin_rows, twin_sqlite

URL = os.environ.get("TWIN_DATABASE_URL", "sqlite://")
db = twin_sqlite.Database(URL) if URL.startswith("sqlite") else twin_postgresql.Database(URL)


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    await db.open()
    yield


app = FastAPI(lifespan=_lifespan)


@app.get("/healthz")
async def health() -> dict[str, str]:
    """It serves."""
    return {"status": "ok"}


@app.post("/v1/consents", status_code=201)
async def consent(sent: ConsentIn) -> ConsentOut:
    """Record a consent."""
    row = _row(sent)
    await db.consent(row)
    return _out(row)


@app.post("/v1/consents/batch")
async def consents(sent: ConsentBatch) -> ConsentResults:
    """Record many consents."""
    rows = [_row(ConsentIn.model_validate(item)) for item in sent.items]
    await db.consents(rows, new_id())
    return ConsentResults(
        results=[ConsentResult(index=n, status=201, event=_out(row), problem=None) for n, row in enumerate(rows)]
    )


def _row(sent: ConsentIn) -> twin_rows.Consent:
    return twin_rows.consent(sent, hashlib.sha256(sent.model_dump_json().encode()).hexdigest())


def _out(row: twin_rows.Consent) -> ConsentOut:
    return ConsentOut(id=row.id, event_id=row.sent.event_id, status="recorded", people=None, suppressed=[])


@app.put("/v1/customers/{customer_id}/purchases/{system}/{order_id}")
async def purchase(
    customer_id: UUID, system: str, order_id: str, sent: PurchaseFields, response: Response
) -> PurchaseOut:
    """Put a purchase."""
    version = await db.purchase(twin_rows.purchase(sent, customer_id, system, order_id))
    response.status_code = 201 if version == 1 else 200
    voucher = VoucherOut(
        number=sent.voucher.number,
        record=sent.voucher.record,
        holder=sent.voucher.holder,
        material=sent.voucher.material,
        corrects=sent.voucher.corrects,
        buyer_as_printed=sent.voucher.buyer_as_printed,
        restricted=False,
        retain_until=None,
    )
    named = {name: getattr(sent, name) for name in PurchaseOut.model_fields.keys() & PurchaseFields.model_fields.keys()}
    return PurchaseOut(**named, system=system, order_id=order_id, version=version, vouchers=[voucher])


@app.get("/v1/customers/{customer_id}")
async def read(customer_id: UUID) -> CustomerOut:
    """Read a customer."""
    row = await db.read(customer_id, new_id(), twin_rows.CLIENT)
    return CustomerOut(
        state="active",
        **{name: row[name] for name in _PLAIN},
        address=PostalAddressOut(**{name: row[name] for name in ("street", "postal_code", "city", "country")}),
        interaction=InteractionOut(
            kind=row["interaction_kind"], reference=row["interaction_reference"], occurred_at=row["interaction_at"]
        ),
        references=[_reference(pair) for pair in row["reference_list"].split(",")],
        attributes=row["attributes"] or {},
        restrictions=[],
        death_reported_on=None,
    )


_MADE_UP = {"state", "address", "interaction", "references", "attributes", "restrictions", "death_reported_on"}
_PLAIN = tuple(name for name in CustomerOut.model_fields if name not in _MADE_UP)


def _reference(pair: str) -> ReferenceOut:
    system, external_id = pair.split(" ")
    return ReferenceOut(system=system, id=external_id)


@app.post("/v1/processing-checks")
async def check(sent: CheckIn) -> CheckOut:
    """Allowed when consent stands and nothing speaks against it."""
    ids = [who.uuid for who in sent.subjects if who.uuid is not None]
    asked = (sent.purpose, (sent.channel or Channel.EMAIL).value, new_id(), twin_rows.CLIENT)
    rows = [await db.check(ids[0], *asked)] if len(ids) == 1 else await db.check_many(ids, *asked)
    by_id = {row["id"]: row for row in rows}
    return CheckOut(
        purpose=sent.purpose,
        channel=sent.channel,
        at=twin_rows.now(),
        register_version=1,
        results=[_answer(n, by_id[customer]) for n, customer in enumerate(ids)],
    )


def _answer(index: int, row: Any) -> AnswerOut:
    allowed = row["action"] == "given" and not (row["ban"] or row["own"] or row["grounds"] or row["erased_at"])
    reason = ReasonOut(code="consent", text="Consent decides.", since=row["occurred_at"])
    return AnswerOut(index=index, customer_id=row["id"], allowed=allowed, legal_basis=None, reasons=[reason])
