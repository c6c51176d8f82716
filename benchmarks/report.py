"""The table, and the chart beside it."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.measure import Comparison

_HEAD = (
    "database",
    "call",
    "side",
    "req/s",
    "p50 ms",
    "p99 ms",
    "CPU ms",
    "RSS MB",
    "ratio",
    "spread",
    "by CPU",
    "gate",
    "aim",
)
_WIDTHS = (11, 17, 5, 7, 7, 7, 7, 7, 6, 10, 6, 8, 5)
_RIGHT_FROM = 3


def table(found: Sequence[Comparison]) -> str:
    """All figures, medians over the pairs; the ratio is ours to the twin's, measured in the same minute."""
    lines = [_line(_HEAD), _line(["-" * width for width in _WIDTHS])]
    lines += [line for one in found for line in _two_lines(one)]
    lines += ["", f"load average {_load(found)}, {os.cpu_count()} processors; ratios only: the machine is shared"]
    faults = [f"INVALID {one.dialect} {one.scenario.title}: {fault}" for one in found for fault in one.faults]
    return "\n".join([*lines, *(faults or ["valid: every answer 2xx, audit rows equal to operations"])])


def _two_lines(one: Comparison) -> Iterator[str]:
    gate, aim = one.scenario.gate[one.dialect], one.scenario.aim[one.dialect]
    spread = f"{min(one.ratios):.2f}-{max(one.ratios):.2f}"
    met = f"{gate:.2f} {'met' if one.ratio >= gate else 'no'}"
    yield _line([one.dialect, one.scenario.title, "twin", *_figures(one, "twin")])
    yield _line(
        ["", "", "ours", *_figures(one, "ours"), f"{one.ratio:.2f}", spread, f"{one.cpu_ratio:.2f}", met, f"{aim:.2f}"]
    )


def _figures(one: Comparison, side: str) -> list[str]:
    what = {"per_second": "{:.0f}", "p50_ms": "{:.1f}", "p99_ms": "{:.1f}", "cpu_ms": "{:.2f}", "resident_mb": "{:.0f}"}
    return [form.format(one.middle(side, name)) for name, form in what.items()]


def _line(cells: Sequence[str]) -> str:
    padded = [
        f"{cell:>{width}}" if n >= _RIGHT_FROM else f"{cell:<{width}}"
        for n, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=False))
    ]
    return " ".join(padded).rstrip()


def _load(found: Sequence[Comparison]) -> str:
    loads = [run.load_average for one in found for runs in one.runs.values() for run in runs]
    return f"{median(loads):.1f} (up to {max(loads):.1f})"


def chart(found: Sequence[Comparison], target: Path) -> None:
    """Bars of the ratios with their spread, gates as lines, aims as dots."""
    import matplotlib  # noqa: PLC0415 (slow to load, and needed only here)

    matplotlib.use("Agg")
    from matplotlib import pyplot  # noqa: PLC0415 (after the backend is chosen)

    figure, axes = pyplot.subplots(figsize=(9, 0.55 * len(found) + 1.6), layout="constrained")
    for n, one in enumerate(found):
        colour = "#336791" if one.dialect == "postgresql" else "#7a9e3a"
        low, high = one.ratio - min(one.ratios), max(one.ratios) - one.ratio
        axes.barh(n, one.ratio, color=colour, xerr=[[low], [high]], height=0.6)
        gate, aim = one.scenario.gate[one.dialect], one.scenario.aim[one.dialect]
        axes.plot([gate, gate], [n - 0.4, n + 0.4], color="#b03030", linewidth=2, label=None if n else "gate")
        axes.plot(aim, n, marker="D", color="#202020", markersize=5, linestyle="none", label=None if n else "aim")
    axes.set_yticks(range(len(found)), [f"{one.scenario.title}, {one.dialect}" for one in found])
    axes.invert_yaxis()
    axes.set_xlabel("requests/s of the service ÷ requests/s of its bare twin")
    axes.set_xlim(left=0)
    axes.legend(loc="lower right")
    figure.savefig(target, dpi=150)
    pyplot.close(figure)
