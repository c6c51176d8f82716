"""Everything that a supervisory authority asks for, in one file (Art. 5(2), 31, 58(1)(a) and (e)).

It is about the controller and its recipients. Of customers it holds numbers only: requests are counted, breaches are
told without the people affected and without the case that one came from. The register's own staff are named where
they answered for something.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from app.access.spool import Spool, spooling
from app.audit.repository_seals import seals_after
from app.audit.seals import Signer
from app.breaches.shown import breach_out
from app.consents.signing import public_key
from app.notice import record
from app.notice.document import text_of
from app.notice.repository import recipients
from app.notice.speech import languages_of
from app.processors import repository_transfers
from app.processors.agreements import agreement_out
from app.processors.chain import sub_processor_out
from app.processors.schemas_safeguards import LapseOut, TransferCheckOut
from app.processors.schemas_transfers import AssessmentOut
from app.processors.service import all_shown
from app.processors.transfers import shown, table_now
from app.register.operation import Operation
from app.register.repository import newest_notice
from app.reports import cases, repository
from app.reports.figures import Case, Taken, begun, taken, waiting
from app.reports.packing import Entry, json_of, lines_of, list_of, pack
from app.reports.tabling import csv_of

FORMAT = "seloste authority file 1"
PAGE = 500
OF_PEOPLE = {"timeline", "case_number"}
"""What a breach's record holds that leads to one person."""


@dataclass(frozen=True, slots=True)
class AuthorityFile:
    """The file, ready to be sent, and how many files are in it."""

    spool: Spool
    files: int


def opened(connection: Connection, op: Operation) -> None:
    """Leave the audit row; the file is read afterwards, in one picture of the database."""
    op.audit(connection, "export", "authority_file")


def made(connection: Connection, op: Operation) -> AuthorityFile:
    """The file as of now. Read whole, so that all of it is of the same instant."""
    head = {
        "format": FORMAT,
        "made_at": op.at.isoformat(),
        "controller": op.definition.controller.legal_name,
        "register_version": op.register.version,
        "notice_version": newest_notice(connection),
        "seals_public_key": Signer(op.keys).public,
        "receipts_public_key": public_key(op.keys),
    }
    with spooling() as spool:
        return AuthorityFile(spool, pack(spool, entries(connection, op), head, op.at.astimezone(op.definition.zone)))


def entries(connection: Connection, op: Operation) -> Iterator[Entry]:
    """Every file, in the order of the index."""
    yield from _definitions(connection)
    yield from _notices(connection)
    yield from _record(connection, op)
    yield from _recipients(connection, op)
    yield from _transfers(connection, op)
    yield from _requests(connection, op)
    yield Entry("breaches/register.json", "Every breach, notified or not", "33(5)", list_of(_breaches(connection, op)))
    seals = lines_of(_seals(connection))
    yield Entry("audit/seals.jsonl", "The chain of seals over the audit trail, a seal a line", "5(2)", seals)


def _definitions(connection: Connection) -> Iterator[Entry]:
    heads: list[dict[str, Any]] = []
    for row in repository.definitions(connection):
        heads.append({name: getattr(row, name) for name in ("version", "digest", "applied_at")})
        what = f"Version {row.version} of the register definition"
        yield Entry(f"definition/version-{row.version:04}.yaml", what, "24(1)", [row.document.encode()])
    yield Entry("definition/versions.json", "Versions with their digests and times", "24(1)", list_of(heads))


def _notices(connection: Connection) -> Iterator[Entry]:
    heads: list[dict[str, Any]] = []
    named = ("version", "digest", "register_version", "published_at", "languages")
    for row in repository.notices(connection):
        heads.append({name: getattr(row, name) for name in named})
        for code in row.languages:
            what = f"Version {row.version} of the privacy notice, as it was shown ({code})"
            words = text_of(row.content[code]).encode() + b"\n"
            yield Entry(f"notice/version-{row.version:04}-{code}.txt", what, "13, 14", [words])
    yield Entry("notice/versions.json", "Versions with their digests and times", "13, 14", list_of(heads))


