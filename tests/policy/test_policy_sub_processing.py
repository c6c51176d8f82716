"""Sub-processors: silence is no under a specific authorisation, and yes under a general one once the window closed."""

from dataclasses import replace
from datetime import date

import pytest

from app.policy.sub_processing import Fault, Standing, SubProcessor, faults, standing

TODAY = date(2026, 11, 22)
YESTERDAY, TOMORROW = date(2026, 11, 21), date(2026, 11, 23)
GENERAL = SubProcessor("general", date(2026, 10, 22), TODAY, None, None, None, same_duties=True)
SPECIFIC = replace(GENERAL, authorisation="specific")


@pytest.mark.parametrize(
    ("sub", "expected"),
    [
        (GENERAL, Standing.OBJECTION_OPEN),
        (replace(GENERAL, objection_until=YESTERDAY), Standing.AUTHORISED),
        (replace(GENERAL, objection_until=None), Standing.OBJECTION_OPEN),
        (replace(GENERAL, decision="objected", objection_until=YESTERDAY), Standing.OBJECTED),
        (replace(GENERAL, decision="authorised"), Standing.AUTHORISED),
        (replace(SPECIFIC, objection_until=YESTERDAY), Standing.AWAITED),
        (replace(SPECIFIC, decision="authorised"), Standing.AUTHORISED),
        (replace(SPECIFIC, ended_on=TODAY), Standing.AWAITED),
        (replace(SPECIFIC, decision="authorised", ended_on=YESTERDAY), Standing.ENDED),
    ],
)
def test_what_the_controller_has_said(sub: SubProcessor, expected: Standing) -> None:
    assert standing(sub, TODAY) is expected


@pytest.mark.parametrize(
    ("sub", "expected"),
    [
        (GENERAL, []),
        (replace(GENERAL, in_use_from=TOMORROW, same_duties=False), []),
        (replace(GENERAL, in_use_from=TODAY), [Fault.UNAUTHORISED]),
        (replace(SPECIFIC, in_use_from=TODAY, same_duties=False), [Fault.UNAUTHORISED, Fault.DUTIES_UNPROVEN]),
        (replace(GENERAL, in_use_from=TODAY, decision="objected"), [Fault.OBJECTED]),
        (replace(GENERAL, in_use_from=TODAY, decision="objected", ended_on=YESTERDAY), []),
        (replace(GENERAL, in_use_from=TODAY, decision="authorised"), []),
    ],
)
def test_only_what_is_in_use_is_at_fault(sub: SubProcessor, expected: list[Fault]) -> None:
    assert list(faults(sub, TODAY)) == expected
