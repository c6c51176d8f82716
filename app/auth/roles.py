"""Roles bundle scopes (design §6). Scopes name what a route demands."""

from enum import StrEnum

from app.policy.vocabulary import Nature


class Role(StrEnum):
    """What a client is there for."""

    WEBSHOP = "webshop"
    BOOKING = "booking"
    MAILER = "mailer"
    ADMIN = "admin"
    ACCOUNTANT = "accountant"
    DPO = "dpo"
    OWNER = "owner"
    BUILTIN = "builtin"


class Scope(StrEnum):
    """One permission; each route names the ones it needs."""

    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    PURCHASES_READ = "purchases:read"
    PURCHASES_WRITE = "purchases:write"
    VOUCHERS_CLASSIFY = "vouchers:classify"
    BOOKINGS_READ = "bookings:read"
    BOOKINGS_WRITE = "bookings:write"
    CONSENTS_READ = "consents:read"
    CONSENTS_WRITE = "consents:write"
    WORDINGS_WRITE = "wordings:write"
    CHECKS_RUN = "checks:run"
    CHANGES_READ = "changes:read"
    REQUESTS_READ = "requests:read"
    REQUESTS_WRITE = "requests:write"
    REQUESTS_DECIDE = "requests:decide"
    PROCESSORS_READ = "processors:read"
    PROCESSORS_WRITE = "processors:write"
    DISCLOSURES_WRITE = "disclosures:write"
    AUDIT_READ = "audit:read"
    REGISTER_READ = "register:read"
    REGISTER_WRITE = "register:write"
    BREACHES_REPORT = "breaches:report"
    BREACHES_READ = "breaches:read"
    BREACHES_WRITE = "breaches:write"
    IMPORTS_WRITE = "imports:write"
    CLIENTS_WRITE = "clients:write"


_S = Scope

_INTEGRATION = {
    _S.CUSTOMERS_READ,
    _S.CUSTOMERS_WRITE,
    _S.CONSENTS_READ,
    _S.CONSENTS_WRITE,
    _S.CHECKS_RUN,
    _S.CHANGES_READ,
    _S.REGISTER_READ,
}
_ADMIN = {
    _S.CUSTOMERS_READ,
    _S.CUSTOMERS_WRITE,
    _S.PURCHASES_READ,
    _S.BOOKINGS_READ,
    _S.CONSENTS_READ,
    _S.CONSENTS_WRITE,
    _S.CHECKS_RUN,
    _S.REQUESTS_READ,
    _S.REQUESTS_WRITE,
    _S.PROCESSORS_READ,
    _S.BREACHES_REPORT,
    _S.REGISTER_READ,
}
_DPO = _ADMIN | {
    _S.REQUESTS_DECIDE,
    _S.PROCESSORS_WRITE,
    _S.DISCLOSURES_WRITE,
    _S.AUDIT_READ,
    _S.CHANGES_READ,
    _S.BREACHES_READ,
    _S.BREACHES_WRITE,
}

SCOPES: dict[Role, frozenset[Scope]] = {
    Role.WEBSHOP: frozenset(_INTEGRATION | {_S.PURCHASES_READ, _S.PURCHASES_WRITE}),
    Role.BOOKING: frozenset(_INTEGRATION | {_S.BOOKINGS_READ, _S.BOOKINGS_WRITE}),
    Role.MAILER: frozenset({_S.CHECKS_RUN, _S.CONSENTS_WRITE, _S.DISCLOSURES_WRITE, _S.CHANGES_READ, _S.REGISTER_READ}),
    Role.ADMIN: frozenset(_ADMIN),
    Role.ACCOUNTANT: frozenset(
        {
            _S.PURCHASES_READ,
            _S.PURCHASES_WRITE,
            _S.VOUCHERS_CLASSIFY,
            _S.CUSTOMERS_READ,
            _S.BREACHES_REPORT,
            _S.REGISTER_READ,
        }
    ),
    Role.DPO: frozenset(_DPO),
    Role.OWNER: frozenset(Scope),
    Role.BUILTIN: frozenset(),
}

DEFAULT_NATURE: dict[Role, Nature] = {
    Role.WEBSHOP: Nature.SERVICE,
    Role.BOOKING: Nature.SERVICE,
    Role.MAILER: Nature.DIRECT_MARKETING,
    Role.ADMIN: Nature.SERVICE,
    Role.ACCOUNTANT: Nature.ACCOUNTING,
    Role.DPO: Nature.SUBJECT_RIGHTS,
    Role.OWNER: Nature.SUBJECT_RIGHTS,
    Role.BUILTIN: Nature.SUBJECT_RIGHTS,
}
"""The nature of purpose a client of the role acts for when it names none."""

_DEALINGS = frozenset({Nature.SERVICE, Nature.DIRECT_MARKETING})
_CASES = frozenset({Nature.LEGAL_CLAIMS, Nature.SUBJECT_RIGHTS})
NATURES: dict[Role, frozenset[Nature]] = {
    Role.WEBSHOP: _DEALINGS,
    Role.BOOKING: _DEALINGS,
    Role.MAILER: _DEALINGS,
    Role.ADMIN: _DEALINGS | _CASES,
    Role.ACCOUNTANT: frozenset({Nature.ACCOUNTING}),
    Role.DPO: frozenset(Nature),
    Role.OWNER: frozenset(Nature),
    Role.BUILTIN: frozenset(Nature),
}
"""The natures of purpose a role may act for, so that an integration cannot name its way past a restriction."""

PERSON_ROLES = frozenset({Role.ADMIN, Role.ACCOUNTANT, Role.DPO, Role.OWNER})
INTEGRATION_ROLES = frozenset({Role.WEBSHOP, Role.BOOKING, Role.MAILER})
