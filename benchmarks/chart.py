"""The picture beside the table: each ratio with its spread, its gate and its aim."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.imports import AIM, GATE
from benchmarks.report import Found

LONGEST = 1.5
"""Where the axis ends; what goes beyond is told by its number."""
COLOURS = {"postgresql": "#336791", "sqlite": "#7a9e3a"}


@dataclass(frozen=True, slots=True)
class _Bar:
    title: str
    dialect: str
    ratios: list[float]
    gate: float
    aim: float


def chart(found: Found, target: Path) -> None:
    """Bars of the ratios with their spread, gates as lines, aims as dots."""
    import matplotlib  # noqa: PLC0415 (slow to load, and needed only here)

    matplotlib.use("Agg")
    from matplotlib import pyplot  # noqa: PLC0415 (after the backend is chosen)

    bars = _bars(found)
    figure, axes = pyplot.subplots(figsize=(9, 0.42 * len(bars) + 1.8), layout="constrained")
    for n, bar in enumerate(bars):
        middle, low, high = median(bar.ratios), min(bar.ratios), max(bar.ratios)
        first = all(other.dialect != bar.dialect for other in bars[:n])
        axes.barh(n, middle, color=COLOURS[bar.dialect], height=0.62, label=bar.dialect if first else None)
        axes.plot([low, high], [n, n], color="#808080", linewidth=1.2, label=None if n else "spread")
        axes.plot([bar.gate] * 2, [n - 0.42, n + 0.42], color="#b03030", linewidth=2, label=None if n else "gate")
        axes.plot(bar.aim, n, marker="D", color="#202020", markersize=5, linestyle="none", label=None if n else "aim")
        axes.text(LONGEST * 1.01, n, f"{middle:.2f}", va="center", fontsize=9)
    axes.set_yticks(range(len(bars)), [bar.title for bar in bars])
    axes.invert_yaxis()
    axes.set_xlabel("rate of the service ÷ rate of its bare twin; longer is better")
    axes.set_xlim(0, LONGEST)
    figure.legend(loc="outside upper center", ncols=5, frameon=False)
    figure.savefig(target, dpi=150)
    pyplot.close(figure)


def _bars(found: Found) -> list[_Bar]:
    calls = [
        _Bar(one.scenario.title, one.dialect, one.ratios, one.scenario.gate[one.dialect], one.scenario.aim[one.dialect])
        for one in found.comparisons
    ]
    return calls + [_Bar("import", one.dialect, one.ratios, GATE, AIM) for one in found.imports]
