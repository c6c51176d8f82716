"""The table of what was measured, and what is wrong with it."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.imports import AIM, GATE, Imports
from benchmarks.measure import OTHERS, Comparison, HalfLoad, Run

SPREAD_GATE, SPREAD_AIM = 5.0, 3.0
CONSENTS_GATE, CONSENTS_AIM, CONSENTS_P99_MS = 500, 1500, 50
_HEAD = (
    *("row", "database", "call", "side", "req/s", "p50 ms", "p99 ms", "CPU ms", "RSS MB"),
    *("ratio", "spread", "by CPU", "gate", "aim"),
)
_WIDTHS = (4, 10, 18, 9, 7, 7, 7, 7, 7, 6, 10, 6, 8, 5)
_RIGHT_FROM = 4


@dataclass(slots=True)
class Found:
    """Everything that one benchmark measured."""

    load_before: float
    comparisons: list[Comparison] = field(default_factory=list)
    half_loads: list[HalfLoad] = field(default_factory=list)
    imports: list[Imports] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """Why the figures prove nothing; empty when they are valid.

        The load average counts our own processes too; while we measure, what others use is counted instead.
        """
        cores = os.cpu_count() or 1
        found = [f"the load average was {self.load_before:.1f} before it began"] if self.load_before > cores else []
        runs = list(self.runs())
        if disturbed := [run.others for run in runs if run.others > OTHERS]:
            most = f"up to {max(disturbed):.1f} processors"
            found.append(f"other programs kept {most} busy in {len(disturbed)} of {len(runs)} runs")
        over_http: list[Comparison | HalfLoad] = [*self.comparisons, *self.half_loads]
        found += [f"{one.dialect} {one.scenario.title}: {fault}" for one in over_http for fault in one.faults]
        return found + [f"{one.dialect} import: {fault}" for one in self.imports for fault in one.faults]

    def runs(self) -> Iterator[Run]:
        """Every run over HTTP."""
        for compared in self.comparisons:
            for runs in compared.runs.values():
                yield from runs
        for half in self.half_loads:
            yield from half.runs


def table(found: Found) -> str:
    """All figures, medians over the pairs; a ratio is ours to the other's, measured in the same minute."""
    lines = [_line(_HEAD), _line(["-" * width for width in _WIDTHS])]
    lines += [line for one in found.comparisons for line in _two_lines(one)]
    lines += [line for one in found.imports for line in _import_lines(one)]
    lines += ["", *(_half_load(one) for one in found.half_loads), *_consents(found.comparisons), "", _machine(found)]
    faults = [f"INVALID {fault}" for fault in found.faults]
    return "\n".join([*lines, *(faults or ["valid: every answer 2xx, audit rows equal to operations, machine idle"])])


def _two_lines(one: Comparison) -> Iterator[str]:
    gate, aim = one.scenario.gate[one.dialect], one.scenario.aim[one.dialect]
    scenario = one.scenario
    yield _line([scenario.row, one.dialect, scenario.title, scenario.base, *_figures(one, "base")])
    compared = [*_ratio(one.ratios, one.ratio), f"{one.cpu_ratio:.2f}", _met(one.ratio, gate), f"{aim:.2f}"]
    yield _line(["", "", "", "ours", *_figures(one, "ours"), *compared])


def _import_lines(one: Imports) -> Iterator[str]:
    base, ours = (f"{median(cpu):.3f}" for cpu in (one.base_cpu_ms, one.ours_cpu_ms))
    yield _line(["6", one.dialect, "import, rows/s", "twin", f"{median(one.base):.0f}", "", "", base])
    compared = [*_ratio(one.ratios, one.ratio), f"{one.cpu_ratio:.2f}", _met(one.ratio, GATE), f"{AIM:.2f}"]
    yield _line(["", "", "", "ours", f"{median(one.ours):.0f}", "", "", ours, "", *compared])


def _half_load(one: HalfLoad) -> str:
    met = "met" if one.spread <= SPREAD_GATE else "no"
    return (
        f"row 15, {one.dialect}: {one.scenario.title} at {one.rate:.0f}/s in an open loop: p99/p50 {one.spread:.1f} "
        f"(gate {SPREAD_GATE:.0f} {met}, aim {SPREAD_AIM:.0f})"
    )


def _consents(comparisons: Sequence[Comparison]) -> Iterator[str]:
    for one in comparisons:
        if one.scenario.name == "consent":
            rate, p99 = one.middle("ours", "per_second"), one.middle("ours", "p99_ms")
            met = "met" if rate >= CONSENTS_GATE and p99 < CONSENTS_P99_MS else "no"
            yield (
                f"row 16, {one.dialect}: {rate:.0f} consents/s, p99 {p99:.0f} ms "
                f"(gate {CONSENTS_GATE} within {CONSENTS_P99_MS} ms {met}, aim {CONSENTS_AIM})"
            )


def _machine(found: Found) -> str:
    others = [run.others for run in found.runs()] or [0.0]
    return (
        f"{os.cpu_count()} processors, load average {found.load_before:.1f} before; other programs kept "
        f"{median(others):.2f} of them busy (up to {max(others):.2f})"
    )


def _ratio(ratios: Sequence[float], middle: float) -> list[str]:
    return [f"{middle:.2f}", f"{min(ratios):.2f}-{max(ratios):.2f}"]


def _met(ratio: float, gate: float) -> str:
    return f"{gate:.2f} {'met' if ratio >= gate else 'no'}"


def _figures(one: Comparison, side: str) -> list[str]:
    what = {"per_second": "{:.0f}", "p50_ms": "{:.1f}", "p99_ms": "{:.1f}", "cpu_ms": "{:.2f}", "resident_mb": "{:.0f}"}
    return [form.format(one.middle(side, name)) for name, form in what.items()]


def _line(cells: Sequence[str]) -> str:
    padded = [
        f"{cell:>{width}}" if n >= _RIGHT_FROM else f"{cell:<{width}}"
        for n, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=False))
    ]
    return " ".join(padded).rstrip()
