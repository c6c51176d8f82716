"""Random lives of requests, step by step, with the law and the office's own books beside them."""

from dataclasses import replace

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.abuse.driver import Driver
from tests.rights.days import Time
from tests.rights.invariants import Invariants
from tests.subject_requests.test_rights_objection import plans

DELAY_HOURS = 24
"""For second thoughts about an erasure, as in production."""

AUDIT_YEARS = 99
"""Longer than all lives in one world: the database lets no row of the trail go that is young by its own clock."""


def explore(driver: Driver, examples: int, steps: int, start: int | None = None) -> None:
    """Run that many sequences of at most so many steps; raises at the first broken promise.

    They are the same every time, and others for each `start`.
    """
    state = driver.world.app.state
    with_delay = driver.world.settings.model_copy(update={"execution_delay_hours": DELAY_HOURS})
    state.services = replace(state.services, settings=with_delay)

    driver.runner.run(plans(driver.world, audit_years=AUDIT_YEARS))

    class Bound(Machine):
        call = driver

    run_state_machine_as_test(
        Bound if start is None else seed(start)(Bound),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=start is None,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # a shorter life would begin years later, in the world that this one has left
        ),
    )


class Machine(Time, Invariants, RuleBasedStateMachine):
    """An office from its first request on; what it leaves undone is carried out at the end."""

    def teardown(self) -> None:
        self.due_work_is_done()
        self.nothing_erased_is_anywhere()
