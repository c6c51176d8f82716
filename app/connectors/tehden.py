"""Tehden: token, throttle, find, update and marketing off, where a map says how its calls are made.

Its documentation is for its customers; until a controller has copied names from it into `map`, everything that Tehden
is told is a task for a human. No call that erases was found: a human erases, and the machine looks.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Literal

import httpx
from pydantic import Field, StringConstraints

from app.connectors.addresses import BaseUrl
from app.connectors.connector import Configured, Connector
from app.connectors.field_map import FieldPath, Mapped, PersonFields, Stop, Switch, at, body_of, holds, values_of
from app.connectors.instruction import Instruction, Subject
from app.connectors.listing import Refusal, read_json, records_in
from app.connectors.oauth import Authorised, CallPath, Grant
from app.connectors.outcome import Failed, Later, Outcome, Sent, Verified
from app.connectors.outside import Limits, Link, Outside, Unreachable
from app.policy.notifications import Act

AT_ONCE = 8
TASKS: Mapping[Act, str] = {
    Act.ERASURE: "tehden_erase",
    Act.RECTIFICATION: "tehden_rectify",
    Act.RESTRICTION: "tehden_restrict",
    Act.RESTRICTION_LIFTED: "tehden_lift",
    Act.CONSENT_WITHDRAWAL: "tehden_stop_marketing",
    Act.MARKETING_BAN: "tehden_stop_marketing",
}
Record = Mapping[str, Any]


class Find(Mapped):
    """The call that finds customers: where it takes what we look by, and where it answers with whom."""

    path: CallPath
    reference: FieldPath | None = None
    email: FieldPath | None = None
    constant: Mapping[FieldPath, str | int | bool] = {}
    records: FieldPath
    id: FieldPath


class Update(Mapped):
    """The call that changes a customer: where it takes the id, and the member under which it takes the values."""

    path: CallPath
    id: FieldPath
    values: FieldPath | None = None
    constant: Mapping[FieldPath, str | int | bool] = {}


class CallMap(Mapped):
    """How the calls are made; every name in it comes from the recipient's own documentation."""

    find: Find
    update: Update
    customer_fields: PersonFields
    stops: tuple[Stop, ...] = ()
    restriction: Switch | None = None


class TehdenConfig(Configured):
    """`kind: tehden`."""

    kind: Literal["tehden"]
    base_url: BaseUrl
    access: Grant | None = None
    per_second: Annotated[float, Field(gt=0, le=50)] = 15.0
    system: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")] = "tehden"
    look_after_hours: Annotated[float, Field(gt=0, le=24 * 14)] = 12
    map: CallMap | None = None

    def connect(self, recipient: str, outside: Outside) -> Connector:
        """The company's connector."""
        return Tehden(self, outside)


class Tehden(Connector):
    """One company's Tehden."""

    def __init__(self, config: TehdenConfig, outside: Outside) -> None:
        self.config = config
        self._link: Authorised | None = None
        if config.access is not None:
            limits = Limits(AT_ONCE, config.per_second)
            self._link = Authorised(Link(outside, config.base_url, limits), config.access)

    @property
    def _map(self) -> CallMap | None:
        return self.config.map if self._link is not None else None

    @property
    def capabilities(self) -> frozenset[Act]:
        """Nothing without a map; never an erasure."""
        found = self._map
        if found is None:
            return frozenset()
        able = {Act.RECTIFICATION}
        able |= {Act.CONSENT_WITHDRAWAL, Act.MARKETING_BAN} if found.stops else set()
        return frozenset(able | ({Act.RESTRICTION, Act.RESTRICTION_LIFTED} if found.restriction else set()))

    async def find(self, subject: Subject) -> tuple[str, ...]:
        """Whoever has our reference, else both the address and the name; raises `Unreachable`."""
        try:
            found = await self._find(subject) or {}
        except Refusal as refusal:
            raise Unreachable(Later(refusal.code)) from None
        return tuple(found)

    async def apply(self, instruction: Instruction) -> Outcome:
        """Update and look that it was taken on; a task for a human where the map does not say how."""
        return await self._told(instruction, changes=True)

    async def verify(self, instruction: Instruction) -> Outcome:
        """Look again, and change nothing."""
        return await self._told(instruction, changes=False)

    async def _told(self, instruction: Instruction, *, changes: bool) -> Outcome:
        try:
            return await self._tell(instruction, changes=changes)
        except Unreachable as unreachable:
            return unreachable.outcome
        except Refusal as refusal:
            return Failed(refusal.code)

    async def _tell(self, instruction: Instruction, *, changes: bool) -> Outcome:
        values, whole = self._values(instruction)
        after = _afterwards(instruction)
        found = await self._find(instruction.subject if changes else after)
        if instruction.act is Act.ERASURE and found is not None:
            looking = timedelta(hours=self.config.look_after_hours)
            return self._task(instruction, looking) if found else Verified()
        if not values or found is None or len(found) > 1:
            return self._task(instruction)
        if changes:
            for its_id in found:
                await self._update(its_id, values)
            found = await self._find(after)
        if not all(holds(record, values) for record in (found or {}).values()):
            return Failed("not_taken_on") if changes else Later("not_taken_on")
        return Verified() if whole else self._task(instruction)

    async def _find(self, subject: Subject) -> dict[str, Record] | None:
        """Records by id; None when there is nothing to look by, or no call to look with.

        A refusal is none: where nothing answers, nobody is proved to be gone.
        """
        if self._map is None:
            return None
        call, held = self._map.find, subject.references.get(self.config.system)
        if held is not None and call.reference is not None:
            return await self._search(call, {call.reference: held})
        if subject.email is None or call.email is None:
            return None
        found = await self._search(call, {call.email: subject.email})
        fields, email, name = self._map.customer_fields, subject.email, subject.name
        return {its_id: one for its_id, one in found.items() if fields.is_about(one, email, name)}

    async def _search(self, call: Find, criteria: Mapping[str, Any]) -> dict[str, Record]:
        answer = await self._call(call.path, body_of({**call.constant, **criteria}))
        records = records_in(at(read_json(answer), call.records))
        return {str(at(one, call.id)): one for one in records}

    async def _update(self, its_id: str, values: Mapping[str, Any]) -> None:
        assert self._map is not None  # noqa: S101 (there are no values without a map)
        call = self._map.update
        under = f"{call.values}." if call.values else ""
        await self._call(
            call.path, body_of({**call.constant, call.id: its_id, **{under + p: v for p, v in values.items()}})
        )

    async def _call(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        assert self._link is not None  # noqa: S101 (there is no map without access)
        answer = await self._link.call("POST", path, json=dict(body))
        if not answer.is_success:
            raise Refusal(f"http_{answer.status_code}")
        return answer

    def _values(self, instruction: Instruction) -> tuple[dict[str, Any], bool]:
        """What to write where, and whether that is all; nothing where only a human can do it."""
        if self._map is None:
            return {}, False
        return values_of(instruction, self._map.customer_fields, self._map.restriction, self._map.stops)

    def _task(self, instruction: Instruction, look_after: timedelta | None = None) -> Sent:
        return Sent(task=TASKS.get(instruction.act, "tell_recipient"), look_after=look_after)


def _afterwards(instruction: Instruction) -> Subject:
    """The person as they are found once they have been rectified."""
    now = {change.about: change.now for change in instruction.changes if change.about in {"name", "email"}}
    return replace(instruction.subject, **now)
