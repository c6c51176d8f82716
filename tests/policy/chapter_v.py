"""Decisions, papers and transfers that the tests of Chapter V share."""

from datetime import date

from app.policy.transfers import (
    AdequacyCondition,
    AdequacyDecision,
    Bcr,
    CompellingInterests,
    DpfEntry,
    Justification,
    Mechanism,
    Refused,
    Scc,
    Tia,
    TiaOutcome,
    Transfer,
)

TODAY = date(2026, 11, 22)
YESTERDAY = date(2026, 11, 21)
TOMORROW = date(2026, 11, 23)
START = date(2024, 1, 1)


def decision(
    country: str, number: str, valid_from: date, valid_to: date | None, condition: AdequacyCondition
) -> AdequacyDecision:
    return AdequacyDecision(country, number, valid_from, valid_to, "", condition, "rev11", YESTERDAY)


SWITZERLAND = decision("CH", "2000/518", date(2000, 7, 26), None, AdequacyCondition.NONE)
BRITAIN = decision("GB", "2021/1772", date(2021, 6, 28), date(2027, 12, 31), AdequacyCondition.NONE)
AMERICA = decision("US", "2023/1795", date(2023, 7, 10), None, AdequacyCondition.DPF)
CANADA = decision("CA", "2002/2", date(2001, 12, 20), None, AdequacyCondition.PIPEDA)
JAPAN = decision("JP", "2019/419", date(2019, 1, 23), None, AdequacyCondition.PRIVATE_SECTOR)
TABLE = (SWITZERLAND, BRITAIN, AMERICA, CANADA, JAPAN)
DPF = DpfEntry("Intuit Inc.", "active", YESTERDAY, date(2027, 3, 1), names_importer=True, covers_data=True)
SCC = Scc("M2", START, annexes_complete=True, law_and_forum=True)
BCR = Bcr("P", START, names_importer=True)
TIA = Tia(START, TiaOutcome.ADEQUATE_WITH_MEASURES, date(2027, 1, 1))
ON_DPF = Transfer("US", regular=True, mechanism=Mechanism.ADEQUACY, valid_from=START, dpf=DPF)
ON_SCC = Transfer("US", regular=True, mechanism=Mechanism.SCC, valid_from=START, scc=SCC, tia=TIA)
TOLD = CompellingInterests(YESTERDAY, TODAY)


def reasons(found: Justification) -> tuple[str, ...]:
    """The reasons of what must be a refusal."""
    assert isinstance(found, Refused)
    return found.reasons
