"""`make bench`: the hot paths beside their bare twins (reference: goals 1, 2, 3 and 5 of the performance notes)."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import asdict
from pathlib import Path

from benchmarks import servers
from benchmarks.databases import postgres_server, prepare
from benchmarks.measure import Comparison, Plan, compare
from benchmarks.report import chart, table
from benchmarks.scenarios import SCENARIOS, Scenario

OUT = Path(__file__).parent / "out"
DIALECTS = ("postgresql", "sqlite")


def main() -> int:
    """Measure, print the table, draw the chart; 1 when a run was invalid."""
    options = _options()
    plan = Plan(options.pairs, options.seconds, warm_up=min(1.0, options.seconds / 2))
    chosen = [scenario for scenario in SCENARIOS if scenario.name in options.only]
    OUT.mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="run-", dir=OUT))
    place.chmod(0o755)  # PostgreSQL refuses to run as root and must reach its folder as another user
    try:
        found = [one for dialect in options.database for one in _measured(dialect, chosen, plan, place)]
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print(table(found))
    chart(found, OUT / "hot-paths.png")
    (OUT / "hot-paths.json").write_text(json.dumps([_raw(one) for one in found], indent=1))
    print(f"chart: {OUT / 'hot-paths.png'}")
    return 1 if any(one.faults for one in found) else 0


def _measured(dialect: str, chosen: list[Scenario], plan: Plan, place: Path) -> Iterator[Comparison]:
    with ExitStack() as stack:
        server = postgres_server(place) if dialect == "postgresql" else nullcontext("")
        prepared = prepare(dialect, place, stack.enter_context(server))
        sides = {side.__name__: stack.enter_context(side(prepared, place)) for side in (servers.twin, servers.ours)}
        for scenario in chosen:
            print(f"{dialect}: {scenario.title} …", file=sys.stderr, flush=True)
            yield compare(prepared, scenario, sides, plan)


def _raw(one: Comparison) -> dict[str, object]:
    runs = {side: [asdict(run) for run in runs] for side, runs in one.runs.items()}
    return {"call": one.scenario.name, "database": one.dialect, "ratios": one.ratios, "runs": runs}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [scenario.name for scenario in SCENARIOS]
    parser.add_argument("--pairs", type=int, default=5, help="runs of the twin and of the service (default 5)")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a run, after a second of warm-up")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="CALL", help=", ".join(names))
    parser.add_argument("--database", nargs="+", choices=DIALECTS, default=list(DIALECTS))
    parser.add_argument("--quick", action="store_true", help="one short pair of each: does it run at all?")
    options = parser.parse_args()
    if options.quick:
        options.pairs, options.seconds = 1, 0.5
    if options.pairs < 1 or options.seconds <= 0:
        parser.error("needs at least one pair and some time")
    return options


if __name__ == "__main__":
    sys.exit(main())
