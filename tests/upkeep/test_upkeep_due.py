"""When the maintenance step runs: in its window, at any hour after days, by one process, again after a failure."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.background import clear_due
from app.upkeep import repository, service
from app.upkeep.errors import Blocked
from app.upkeep.window import Window, gone_by, is_due
from tests.subject_requests.people import Desk
from tests.worlds import Caller, World

pytestmark = pytest.mark.anyio

NIGHT = Window.parse("02:00-04:00")
HELSINKI = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("window", "hour", "inside"),
    [
        ("02:00-04:00", "02:00", True),
        ("02:00-04:00", "03:59", True),
        ("02:00-04:00", "04:00", False),
        ("23:00-01:00", "23:30", True),
        ("23:00-01:00", "00:59", True),
        ("23:00-01:00", "12:00", False),
        ("00:00-00:00", "12:00", True),
    ],
)
def test_a_window_may_span_midnight(window: str, hour: str, inside: bool) -> None:
    """Its end is not part of it; two equal hours are the whole day."""
    assert (datetime.fromisoformat(f"2026-11-23T{hour}").time() in Window.parse(window)) is inside


def test_the_window_is_in_the_controllers_time() -> None:
    """At half past midnight UTC it is half past two in Helsinki; after five days any hour will do."""
    left = datetime(2026, 11, 20, 12, tzinfo=UTC)

    assert is_due(NIGHT, left, datetime(2026, 11, 21, 0, 30, tzinfo=UTC), HELSINKI)
    assert not is_due(NIGHT, left, datetime(2026, 11, 21, 2, 30, tzinfo=UTC), HELSINKI)
    assert is_due(NIGHT, left, datetime(2026, 11, 25, 12, tzinfo=UTC), HELSINKI)
    assert not is_due(NIGHT, left, datetime(2026, 11, 25, 11, tzinfo=UTC), HELSINKI)
    assert gone_by(datetime(2026, 11, 20, 22, 30, tzinfo=UTC), HELSINKI).isoformat() == "2026-11-28"


async def something_goes(call: Caller, desk: Desk) -> None:
    case = (await desk.asks("access", await desk.person()))["case_number"]
    await call("admin", "POST", f"/v1/subject-requests/{case}/withdrawal", {}, expect=200)


async def test_the_background_waits_for_the_window(world: World, call: Caller, desk: Desk) -> None:
    """At noon nothing is cleared; at night it is, once."""
    await something_goes(call, desk)
    await world.run_due()
    at_noon = await world.db.read(repository.oldest)
    world.later(hours=15)  # 02:00 in Helsinki
    await world.run_due()

    assert at_noon is not None
    assert await world.db.read(repository.oldest) is None
    assert await clear_due(world.services, world.registers) is None


async def test_after_a_failure_the_lease_passes_on(
    world: World, call: Caller, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was blocked is tried again when the lease has run out, not every few seconds."""
    await something_goes(call, desk)
    world.later(hours=15)  # 02:00 in Helsinki

    async def blocked(*_: object) -> float:
        raise Blocked("a test")

    with monkeypatch.context() as patched:
        patched.setattr(service, "_clear", blocked)
        await world.run_due()
    assert await clear_due(world.services, world.registers) is None
    assert await world.db.read(repository.oldest) is not None

    world.later(minutes=31)
    cleared = await clear_due(world.services, world.registers)
    assert cleared is not None
    assert await world.db.read(repository.oldest) is None
