"""Every table of the service, for migrations and maintenance; importing this fills the metadata."""

from app.audit import tables as audit
from app.auth import tables as auth
from app.consents import tables as consents
from app.customers import tables as customers
from app.imports import tables as imports
from app.ledger import tables as ledger
from app.processors import tables as processors
from app.register import tables as register
from app.subject_requests import tables as subject_requests
from app.upkeep import tables as upkeep

TABLES = (audit, auth, register, customers, consents, processors, imports, subject_requests, ledger, upkeep)
