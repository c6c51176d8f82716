"""Seeding from the definition: idempotent, and it leaves alone what a person has entered."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Row, insert, select, update

from app.customers.tables import customers
from app.db import metadata, new_id
from app.db.sqlite import sqlite_engine
from app.processors import repository
from app.processors.disclosure_log import disclosures_of, erase_disclosures, recipients_to_notify
from app.processors.service import seed, transfer_refusal
from app.processors.tables import disclosures, processors
from app.register.definition import Definition
from tests.register.documents import lumicos

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = sqlite_engine(f"sqlite:///{tmp_path}/seed.db")
    with engine.connect() as connection:
        metadata.create_all(connection)
        yield connection
    engine.dispose()


def row(connection: Connection, code: str) -> Row[Any]:
    return connection.execute(select(processors).where(processors.c.code == code)).one()


def with_recipient(code: str, **changes: Any) -> Definition:
    """The bundled definition with one recipient changed."""
    recipients = [r.model_copy(update=changes) if r.code == code else r for r in lumicos().recipients]
    return lumicos().model_copy(update={"recipients": tuple(recipients)})


def test_seeding_twice_changes_nothing(connection: Connection) -> None:
    assert len(seed(connection, lumicos(), AT)) == 7
    assert seed(connection, lumicos(), AT) == []
    assert row(connection, "mailchimp").version == 1


def test_a_newer_definition_changes_what_nobody_edited(connection: Connection) -> None:
    seed(connection, lumicos(), AT)
    assert seed(connection, with_recipient("tehden", country="FI", name="Tehden Oy"), AT) == ["tehden"]
    assert (row(connection, "tehden").country, row(connection, "tehden").version) == ("FI", 2)
    found = repository.known_as(connection, "tehden oy")
    assert found is not None
    assert found.code == "tehden"


def test_what_a_person_entered_stays_and_aliases_add_up(connection: Connection) -> None:
    seed(connection, lumicos(), AT)
    by_hand = {"country": "SE", "aliases": ["Klarna AB"], "edited": ["aliases", "country"]}
    connection.execute(update(processors).where(processors.c.code == "klarna").values(**by_hand))
    seed(connection, with_recipient("klarna", country="DE", note="New note."), AT)
    klarna = row(connection, "klarna")
    assert klarna.country == "SE"
    assert klarna.note == "New note."
    assert klarna.aliases == ["Klarna AB", "Klarna Oy", "Klarna Online"]


def test_a_recipient_that_is_named_no_longer_stays(connection: Connection) -> None:
    seed(connection, lumicos(), AT)
    fewer = lumicos().model_copy(update={"recipients": lumicos().recipients[:-1]})
    assert seed(connection, fewer, AT) == []
    assert row(connection, "takk").active


def test_art_19_names_those_who_got_data_and_those_who_regularly_do(connection: Connection) -> None:
    seed(connection, lumicos(), AT)
    person, entry = new_id(), {"purpose": "newsletter", "categories": [], "fields": [], "reasons": []}
    known = {"version": 1, "created_at": AT, "updated_at": AT}
    connection.execute(insert(customers).values(id=person, **known))
    logged = {"disclosed_at": AT, "recorded_at": AT, "client_id": new_id(), "register_version": 1, **entry}
    for code, sent in (("klarna", True), ("paytrail", False)):
        to = {"processor_id": row(connection, code).id, "recipient_name": code, "sent": sent}
        values = {"id": new_id(), "customer_id": person, "outcome": "disclosed" if sent else "refused"}
        connection.execute(insert(disclosures).values(**logged, **to, **values))
    found = {one.code: one.last_disclosed_at for one in recipients_to_notify(connection, person)}
    assert found == {"klarna": AT, **dict.fromkeys(["mailchimp", "tehden", "digitalbooker", "mycashflow", "takk"])}
    assert len(disclosures_of(connection, person)) == 2
    assert erase_disclosures(connection, person) == 2
    assert disclosures_of(connection, person) == []


def test_transfer_refusal_says_why_or_nothing(connection: Connection) -> None:
    seed(connection, lumicos(), AT)
    connection.execute(update(processors).where(processors.c.code == "klarna").values(country="SE"))

    def refusal(name: str) -> str | None:
        return transfer_refusal(connection, lumicos(), name, AT.date(), AT)

    assert refusal("Klarna Online") is None
    assert refusal("tehden") == "The country of the recipient is unknown."
    assert refusal("mailchimp") == "No mechanism of Chapter V is recorded for US."
    assert refusal("nobody") == "The recipient is not listed."
    connection.execute(update(processors).where(processors.c.code == "klarna").values(active=False))
    assert refusal("klarna") == "The recipient is no longer in use."
