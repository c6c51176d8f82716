"""MyCashflow: contact data are rectified by its interface; nobody can be erased by it, so a human does that in the
admin panel and the machine looks until the customer is gone.

Orders stay: the shop keeps them as material of the accounts (Art. 17(3)(b), KPL 2:10 §).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.connectors.connector import Connector
from app.connectors.field_map import body_of, holds, values_of
from app.connectors.instruction import Instruction, Subject
from app.connectors.listing import Refusal
from app.connectors.mycashflow_api import Shop, TooMany, id_of
from app.connectors.mycashflow_config import MyCashflowConfig
from app.connectors.outcome import Failed, Later, Outcome, Sent, Verified
from app.connectors.outside import Outside, Unreachable
from app.policy.notifications import Act

TASKS: Mapping[Act, str] = {
    Act.ERASURE: "mycashflow_erase",
    Act.RECTIFICATION: "mycashflow_rectify",
    Act.RESTRICTION: "mycashflow_restrict",
    Act.RESTRICTION_LIFTED: "mycashflow_lift",
    Act.CONSENT_WITHDRAWAL: "mycashflow_stop_marketing",
    Act.MARKETING_BAN: "mycashflow_stop_marketing",
}
"""What a human has to do in the admin panel; of the other acts the recipient is told as any is."""
_SWITCHED = frozenset({Act.RESTRICTION, Act.RESTRICTION_LIFTED})
_STOPPED = frozenset({Act.CONSENT_WITHDRAWAL, Act.MARKETING_BAN})


class MyCashflow(Connector):
    """One shop."""

    def __init__(self, config: MyCashflowConfig, outside: Outside, pause: float = 1.0) -> None:
        self.config = config
        self.shop = Shop.of(config, outside, pause)

    @property
    def capabilities(self) -> frozenset[Act]:
        """What the configured fields allow; an erasure never is."""
        fields = self.config.customer_fields
        able = {Act.RECTIFICATION} if fields.model_dump(exclude_defaults=True) else set()
        return frozenset(
            able | (_SWITCHED if self.config.restriction else set()) | (_STOPPED if self.config.stops else set())
        )

    async def find(self, subject: Subject) -> tuple[str, ...]:
        """The customer of our reference, else whoever has both the address and the name; raises `Unreachable`.

        The interface cannot be searched by address, so all customers are read, up to `most_pages`.
        """
        try:
            return await self._find(subject) or ()
        except (TooMany, Refusal):
            raise Unreachable(Later("cannot_search")) from None

    async def _find(self, subject: Subject) -> tuple[str, ...] | None:
        """As `find`; None when there is nothing to look by."""
        held = subject.references.get(self.config.system)
        if held is not None:
            return () if await self.shop.read("customers", held) is None else (held,)
        fields = self.config.customer_fields
        if not subject.email or fields.email is None:
            return None
        customers = self.shop.customers(self.config.most_pages)
        return tuple([id_of(one) async for one in customers if fields.is_about(one, subject.email, subject.name)])

    async def apply(self, instruction: Instruction) -> Outcome:
        """Change what the interface can change and look that it did; a task for a human otherwise."""
        try:
            return await self._apply(instruction)
        except Unreachable as unreachable:
            return unreachable.outcome
        except Refusal as refusal:
            return Failed(refusal.code)
        except TooMany:
            return self._task(instruction)

    async def verify(self, instruction: Instruction) -> Outcome:
        """Look again: an erased customer is gone, a changed one says what it was told."""
        try:
            return await self._verify(instruction)
        except Unreachable as unreachable:
            return unreachable.outcome
        except Refusal as refusal:
            return Failed(refusal.code)
        except TooMany:
            return self._task(instruction)

    async def _apply(self, instruction: Instruction) -> Outcome:
        values, whole = self._values(instruction)
        if not values:
            return await self._by_human(instruction)
        found = await self._find(instruction.subject)
        if found is None or len(found) > 1:
            return self._task(instruction)
        for customer_id in found:
            if await self.shop.change_customer(customer_id, body_of(values)) and not await self._has(
                customer_id, values
            ):
                return Failed("not_taken_on")
        return Verified() if whole else self._task(instruction)

    async def _by_human(self, instruction: Instruction) -> Outcome:
        """A task, unless it is about nobody; of an erasure the machine looks later whether it is done."""
        if instruction.act is not Act.ERASURE:
            return self._task(instruction)
        found = await self._find(instruction.subject)
        if found is None:
            return self._task(instruction)
        return self._task(instruction, timedelta(hours=self.config.look_after_hours)) if found else Verified()

    async def _verify(self, instruction: Instruction) -> Outcome:
        values, whole = self._values(instruction)
        if not values or not whole:
            return await self._by_human(instruction)
        found = await self._find(instruction.subject)
        if found is None or len(found) > 1:
            return self._task(instruction)
        told = [await self._has(customer_id, values) for customer_id in found]
        return Verified() if all(told) else Later("not_taken_on")

    async def _has(self, customer_id: str, values: Mapping[str, Any]) -> bool:
        """Whether the customer says what it was told; one that is gone says nothing else any more."""
        record = await self.shop.read("customers", customer_id)
        return record is None or holds(record, values)

    def _values(self, instruction: Instruction) -> tuple[dict[str, Any], bool]:
        """What to write where, and whether that is all that was asked; nothing where only a human can do it."""
        config = self.config
        return values_of(instruction, config.customer_fields, config.restriction, config.stops)

    def _task(self, instruction: Instruction, look_after: timedelta | None = None) -> Sent:
        return Sent(task=TASKS.get(instruction.act, "tell_recipient"), look_after=look_after)
