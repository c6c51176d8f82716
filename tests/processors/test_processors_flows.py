"""Whether data may go to a recipient, from the flows on record."""

from datetime import date
from uuid import UUID, uuid4

from app.policy.transfers import DpfEntry, Mechanism, Scc, Tia, TiaOutcome, Transfer
from app.processors.adequacy import Fall, table
from app.processors.flows import Blocked, Carried, Record, judge

TODAY = date(2026, 11, 22)
START = date(2024, 1, 1)
DPF = DpfEntry("Example Inc.", "active", TODAY, date(2027, 8, 1))
TIA = Tia(START, TiaOutcome.ADEQUATE_WITH_MEASURES)


def record(
    country: str, mechanism: Mechanism | None, importer: str = "Example Inc.", ended_on: date | None = None,
    tia: Tia | None = TIA,
) -> Record:  # fmt: skip
    scc = Scc("M2", START, annexes_complete=True)
    transfer = Transfer(country, True, mechanism, START, dpf=DPF, scc=scc, tia=tia)  # noqa: FBT003 (as the policy has it)
    return Record(uuid4(), importer, frozenset({"newsletter"}), frozenset({"contact_details"}), ended_on, transfer)


def carrier(country: str, *records: Record, table_on: Fall | None = None) -> UUID | None:
    verdict = judge(country, records, (table_on or Fall()).of(table()), TODAY)
    assert isinstance(verdict, Carried)
    return verdict.transfer_id


def reasons(country: str, *records: Record, table_on: Fall | None = None) -> tuple[str, ...]:
    verdict = judge(country, records, (table_on or Fall()).of(table()), TODAY)
    assert isinstance(verdict, Blocked)
    return verdict.reasons


def test_inside_the_eea_nothing_is_needed() -> None:
    assert carrier("FI") is None


def test_an_unknown_country_blocks() -> None:
    assert reasons("unknown") == ("The country of the recipient is unknown.",)


def test_outside_the_eea_a_record_is_needed() -> None:
    assert reasons("US")


def test_the_first_record_that_holds_carries_the_flow() -> None:
    dpf, scc = record("US", Mechanism.ADEQUACY), record("US", Mechanism.SCC)
    assert carrier("US", dpf, scc) == dpf.id


def test_without_the_framework_the_clauses_carry_it() -> None:
    dpf, scc = record("US", Mechanism.ADEQUACY), record("US", Mechanism.SCC)
    assert carrier("US", dpf, scc, table_on=Fall(dpf_annulled_on=TODAY)) == scc.id


def test_clauses_without_an_assessment_carry_nothing() -> None:
    dpf, scc = record("US", Mechanism.ADEQUACY), record("US", Mechanism.SCC, tia=None)
    assert len(reasons("US", dpf, scc, table_on=Fall(dpf_annulled_on=TODAY))) == 2


def test_remote_access_from_outside_blocks_a_recipient_inside() -> None:
    """Access from outside to data stored in the Union is a transfer."""
    assert reasons("FI", record("IN", None, importer="Support Ltd"))
    assert carrier("FI", record("IN", Mechanism.SCC, importer="Support Ltd")) is not None


def test_another_importer_is_another_flow() -> None:
    dpf = record("US", Mechanism.ADEQUACY)
    assert reasons("US", dpf, record("US", None, importer="Other Inc."))


def test_a_flow_that_was_ended_hinders_and_helps_no_longer() -> None:
    dpf = record("US", Mechanism.ADEQUACY)
    ended = record("US", None, importer="Other Inc.", ended_on=date(2026, 11, 21))
    assert carrier("US", dpf, ended) == dpf.id
    assert reasons("US", ended)


def test_regular_flows_cannot_rest_on_occasional_derogations() -> None:
    assert any("regular" in reason for reason in reasons("US", record("US", Mechanism.CONTRACT)))
