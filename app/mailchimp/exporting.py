"""`seloste mailchimp export`: the people whom the check allows, put into the audience of their purpose.

Incremental and resumable: what is logged and not yet there is carried again, what is there is not. Nobody who has
unsubscribed is subscribed again: a PUT says what a new member is, and nothing of one who is there.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.connectors.mailchimp_acts import GETS_MAIL, Place
from app.connectors.mailchimp_api import Api, Member, Stays, subscriber_hash
from app.connectors.outside import Outside, Unreachable
from app.deps import Services
from app.mailchimp import choosing, repository_members
from app.mailchimp.accounts import Accounts
from app.mailchimp.choosing import Leaving, Plan, Stop
from app.mailchimp.working import Busy, Interrupted, leased, operation
from app.register.errors import PurposeUnknown
from app.register.operation import Operation
from app.register.versions import Registers

KEEPS_OUT = frozenset({"forgotten", "compliance_state", "member_exists", "invalid_resource"})
"""Refusals that concern one person: Mailchimp does not take the address."""
LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Carried:
    """What Mailchimp said of one person: a status, or the code of a refusal."""

    leaving: Leaving
    said: str
    contact_id: str | None = None


async def export(
    served: Services, registers: Registers, accounts: Accounts, outside: Outside
) -> dict[str, Counter[str]]:
    """Fill every audience that the configuration fills; what became of people, by audience."""
    counts: dict[str, Counter[str]] = {}
    for recipient, account in accounts.by_recipient.items():
        api = account.api(outside)
        for audience, described in account.audiences.items():
            if described.export is None:
                continue
            counts[audience] = Counter()
            try:
                op = await operation(served, registers, described.export)
                plan = choosing.planned(op, recipient, account, audience, op.purpose)
                run = _Run(served, registers, api, plan, counts[audience])
                async with leased(served, f"mailchimp-export:{audience}", LEASE) as keep:
                    await run.stop_lapsed(keep)
                    await run.carry_due(keep)
            except (Busy, Interrupted) as interrupted:
                counts[audience][str(interrupted)] += 1
            except PurposeUnknown:
                counts[audience]["interrupted:purpose_unknown"] += 1
    return counts


class _Run:
    """One audience's run."""

    def __init__(self, served: Services, registers: Registers, api: Api, plan: Plan, counts: Counter[str]) -> None:
        self._served, self._registers, self._api = served, registers, api
        self._plan, self._counts = plan, counts
        described = plan.account.audiences[plan.audience]
        self._place = Place(api, plan.audience, described.marketing_permissions)

    async def _operation(self) -> Operation:
        return await operation(self._served, self._registers, self._plan.purpose.code)

    async def stop_lapsed(self, keep: Any) -> None:
        """Who was put in and may no longer stay goes out, before anybody comes in."""
        after: UUID | None = None
        while rows := await self._served.db.read(
            repository_members.standing, self._plan.recipient, self._plan.audience, after, choosing.AT_ONCE
        ):
            await keep()
            await self._stop_among([(row.customer_id, row.contact_id, row.email) for row in rows])
            after = rows[-1].customer_id

    async def _stop_among(self, members: Sequence[tuple[UUID, str | None, str | None]]) -> None:
        op = await self._operation()
        stops = await op.write(choosing.no_longer, self._plan, members)
        if not stops:
            return
        done = await asyncio.gather(*(self._stop(one) for one in stops), return_exceptions=True)
        ended = [one for one, failure in zip(stops, done, strict=True) if failure is None]
        await self._served.db.write(choosing.note_stopped, self._plan, ended, self._served.clock())
        self._counts.update(f"stopped:{one.how}" for one in ended)
        _raise_first(done)

    async def _stop(self, stop: Stop) -> None:
        member = await self._member(stop.key, stop.email)
        if member is None:
            return
        if stop.how == "erase":
            await self._api.delete_permanent(member.audience, member.key)
        elif stop.how == "archive":
            await self._api.archive(member.audience, member.key)
        elif member.status in GETS_MAIL or member.is_archived:
            await self._place.stop(member)

    async def _member(self, contact_id: str | None, email: str | None) -> Member | None:
        keys = [key for key in (contact_id, email and subscriber_hash(email)) if key]
        for key in keys:
            found = await self._api.member(self._plan.audience, key)
            if found is not None:
                return found
        return None

    async def carry_due(self, keep: Any) -> None:
        """Batch after batch: choose and log, carry, note what was said, and look again at who was carried."""
        after: UUID | None = None
        while True:
            await keep()
            op = await self._operation()
            chosen = await op.write(choosing.choose, self._plan, after)
            if chosen is None:
                return
            self._counts.update(chosen.counts)
            done = await asyncio.gather(*(self._carry(one) for one in chosen.leaving), return_exceptions=True)
            carried = [one for one in done if isinstance(one, Carried)]
            self._counts.update(f"{one.said}" for one in carried)
            await self._served.db.write(_note, self._plan, carried, self._served.clock())
            # A ban that came while this was on its way has found nobody there to stop.
            there = [(one.leaving.customer_id, one.contact_id, one.leaving.email) for one in carried]
            await self._stop_among(there)
            _raise_first(done)
            after = chosen.last

    async def _carry(self, one: Leaving) -> Carried:
        audience = self._plan.audience
        body: dict[str, Any] = {"status_if_new": "subscribed"}
        if one.merge:
            body["merge_fields"] = dict(one.merge)
        try:
            held = await self._member(one.contact_id, None) if one.contact_id else None
            if held is not None and held.key != subscriber_hash(one.email):
                await self._api.change(audience, held.key, {"email_address": one.email})
            if one.comes_back and held is not None and held.is_archived:
                body["status"] = "subscribed"  # archived by an export, and allowed again
            made = await self._api.put(audience, one.email, body)
        except Stays as stays:
            if stays.outcome.code not in KEEPS_OUT:
                raise
            return Carried(one, stays.outcome.code)
        return Carried(one, made.status, made.contact_id)


def _note(connection: Connection, plan: Plan, carried: Sequence[Carried], at: Any) -> None:
    """What Mailchimp has now; whoever it does not mail is kept out, and not asked again until they change."""
    for one in carried:
        is_there = one.said in GETS_MAIL
        values = {"state": "sent" if is_there else "kept_out", "changed_at": at}
        values |= {"contact_id": one.contact_id} if one.contact_id else {}
        values |= {"sent_at": at} if is_there else {}
        repository_members.change(connection, plan.key(one.leaving.customer_id), values)


def _raise_first(done: Sequence[Any]) -> None:
    """What was carried is noted; then the run ends with the failure, and the next one goes on from here."""
    for one in done:
        if isinstance(one, Unreachable | Stays):
            raise Interrupted(one.outcome.code) from None
        if isinstance(one, BaseException):
            raise one
