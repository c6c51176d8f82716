"""`make fuzz`: requests that nobody has seen before, to both databases, for a few minutes; tells what it sent.

Ends with code 1 when anything came back that the document does not promise or the model does not expect. The seed is
printed; `python -m tests.abuse --seed N` sends the same again.
"""

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.main import create_app
from app.settings import Settings
from tests.abuse.driver import driven
from tests.abuse.machine import explore
from tests.databases import start_postgres
from tests.http.contract import PHASES, Findings, Plan, run, served
from tests.rights.machine import explore as live
from tests.worlds import Template, make_postgres_template, make_sqlite_template

SEQUENCES, STEPS = 5, 30
DATABASES = ("sqlite", "postgresql")


def main() -> int:
    """Run it all; the exit code."""
    options = _options()
    say(f"seed {options.seed}")
    return 1 if sum([_fuzz(name, options) for name in options.database or DATABASES]) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.abuse", description=__doc__)
    parser.add_argument("--contract-seconds", type=int, default=150, help="for Schemathesis on each database")
    parser.add_argument("--model-seconds", type=int, default=70, help="for sequences beside the model, on each")
    parser.add_argument("--rights-seconds", type=int, default=70, help="for lives of requests, on each")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--database", action="append", choices=DATABASES, help="both when absent")
    return parser.parse_args()


def _fuzz(database: str, options: argparse.Namespace) -> int:
    """How many findings there were on this database."""
    with tempfile.TemporaryDirectory() as name, template_of(database, Path(name)) as template:
        findings = _explore(database, template, Path(name), options) if options.model_seconds else 0
        findings += _live(database, template, Path(name), options) if options.rights_seconds else 0
        return findings + (_promises(database, template, Path(name), options) if options.contract_seconds else 0)


def _promises(database: str, template: Template, folder: Path, options: argparse.Namespace) -> int:
    """Schemathesis: does every answer keep what the document promises?"""
    place = folder / "contract"
    place.mkdir()
    began = time.monotonic()
    with served(template, place) as app:
        found = run(app, Plan(examples=100, seconds=options.contract_seconds, seed=options.seed))
    _tell(database, found, time.monotonic() - began)
    return len(found.failures)


def _explore(database: str, template: Template, folder: Path, options: argparse.Namespace) -> int:
    """Sequences of calls: does the register end as its model says?"""
    place = folder / "model"
    place.mkdir()
    app = create_app(Settings(database_url=f"sqlite:///{place}/none.db", secret_file=template.secret_file))
    end = time.monotonic() + options.model_seconds
    with driven(app, template, place) as driver:
        rounds = 0
        try:
            while time.monotonic() < end:
                explore(driver, SEQUENCES, STEPS, start=options.seed + rounds)
                rounds += 1
        except Exception:  # noqa: BLE001 (whatever went wrong is a finding)
            say(f"\n{database}: the model expected otherwise (round {rounds})\n{traceback.format_exc()}")
            return 1
    say(f"\n{database}: {rounds * SEQUENCES} sequences of {STEPS} steps end as the model says, {driver.calls} requests")
    return 0


def _live(database: str, template: Template, folder: Path, options: argparse.Namespace) -> int:
    """Lives of requests: does every right keep what the law promises? Each round begins on the same day."""
    app = create_app(Settings(database_url=f"sqlite:///{folder}/none.db", secret_file=template.secret_file))
    end = time.monotonic() + options.rights_seconds
    rounds = calls = 0
    try:
        while time.monotonic() < end:
            place = folder / f"rights-{rounds}"
            place.mkdir()
            with driven(app, template, place) as driver:
                live(driver, SEQUENCES, STEPS, start=options.seed + rounds)
                calls += driver.calls
            rounds += 1
    except Exception:  # noqa: BLE001 (whatever went wrong is a finding)
        say(f"\n{database}: the law promises otherwise (round {rounds})\n{traceback.format_exc()}")
        return 1
    lives = rounds * SEQUENCES
    say(f"\n{database}: {lives} lives of requests in {STEPS} steps keep the law's promises, {calls} requests")
    return 0


@contextmanager
def template_of(database: str, folder: Path) -> Iterator[Template]:
    """A prepared database of this kind."""
    if database == "sqlite":
        yield make_sqlite_template(folder / "ready.db", folder / "secret")
        return
    server = start_postgres()
    try:
        template = make_postgres_template(server.url, folder / "secret")
        yield template
        template.drop()
    finally:
        server.stop()


def _tell(database: str, found: Findings, seconds: float) -> None:
    say(f"\n{database}: {found.cases} requests to {len(found.operations)} operations in {seconds:.0f} s")
    say(f"\n  {'operation':<62}" + "".join(f"{phase:>10}" for phase in PHASES))
    for operation in sorted(found.operations, key=lambda name: name.split()[::-1]):
        say(f"  {operation:<62}" + "".join(f"{found.sent[phase, operation]:>10}" for phase in PHASES))
    say(f"  {'all':<62}" + "".join(f"{found.of_phase(phase):>10}" for phase in PHASES))
    say("\n  answers: " + ", ".join(f"{status}: {count}" for status, count in sorted(found.statuses.items())))
    say("  checks:  " + ", ".join(f"{name} {count}" for name, count in sorted(found.checks.items())))
    say(f"  findings: {len(found.failures)}")
    for failure in found.failures[:20]:
        say(f"\n{failure}")


def say(line: str) -> None:
    """One line on stdout."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
