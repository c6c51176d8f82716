"""Integrations and people at the desk, all at once; what gets no answer is sent again with the same key."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import uuid4

from tests.torture import payloads
from tests.torture.journal import Call, Journal, Person
from tests.torture.wire import Answer, Drop, Line, Lost, Refused
from tests.worlds import TOKENS

WORKERS = 12
SHARED = 24
"""How many people are worked on at any time; few, so that calls meet."""


@dataclass
class Load:
    """Keeps calls coming until told to stop; `ports` are those of the processes, taken in turn."""

    ports: list[int]
    journal: Journal
    dice: random.Random
    dropping: float = 0.0
    rights: tuple[str, ...] = ("erasure", "erasure", "erasure", "marketing_ban", "consent_withdrawal")
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    first_ack: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, workers: int = WORKERS) -> None:
        """Work until `stopped`."""
        await asyncio.gather(*(self._work(Line(self.ports[n % len(self.ports)])) for n in range(workers)))

    async def settle(self, workers: int = WORKERS) -> None:
        """Send again what is unknown until it is known; the service must be up."""
        waiting = self.journal.open

        async def one(line: Line) -> None:
            while waiting:
                call = waiting.pop()
                while not call.settled:
                    await self.send(line, call)
            await line.close()

        await asyncio.gather(*(one(Line(self.ports[n % len(self.ports)])) for n in range(workers)))

    async def _work(self, line: Line) -> None:
        while not self.stopped.is_set():
            unknown = self.journal.open if self.dice.random() < 0.05 else []
            if unknown:
                await self.send(line, self.dice.choice(unknown))
            else:
                await self._something(line)
        await line.close()

    async def _something(self, line: Line) -> None:
        acts: tuple[tuple[float, Callable[[Line], Awaitable[None]]], ...] = (
            (0.16, self._newcomer),
            (0.16, self._upsert),
            (0.14, self._purchase_or_booking),
            (0.2, self._consent),
            (0.08, self._batch),
            (0.1, self._request),
            (0.03, self._register),
            (0.05, self._read),
            (0.05, self._check),
            (0.03, self._disclose),
        )
        known = any(person.ids for person in self.journal.people[-SHARED:])
        act = self.dice.choices([a for _, a in acts], [w for w, _ in acts])[0] if known else self._newcomer
        await act(line)

    def _somebody(self, system: str | None = None) -> Person:
        recent = [p for p in self.journal.people[-2 * SHARED :] if p.ids and system in {None, p.system}]
        return self.dice.choice(recent or [p for p in self.journal.people if p.ids])

    async def call(self, line: Line, call: Call) -> bool:
        """Send a new call; whether it was acknowledged."""
        self.journal.calls.append(call)
        return await self.send(line, call)

    async def send(self, line: Line, call: Call, drop: Drop | None = None) -> bool:
        """Send a call once more; whether it was acknowledged."""
        call.sending = True
        try:
            return await self._send(line, call, drop or self._break_off())
        finally:
            call.sending = False

    def _break_off(self) -> Drop | None:
        return self.dice.choice(list(Drop)) if self.dice.random() < self.dropping else None

    async def _send(self, line: Line, call: Call, drop: Drop | None) -> bool:
        headers = {"Authorization": f"Bearer {TOKENS[call.role]}"}
        if call.key:
            headers["Idempotency-Key"] = call.key
        try:
            answer = await line.ask(call.method, call.path, headers, call.body, drop)
        except Refused:
            if not call.again:
                self.journal.calls.remove(call)  # it was never sent
            await asyncio.sleep(0.01)
            return False
        except Lost as loss:
            self.journal.note_lost(call, loss)
            return False
        self.journal.note(call, answer)
        if answer.status == 503:
            await asyncio.sleep(0.05)
        if not call.answers or answer.status >= 300:
            return False
        self._learn(call, answer)
        self.first_ack.set()
        return True

    def _learn(self, call: Call, answer: Answer) -> None:
        if call.kind in {"upsert", "register"} and call.person and answer.body["id"] not in call.person.ids:
            call.person.ids.append(answer.body["id"])

    async def _newcomer(self, line: Line) -> None:
        person = Person(len(self.journal.people), self.dice.choice(("webshop", "booking")))
        self.journal.people.append(person)
        await self._upsert(line, person)

    async def _upsert(self, line: Line, person: Person | None = None) -> None:
        who = person or self._somebody()
        path = f"/v1/customers/by-reference/{who.system}/{who.reference}"
        body = payloads.customer(who.number, self.dice)
        await self.call(line, Call("upsert", who.system, "PUT", path, body, person=who))

    async def _register(self, line: Line) -> None:
        person = Person(len(self.journal.people), "webshop")
        self.journal.people.append(person)
        body = payloads.customer(person.number, self.dice)
        body |= {"references": [{"system": "webshop", "id": person.reference}]}
        key = uuid4().hex
        await self.call(line, Call("register", "webshop", "POST", "/v1/customers", body, key, person))

    async def _purchase_or_booking(self, line: Line) -> None:
        who, name = self._somebody(), uuid4().hex
        if who.system == "webshop":
            path, body = f"purchases/webshop/{name}", payloads.purchase(name, self.dice)
        else:
            path, body = f"bookings/booking/{name}", payloads.booking(self.dice)
        kind = path.split("s/")[0]
        path = f"/v1/customers/{who.id}/{path}"
        await self.call(line, Call(kind, who.system, "PUT", path, body, person=who, name=name))

    async def _consent(self, line: Line) -> None:
        who, name = self._somebody(), uuid4().hex
        named = self.dice.choice(({"id": who.id}, {"system": who.system, "id": who.reference}))
        body = payloads.consent(name, named, self.dice)
        await self.call(line, Call("consent", who.system, "POST", "/v1/consents", body, person=who, name=name))

    async def _batch(self, line: Line) -> None:
        system = self.dice.choice(("webshop", "booking"))
        people = [p for p in self.journal.people[-SHARED:] if p.ids and p.system == system]
        chosen = [self.dice.choice(people) for _ in range(self.dice.randrange(2, 20))] if people else []
        items = [payloads.consent(uuid4().hex, {"id": person.id}, self.dice) for person in chosen]
        if items:
            await self.call(line, Call("batch", system, "POST", "/v1/consents/batch", {"items": items}))

    async def _request(self, line: Line) -> None:
        who, right = self._somebody(), self.dice.choice(self.rights)
        if right in who.asked:
            return
        who.asked.add(right)
        body, key = payloads.request(right, who.id), uuid4().hex
        asked = Call("request", "admin", "POST", "/v1/subject-requests", body, key, who, right)
        if await self.call(line, asked) and right == "erasure":
            path = f"/v1/subject-requests/{asked.answers[0].body['id']}/decision"
            await self.call(line, Call("decision", "dpo", "POST", path, payloads.DECISION, person=who, name=path))

    async def _read(self, line: Line) -> None:
        who = self._somebody()
        await self.call(line, Call("read", "admin", "GET", f"/v1/customers/{who.id}", person=who))

    async def _check(self, line: Line) -> None:
        who = self._somebody("webshop")
        body = {"purpose": "newsletter", "channel": "email", "subjects": [{"id": who.id}]}
        await self.call(line, Call("check", "webshop", "POST", "/v1/processing-checks", body, person=who))

    async def _disclose(self, line: Line) -> None:
        who, key = self._somebody(), uuid4().hex
        body = payloads.disclosure(who.id)
        await self.call(line, Call("disclosure", "dpo", "POST", "/v1/disclosures", body, key, who))
