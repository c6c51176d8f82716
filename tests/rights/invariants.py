"""What must be true after every step, whatever has happened."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from hypothesis.stateful import invariant
from sqlalchemy import Connection, text

from app.db import metadata
from tests.rights import law
from tests.rights.office import FEED_DAYS, FINAL, HABITS, HOURS, UNDECIDED, Case, Office, Person

PRINTED = frozenset({"buyer_name", "buyer_address"})
"""The permitted remainder: the buyer of a voucher, as printed."""


class Invariants(Office):
    """A mix-in of invariants; a right that promises something new adds one."""

    @invariant()
    def requests_stand_as_they_must(self) -> None:
        """None is forgotten, none has a clock that the law does not know; a closed one is looked at once."""
        waiting = [case for case in self.cases if not case.seen_closed]
        listed = self._open_numbers() if waiting else set()
        for case in waiting:
            answer = self.call("dpo", "GET", f"/v1/subject-requests/{case.number}")
            if answer.status_code == 404:
                assert case.forgotten_on(self.today), case
                continue
            self.is_not_forgotten(case, answer.json(), listed)
            self.is_in_time(case, answer.json()["clock"])
            case.seen_closed = case.state in FINAL

    def is_not_forgotten(self, case: Case, shown: dict[str, Any], listed: set[str]) -> None:
        """It is listed as open and says what must happen next, or it is decided, or was taken back."""
        assert shown["state"] == case.state, (case, shown)
        assert (case.number in listed) == (case.state not in FINAL), case
        assert bool(shown["open"]) == (case.state not in FINAL or case.must_be_lifted), (case, shown)
        assert ("restriction_lift" in shown["open"]) == case.must_be_lifted, (case, shown)
        assert (shown["closed_at"] is not None) == (case.state in FINAL), (case, shown)
        assert case.decided or case.state in {*UNDECIDED, "withdrawn"}, case
        by_human = case.decided and not HABITS[case.right].immediate
        assert (shown["decision"] is not None) == by_human, (case, shown)

    def is_in_time(self, case: Case, clock: dict[str, Any]) -> None:
        """`tests/rights/law.py` counts for itself: not a day later, nor earlier than the law gives."""
        due_on = case.due_on(self.today)
        assert clock["due_on"] <= due_on.isoformat(), f"later than the law allows: {case}, {clock}"
        assert clock["due_on"] == due_on.isoformat(), f"{case}: {clock}, not {due_on}"
        assert clock["overdue"] == (case.state not in FINAL and self.today > due_on), (case, clock)

    def _open_numbers(self) -> set[str]:
        found: set[str] = set()
        path = "/v1/subject-requests?limit=200"
        cursor: str | None = ""
        while cursor is not None:
            page = self.call("dpo", "GET", path + cursor).json()
            found |= {row["case_number"] for row in page["items"]}
            cursor = f"&cursor={page['next']}" if page["next"] else None
        return found

    @invariant()
    def nothing_restricted_is_served(self) -> None:
        """Of whoever is restricted or erased no value reaches another purpose; everybody else is served."""
        for person in self.people:
            if person.id is None:
                continue
            shown = self.call("webshop", "GET", f"/v1/customers/{person.id}")
            if not (person.gone or self.restricted(person)):
                assert shown.json()["state"] == "active", shown.text
                assert shown.json()["name"] == person.name
                self.is_as_held(person, shown.json())
                continue
            assert shown.status_code in self._told_of(person), shown.text
            for role, answer in (("webshop", shown.text), *self._asked_elsewhere(person)):
                said = answer.casefold()
                assert not [value for value in person.values if value in said], (role, person, answer)

    def _told_of(self, person: Person) -> set[int]:
        """The integration knew the erased person, and need not remember for ever."""
        if person.gone_on is None:
            return {200}
        return {410} if self.today <= person.gone_on + FEED_DAYS * law.DAY else {410, 404}

    def is_as_held(self, person: Person, shown: dict[str, Any]) -> None:
        """What was found right, and nothing that was only proposed; no purpose goes on that was objected to."""
        held = shown["attributes"].get(HOURS.removeprefix("attributes."))
        assert held == person.held.get(HOURS) or person.owed, (person, shown)
        if "planning" in self.stopped(person):
            self._may_not(person, "planning")

    def _may_not(self, person: Person, purpose: str, **members: str) -> None:
        body = {"purpose": purpose, "subjects": [{"id": person.id}], **members}
        answer = self.call("webshop", "POST", "/v1/processing-checks", body)
        assert not answer.json()["results"][0].get("allowed"), answer.text

    def _asked_elsewhere(self, person: Person) -> Iterator[tuple[str, str]]:
        """Other reads for other purposes than those of Art. 18(2)."""
        for role, what in (("admin", ""), ("webshop", "/purchases"), ("webshop", "/consents")):
            yield role, self.call(role, "GET", f"/v1/customers/{person.id}{what}").text
        yield "admin", self.call("admin", "POST", "/v1/customers/search", {"name": person.token}).text
        yield "admin", self.call("admin", "GET", f"/v1/customers/{person.id}/rectifications").text
        yield "admin", self.call("admin", "GET", f"/v1/customers/{person.id}/proposals").text
        self._may_not(person, "newsletter", channel="email")
        self._may_not(person, "customer_relationship")

    @invariant()
    def nothing_erased_is_anywhere(self) -> None:
        """No table holds a value of an erased person or of a closed request of somebody unknown, vouchers aside."""
        if self.searched:
            return
        gone = {value for p in self.people if p.gone or self._unknown_and_closed(p) for value in p.values}
        gone |= self.forgotten
        if gone:
            self.call.runner.run(self.call.world.db.read(search, gone, self))
        self.searched = True

    def _unknown_and_closed(self, person: Person) -> bool:
        cases = self.cases_of(person)
        return person.id is None and bool(cases) and all(case.state in FINAL for case in cases)


def search(connection: Connection, gone: set[str], office: Office) -> None:
    """Every column of every table; what stays must be printed on a voucher that is restricted and not past its date."""
    for table in metadata.sorted_tables:
        for row in connection.execute(text(f"SELECT * FROM {table.name}")).mappings():
            said = str(tuple(row.values())).casefold()
            for value in [value for value in gone if value in said]:
                where = {name for name, held in row.items() if value in str(held).casefold()}
                assert table.name == "vouchers", (table.name, where, value)
                assert where <= PRINTED, (where, value)
                assert row["restricted_at"] is not None, row
                booked_on = date.fromisoformat(str(row["booked_on"])[:10])
                swept_on = office.swept_on
                assert swept_on is None or law.voucher_stays(booked_on, swept_on), (row["number"], swept_on)
