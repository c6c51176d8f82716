"""Every table of the service, for migrations and maintenance; importing this fills the metadata."""

from app.audit import tables as audit
from app.auth import tables as auth
from app.breaches import tables as breaches
from app.consents import tables as consents
from app.console import tables as console
from app.customers import tables as customers
from app.customers import tables_audiences as audiences
from app.customers import tables_rights as customers_rights
from app.customers import tables_tellings as tellings
from app.imports import tables as imports
from app.ledger import tables as ledger
from app.letters import tables as letters
from app.mailchimp import tables as mailchimp
from app.notifications import tables as notifications
from app.polling import tables as polling
from app.processors import tables as processors
from app.processors import tables_safeguards
from app.register import tables as register
from app.subject_requests import tables as subject_requests
from app.subject_requests import tables_calendar as calendars
from app.subject_requests import tables_people, tables_replies
from app.subject_requests import tables_rights as requests_rights
from app.upkeep import tables as upkeep

TABLES = (
    *(audit, auth, register, customers, customers_rights, audiences, tellings, consents),
    *(processors, tables_safeguards),
    *(notifications, imports, polling, letters, mailchimp),
    *(subject_requests, requests_rights, tables_people, tables_replies, calendars, breaches, ledger, upkeep),
    console,
)
