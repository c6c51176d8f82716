"""What became of each line: a CSV of numbers and codes, and the words for the codes. Never a personal value."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from app.imports.schemas import Settled, Summary

HEADING = ("record", "part", "line", "outcome", "reason")

REASONS: Mapping[str, str] = {
    "": "as the row says",
    "address_differs": "the register holds another address of this person; a human decides",
    "address_invalid": "the postal address is not one the register takes",
    "amount_missing": "no price and no total",
    "amount_unclear": "an amount is no number, or could be two",
    "broken_quotes": "quotes inside the line do not pair up",
    "customer_invalid": "the register does not take this customer as the file has it",
    "customer_missing": "no customer number, e-mail address or telephone number",
    "email_invalid": "the e-mail address is not one",
    "email_missing": "no e-mail address",
    "json_broken": "the JSON breaks off or is damaged here; what follows was not read",
    "line_too_long": "the line is longer than 64 KB",
    "name_invalid": "the name holds something the register must not",
    "name_missing": "no name",
    "name_too_long": "the name is longer than 200 characters",
    "no_record": "the address is in no record; its newsletters are suppressed all the same",
    "older_than_erasure": "the person was erased after this; old data does not come back",
    "open_quote": "half a line: a quote is opened and never closed",
    "order_differs": "the register holds this order with other content",
    "order_incomplete": "a line of the order cannot be read",
    "order_missing": "no order number",
    "order_repeated": "the order stands in the file more than once, not in one piece",
    "order_taken": "the order belongs to another customer",
    "order_updated": "delivered, paid or cancelled since",
    "possible_duplicate": "another customer has this address; see /v1/customers/duplicates",
    "several_people": "several people share the address; nobody consents for another",
    "still_suppressed": "recorded, but an earlier ban or withdrawal still holds",
    "suppressed": "the address is suppressed; only the person's own confirmed consent lifts that",
    "time_ambiguous": "the clocks went back in that hour: a consent counts from the earlier, a withdrawal the later",
    "time_impossible": "the time is none the calendar knows",
    "time_in_future": "the time lies in the future",
    "time_missing": "nothing says when it happened",
    "time_nonexistent": "the clocks went forward over that time; read with the offset before",
    "too_few_columns": "half a line: it has fewer columns than the heading",
    "too_many_columns": "the line has more columns than the heading",
    "too_many_order_lines": "the order has more than 200 lines",
    "undeliverable": "Mailchimp cleaned the address: mail does not arrive; that is no withdrawal",
    "vat_missing": "no VAT rate; give --vat-rate if the file has none",
    "voucher_number_taken": "another order has a voucher of this number",
    "wrong_encoding": "the bytes are not of the file's encoding",
}
"""What each reason code means; a code that is not here is that of the service's refusal."""


class Report:
    """The CSV beside an import; a resumed import continues it after the records that were committed."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._records = 0
        self.lacking = 0

    def begin(self, resumed_at: int) -> None:
        """Start the file, or keep its rows up to `resumed_at`; `lacking` counts those an earlier run left out."""
        self._records = resumed_at
        if self._path is None:
            return
        kept = list(_rows(self._path, resumed_at)) if resumed_at and self._path.exists() else []
        self.lacking = resumed_at - len(kept)
        with self._path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADING, *kept])

    def add(self, settled: Sequence[Settled]) -> None:
        """Append rows, after their batch was committed."""
        first, self._records = self._records + 1, self._records + len(settled)
        if self._path is not None:
            with self._path.open("a", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(
                    (n, row.part, row.line, row.outcome, row.reason) for n, row in enumerate(settled, start=first)
                )


def _rows(path: Path, last: int) -> Iterator[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            if row and row[0].isdecimal() and int(row[0]) <= last:
                yield row


def told(summary: Summary) -> Iterator[tuple[int, str, str]]:
    """Count, outcome and reason in words, the largest first within each outcome."""
    rank = {"taken": 0, "known": 1, "skipped": 2, "refused": 3}
    split = [_split(key, n) for key, n in summary.counts.items()]
    for outcome, reason, n in sorted(split, key=lambda entry: (rank[entry[0]], -entry[2], entry[1])):
        yield n, outcome, REASONS.get(reason, reason.replace("_", " "))


def _split(key: str, count: int) -> tuple[str, str, int]:
    outcome, _, reason = key.partition(":")
    return outcome, reason, count
