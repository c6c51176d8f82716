"""`make torture`: faults under load, and a table of what was lost."""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.torture.plan import BOTH, FAULTS, Fault, Figures, bench

COLUMNS = ("fault", "database", "rounds", "acknowledged", "unknown, retried", "faults", "p99 recovery")


def main() -> int:
    """Play the faults, print the table; 1 when anything was lost, halved or doubled."""
    options = _options()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    chosen = [fault for fault in FAULTS if options.only is None or options.only.lower() in fault.name.lower()]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="seloste-torture-") as folder:
        found = _play(chosen, options.database, options.rounds, seed, Path(folder))
    sys.stdout.write(table(found) + f"\n\nseed {seed}, {(time.monotonic() - began) / 60:.1f} minutes\n")
    for figures in found:
        for told in figures.faults[:20]:
            sys.stdout.write(f"{figures.fault.name}, {figures.dialect}: {told}\n")
    return 1 if any(figures.faults for figures in found) else 0


def _play(chosen: Sequence[Fault], databases: Sequence[str], rounds: int, seed: int, place: Path) -> list[Figures]:
    found: list[Figures] = []
    with bench(place, with_postgres="postgresql" in databases) as played:
        for fault in chosen:
            for dialect in (name for name in fault.dialects if name in databases):
                times = max(1, fault.share * rounds // 200)
                sys.stderr.write(f"{fault.name}, {dialect}, {times} rounds …\n")
                found.append(played.play(fault, dialect, times, seed))
                sys.stderr.write(" | ".join(_cells(found[-1])) + "\n")
    return found


def table(found: Sequence[Figures]) -> str:
    """The figures as a Markdown table."""
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *(_cells(figures) for figures in found)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(figures: Figures) -> tuple[str, ...]:
    counts = (figures.rounds, figures.acknowledged, figures.unknown, len(figures.faults))
    return (figures.fault.name, figures.dialect, *(str(n) for n in counts), f"{figures.p99():.1f} s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="of SIGKILL; the other faults get their share (200)")
    parser.add_argument("--only", help="part of a fault's name")
    parser.add_argument("--database", nargs="+", choices=BOTH, default=BOTH)
    parser.add_argument("--seed", type=int, help="of an earlier run; times still differ")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