def _record(connection: Connection, op: Operation) -> Iterator[Entry]:
    for code in languages_of(op.definition):
        what = f"Record of processing activities ({code})"
        kept = record.record(connection, op.register, op.at, code)
        yield Entry(f"record/record-{code}.json", what, "30(1), (4)", [json_of(kept)])
        table = record.table(connection, op.register, op.at, code)
        yield Entry(f"record/record-{code}.csv", f"{what}, an activity a row", "30(1), (4)", [table])


def _recipients(connection: Connection, op: Operation) -> Iterator[Entry]:
    rows = recipients(connection)
    known = all_shown(connection, rows, op.definition, op.today)
    yield Entry("recipients/recipients.json", "Recipients, former ones too", "30(1)(d)", list_of(known))
    signed = (agreement_out(row, op.today) for row in repository.all_agreements(connection))
    yield Entry(
        "recipients/agreements.json", "Agreements with processors, and what they lack", "28(3)", list_of(signed)
    )
    sent, table = repository_transfers.transfers_to(connection, [row.id for row in rows]), table_now(connection)
    engaged = (
        sub_processor_out(row, sent.get(row.processor_id, ()), table, op.today)
        for row in repository.all_sub_processors(connection)
    )
    yield Entry("recipients/sub-processors.json", "Whom processors engage", "28(2), (4)", list_of(engaged))


def _transfers(connection: Connection, op: Operation) -> Iterator[Entry]:
    table, copy_from = table_now(connection), op.definition.transfers.copy_from
    going = (shown(row, table, op.today, copy_from) for row in repository.all_transfers(connection))
    what = "Transfers outside the EEA with what they rest on, impact assessments included"
    yield Entry("transfers/transfers.json", what, "44-49, 30(1)(e)", list_of(going))
    judged = (AssessmentOut.model_validate(row._asdict()) for row in repository.all_assessments(connection))
    yield Entry("transfers/assessments.json", "What Chapter V said of each over time", "44", list_of(judged))
    checked = (TransferCheckOut.model_validate(row._asdict()) for row in repository.all_checks(connection))
    what = "Listings looked up again and impact assessments made anew"
    yield Entry("transfers/checks.json", what, "46", list_of(checked))
    lapsed = (LapseOut.model_validate(row._asdict()) for row in repository.all_lapses(connection))
    yield Entry("transfers/adequacy-lapses.json", "Adequacy decisions that hold no more", "45", list_of(lapsed))


def _requests(connection: Connection, op: Operation) -> Iterator[Entry]:
    asked = list(cases.requests(repository.requests(connection, None, None), op.definition.zone))
    years = [_year(asked, year, op.today) for year in sorted({case.began_on.year for case in asked})]
    law = "12(3), 15-22"
    yield Entry("requests/statistics.json", "Requests by year of receipt, right and outcome", law, [json_of(years)])
    columns = ("year", "right", "outcome", "number", "median_days", "longest_days", "late")
    rows = [(found["year"], *one.values()) for found in years for one in found["answered"]]
    yield Entry("requests/statistics.csv", "The same: those answered, a row each", law, [csv_of(columns, rows)])


def _year(asked: list[Case], year: int, today: date) -> dict[str, Any]:
    own = [case for case in asked if case.began_on.year == year]
    open_now = [{"right": one.about, "number": one.number, "overdue": one.overdue} for one in waiting(own, today)]
    received = begun(own, date(year, 1, 1), date(year, 12, 31))
    return {"year": year, "received": received, "answered": [_shown(one) for one in taken(own)], "open": open_now}


def _shown(one: Taken) -> dict[str, Any]:
    figures = ("outcome", "number", "median_days", "longest_days", "late")
    return {"right": one.about} | {name: getattr(one, name) for name in figures}


def _breaches(connection: Connection, op: Operation) -> Iterator[dict[str, Any]]:
    for row in repository.all_breaches(connection):
        yield breach_out(connection, op, row).model_dump(mode="json", exclude=OF_PEOPLE)


def _seals(connection: Connection) -> Iterator[dict[str, Any]]:
    number = 0
    while found := seals_after(connection, number, PAGE):
        yield from (seal.shown() for seal in found)
        number = found[-1].number
