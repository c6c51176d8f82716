"""`python -m benchmarks.sweep`: rows 9, 10 and 11 of the table of goals, on PostgreSQL and SQLite, alternating.

Row 9: the sweep beside one hand-written DELETE .. RETURNING that inserts an audit row for each row, on the same data.
Row 10: what callers get done while the service sweeps, beside what they get done while it is at rest.
Row 11: erasing one person with 250 rows beside the same changes hand-written in one transaction.
The exit code is 1 when a run was invalid.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median

from app import logs
from benchmarks import machine
from benchmarks.databases import postgres_server
from benchmarks.measure import OTHERS
from benchmarks.scale_registers import Register, made, run
from benchmarks.sweep_copies import copy, drop
from benchmarks.sweep_erasure import erase_in_turn
from benchmarks.sweep_foreground import idle_and_sweeping
from benchmarks.sweep_sides import remaining, sweep_by_hand, sweep_by_service

OUT = Path(__file__).parent / "out"
DIALECTS = ("postgresql", "sqlite")
ROWS = ("9", "10", "11")
AS_OF = date(2031, 1, 1)
"""Half of what is generated has reached its date by then."""
GOALS = {"9": (0.50, 0.80), "10": (0.93, 0.96), "11": (3.0, 1.5)}
"""Gate and aim."""


@dataclass(slots=True)
class Row:
    """One row of the table: both sides' figures pair by pair, what they are, and why a run proves nothing."""

    number: str
    dialect: str
    title: str
    ours: list[float] = field(default_factory=list)
    base: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Ours over the other's, pair by pair."""
        return [ours / base for ours, base in zip(self.ours, self.base, strict=True)]

    @property
    def met(self) -> bool:
        """Whether the gate is met; of times (row 11) less is better."""
        gate, ratio = GOALS[self.number][0], median(self.ratios)
        return ratio <= gate if self.number == "11" else ratio >= gate

    def __str__(self) -> str:
        gate, aim = GOALS[self.number]
        ratio, low, high = median(self.ratios), min(self.ratios), max(self.ratios)
        figures = f"base {median(self.base):10.1f} ours {median(self.ours):10.1f}"
        judged = f"gate {gate:.2f} {'met' if self.met else 'no'}, aim {aim:.2f}"
        line = (
            f"row {self.number:2} {self.dialect:10} {self.title:38} {figures}  ratio {ratio:.2f} ({low:.2f}-{high:.2f})"
        )
        return "\n".join([f"{line}  {judged}", *(f"       {note}" for note in self.notes)])


def main() -> int:
    """Measure and print; 1 when a run was invalid."""
    options = _options()
    logs.configure("WARNING")
    signal.signal(signal.SIGTERM, _end)
    options.out.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="sweep-", dir=options.out))
    place.chmod(0o755)  # PostgreSQL refuses to run as root and must reach its folder as another user
    rows, load, others = [], os.getloadavg()[0], []
    try:
        for dialect in options.database:
            with ExitStack() as stack:
                server = stack.enter_context(postgres_server(place) if dialect == "postgresql" else nullcontext(""))
                register, roots = _register(dialect, options, place, server), _roots(place, dialect)
                before = machine.now(roots)
                rows += _measured(register, options, place, server)
                others.append(machine.now(roots).others_since(before))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return _tell(rows, load, max(others))


def _end(_number: int, _frame: object) -> None:
    """Told to stop, stop what was started and clear up."""
    raise SystemExit(1)


def _roots(place: Path, dialect: str) -> list[int]:
    """Processes that are ours, with all that they start."""
    server = place / "postgresql" / "postmaster.pid"
    return [os.getpid(), *([int(server.read_text().split()[0])] if dialect == "postgresql" else [])]


def _register(dialect: str, options: argparse.Namespace, place: Path, server: str) -> Register:
    _say(f"{dialect}: seeding {options.customers} people, {options.purchases} purchases …")
    return made(dialect, options.customers, place, server, "--purchases", str(options.purchases))


