"""`make bench`: the service beside its bare twins, on PostgreSQL and SQLite, alternating.

Prints rows 1 to 6, 15 and 16 of the table of goals, and draws the ratios. The exit code is 1 when a run was invalid.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack, nullcontext
from dataclasses import asdict
from pathlib import Path

from benchmarks import servers
from benchmarks.chart import chart
from benchmarks.databases import postgres_server, prepare
from benchmarks.imports import compare_imports
from benchmarks.measure import Plan, at_half_load, compare
from benchmarks.report import Found, table
from benchmarks.scenarios import SCENARIOS, named

OUT = Path(__file__).parent / "out"
DIALECTS = ("postgresql", "sqlite")
IMPORT = "import"
NAMES = (*(scenario.name for scenario in SCENARIOS), IMPORT)
PEOPLE = 20_000
"""Rows of the file that is imported."""
QUICK_PEOPLE = 500


def main() -> int:
    """Measure, print the table, draw the chart; 1 when a run was invalid."""
    options = _options()
    signal.signal(signal.SIGTERM, _end)
    found = Found(load_before=os.getloadavg()[0])
    options.out.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="run-", dir=options.out))
    place.chmod(0o755)  # PostgreSQL refuses to run as root and must reach its folder as another user
    try:
        for dialect in options.database:
            _measure(dialect, options, place, found)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print(table(found))
    chart(found, options.out / "hot-paths.png")
    (options.out / "hot-paths.json").write_text(json.dumps(_raw(found), indent=1))
    print(f"chart: {options.out / 'hot-paths.png'}")
    return 1 if found.faults else 0


def _end(_number: int, _frame: object) -> None:
    """Told to stop, stop what was started and clear up."""
    raise SystemExit(1)


def _measure(dialect: str, options: argparse.Namespace, place: Path, found: Found) -> None:
    plan = Plan(options.pairs, options.seconds, warm_up=min(1.0, options.seconds / 2))
    chosen = [named(name) for name in options.only if name != IMPORT]
    with ExitStack() as stack:
        server = postgres_server(place) if dialect == "postgresql" else nullcontext("")
        prepared = prepare(dialect, place, stack.enter_context(server))
        if IMPORT in options.only:
            _say(f"{dialect}: import …")
            people = QUICK_PEOPLE if options.quick else PEOPLE
            found.imports.append(compare_imports(prepared, place, options.pairs, people))
        wanted = {"ours", *(scenario.base for scenario in chosen)} if chosen else set()
        sides = {name: stack.enter_context(getattr(servers, name)(prepared, place)) for name in sorted(wanted)}
        for scenario in chosen:
            _say(f"{dialect}: {scenario.title} …")
            compared = compare(prepared, scenario, sides, plan)
            found.comparisons.append(compared)
            if scenario.name == "consent":
                _say(f"{dialect}: {scenario.title}, half load …")
                found.half_loads.append(at_half_load(prepared, compared, sides["ours"], plan))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _raw(found: Found) -> dict[str, object]:
    calls = [
        {
            "call": one.scenario.name,
            "database": one.dialect,
            "ratios": one.ratios,
            "runs": {side: [asdict(run) for run in runs] for side, runs in one.runs.items()},
        }
        for one in found.comparisons
    ]
    half = [
        {"call": one.scenario.name, "database": one.dialect, "rate": one.rate, "runs": [asdict(r) for r in one.runs]}
        for one in found.half_loads
    ]
    return {"calls": calls, "half_load": half, "imports": [asdict(one) for one in found.imports]}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="runs of each side (default 5)")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a run, after a second of warm-up")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="CALL", help=", ".join(NAMES))
    parser.add_argument("--database", nargs="+", choices=DIALECTS, default=list(DIALECTS))
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the chart and of all figures as JSON")
    parser.add_argument("--quick", action="store_true", help="one short pair of each: does it run at all?")
    options = parser.parse_args()
    if options.quick:
        options.pairs, options.seconds = 1, 1.0
    if options.pairs < 1 or options.seconds <= 0:
        parser.error("needs at least one pair and some time")
    return options


if __name__ == "__main__":
    sys.exit(main())
