"""The shop's customers: accounts made, and contact data changed there.

Only what the shop says anew is followed. It goes on saying the old address until it has been told of a correction,
and must not undo it meanwhile; so of each field a keyed hash of what it last said is kept.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy import Connection

from app.connectors.field_map import ADDRESS, PersonFields, at
from app.connectors.mycashflow_config import CustomersIn, Inbound, MyCashflowConfig
from app.customers import repository as register
from app.customers.record import contact_values
from app.customers.schemas import CustomerFields, Reference
from app.customers.service import update, upsert_all
from app.errors import Problem
from app.imports.batch import Batch, reason_of
from app.imports.mailchimp import invalid_field
from app.imports.schemas import Settled
from app.imports.times import ImpossibleTime, instant
from app.keys import Keys
from app.polling import repository

FIELDS = ("name", "email", "phone", "address", "language", "attributes")
Said = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Account:
    """A customer as the shop has them: `values` by our names, only of fields that are mapped; None where empty."""

    id: str
    values: Mapping[str, Any]
    created: str

    def said(self, keys: Keys) -> dict[str, str]:
        """A keyed hash of each value."""
        return {
            name: keys.hash("last-said", name, json.dumps(value, sort_keys=True))[:32]
            for name, value in self.values.items()
        }


def account_of(record: Mapping[str, Any], fields: PersonFields, place: CustomersIn) -> Account:
    """What a record of the shop says."""
    values: dict[str, Any] = {}
    if fields.name or fields.first or fields.last:
        values["name"] = fields.name_in(record)
    values |= {name: _text(record, path) for name in ("email", "phone", "language") if (path := getattr(fields, name))}
    if all(getattr(fields, part) for part in ADDRESS[:3]):
        parts = {part: _text(record, path) for part in ADDRESS if (path := getattr(fields, part))}
        whole = all(parts[part] for part in ADDRESS[:3])
        values["address"] = {k: v.upper() if k == "country" else v for k, v in parts.items() if v} if whole else None
    if fields.attributes:
        values["attributes"] = {name: at(record, path) for name, path in sorted(fields.attributes.items())}
    return Account(str(record.get("id", "")), values, str(at(record, place.created) or ""))


def _text(record: Mapping[str, Any], path: str) -> str | None:
    value = at(record, path)
    return None if value is None else str(value).strip() or None


class CustomersTaken:
    """Takes the shop's customers in one transaction."""

    def __init__(self, connection: Connection, op: Batch, config: MyCashflowConfig, inbound: Inbound) -> None:
        self._connection, self._op, self._config, self._inbound = connection, op, config, inbound
        assert inbound.customers is not None  # noqa: S101 (there is no such stream otherwise)
        self._place = inbound.customers

    def take(self, records: Sequence[Mapping[str, Any]]) -> list[Settled]:
        """What became of each, in their order."""
        system = self._config.system
        accounts = [account_of(record, self._config.customer_fields, self._place) for record in records]
        ids = {account.id for account in accounts}
        self._known = register.by_references(self._connection, {(system, its_id) for its_id in ids})
        self._last = repository.last_said(self._connection, system, ids)
        self._noted: dict[str, Said] = {}
        settled = [self._settle(number, account) for number, account in enumerate(accounts, start=1)]
        repository.note_said(self._connection, system, self._noted)
        return settled

    def _settle(self, number: int, account: Account) -> Settled:
        try:
            return self._take(number, account)
        except Problem as problem:
            return Settled(1, number, "skipped", reason_of(problem))
        except ValidationError as error:
            return Settled(1, number, "refused", invalid_field(error))
        except ImpossibleTime:
            return Settled(1, number, "refused", "time_impossible")

    def _take(self, number: int, account: Account) -> Settled:
        said, last = account.said(self._op.keys), self._last.get(account.id, {})
        customer_id = self._known.get((self._config.system, account.id))
        fresh = {n: v for n, v in account.values.items() if said[n] != last.get(n) and (n in last or v is not None)}
        if customer_id is not None and not fresh:
            return Settled(1, number, "known")
        fields = self._fields(account, fresh)
        if customer_id is None:
            customer_id = self._register(account, fields)
        else:
            self._follow(customer_id, fields, fresh)
        self._noted[account.id] = self._last[account.id] = said
        self._known[self._config.system, account.id] = customer_id
        return Settled(1, number, "taken")

    def _fields(self, account: Account, fresh: Mapping[str, Any]) -> CustomerFields:
        opened = instant(account.created, ZoneInfo(self._inbound.time_zone)).at
        members = {**fresh, "language": fresh.get("language") or self._inbound.language, "source": self._inbound.source}
        interaction = {"kind": "form", "occurred_at": opened}
        return CustomerFields.model_validate({**members, "kind": "customer", "interaction": interaction})

    def _register(self, account: Account, fields: CustomerFields) -> UUID:
        """Opening the account is the dealing that the record comes from (F11); raises what an upsert raises."""
        outcome = upsert_all(self._connection, self._op, [(self._reference(account), fields)])[0]
        if isinstance(outcome, Problem):
            raise outcome
        self._op.touched(outcome.audit_key)
        return outcome.id

    def _follow(self, customer_id: UUID, fields: CustomerFields, fresh: Mapping[str, Any]) -> None:
        """What is new; a name is never emptied. While contested it is kept aside, as of any caller."""
        sent = {name: getattr(fields, name) for name in FIELDS if name in fresh}
        if sent.get("name", "") is None:
            del sent["name"]
        if sent.get("language", "") is None:
            del sent["language"]
        stored = update(self._connection, self._op, customer_id, contact_values(self._op, sent))
        self._op.touched(stored.audit_key)

    def _reference(self, account: Account) -> Reference:
        return Reference(system=self._config.system, id=account.id)