def _measured(register: Register, options: argparse.Namespace, place: Path, server: str) -> list[Row]:
    rows = []
    for number, measure in (("9", sweeping), ("10", foreground), ("11", erasing)):
        if number in options.only:
            _say(f"{register.dialect}: row {number} …")
            rows.append(measure(register, options, place, server))
    return rows


def sweeping(register: Register, options: argparse.Namespace, place: Path, server: str) -> Row:
    """Rows per second of both, each on a copy of its own."""
    row = Row("9", register.dialect, "sweep, vouchers/s")
    for pair in range(options.pairs):
        left: dict[str, object] = {}
        for side in ("base", "ours") if pair % 2 == 0 else ("ours", "base"):
            url = copy(register, place, server, side)
            if side == "ours":
                swept = asyncio.run(sweep_by_service(url, register.secret_file, AS_OF))
                row.notes = [str(swept)]
            else:
                swept = asyncio.run(sweep_by_hand(url, AS_OF))
            getattr(row, side).append(swept.rows / swept.seconds)
            left[side] = (asyncio.run(remaining(url)), swept.audited)
            drop(url, server)
        if left["base"] != left["ours"]:
            row.faults.append("the two sides left other rows, or wrote another number of audit rows")
    return row


def foreground(register: Register, options: argparse.Namespace, place: Path, server: str) -> Row:
    """Consents per second, idle and while the service sweeps."""
    row = Row("10", register.dialect, "consents/s while sweeping, idle")
    run(register.url, register.secret_file, "audit", "seal")  # else the service has years of rows to seal meanwhile
    for pair in range(options.pairs):
        url = copy(register, place, server, "foreground")
        found = idle_and_sweeping(url, register, place, options.seconds, pair)
        row.base.append(found.idle)
        row.ours.append(found.sweeping)
        row.notes = [f"swept {found.swept} rows meanwhile"]
        row.faults += found.faults
        drop(url, server)
    return row


def erasing(register: Register, options: argparse.Namespace, place: Path, server: str) -> Row:
    """Milliseconds for one person with 250 rows."""
    row = Row("11", register.dialect, "erase a person with 250 rows, ms")
    url = copy(register, place, server, "erasing")
    by_hand, by_service = asyncio.run(erase_in_turn(url, register.secret_file, options.pairs * 2 + 1))
    for base, ours in list(zip(by_hand, by_service, strict=True))[1:]:  # the first one makes the statements ready
        row.base.append(base.seconds * 1000)
        row.ours.append(ours.seconds * 1000)
        if base.left != ours.left:
            row.faults.append(f"by hand {base.left} is left, by the service {ours.left}")
    drop(url, server)
    return row


def _tell(rows: list[Row], load: float, others: float) -> int:
    for row in rows:
        print(row)
    cores = os.cpu_count() or 1
    faults = [f"row {row.number}, {row.dialect}: {fault}" for row in rows for fault in row.faults]
    if load > cores:
        faults.append(f"the load average was {load:.1f} before it began")
    if others > cores * OTHERS:
        faults.append(f"other programs kept {others:.1f} processors busy")
    print("\n".join(f"INVALID {fault}" for fault in faults) or "valid: same rows gone, same audit rows, machine idle")
    return 1 if faults else 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="runs of each side (default 5)")
    parser.add_argument("--seconds", type=float, default=6.0, help="length of a run of row 10")
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--purchases", type=int, default=100_000)
    parser.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW")
    parser.add_argument("--database", nargs="+", choices=DIALECTS, default=list(DIALECTS))
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the databases, which are removed")
    parser.add_argument("--quick", action="store_true", help="one short pair of each: does it run at all?")
    options = parser.parse_args()
    if options.quick:
        options.pairs, options.seconds = 1, 2.0
        options.customers, options.purchases = min(options.customers, 1000), min(options.purchases, 5000)
    return options


if __name__ == "__main__":
    sys.exit(main())
