"""The long measurements run at all: a tiny one of each."""

import os
from pathlib import Path

import pytest

from benchmarks import export, gdprbench, scale
from benchmarks.gdprbench_ops import MIXES, ops
from tests.benchmarks.forking import forked

__all__ = ["forked"]


def test_a_tiny_run_of_the_size_benchmark(forked: None, tmp_path: Path) -> None:
    """Every call, start, bytes and the trail read whole."""
    few = ["--customers", "60", "--rounds", "1", "--calls", "1", "--deep", "25"]
    options = scale.options_of([*few, "--export", "5", "20", "--records", "30"])
    found = scale.measured("sqlite", options, tmp_path)
    printed = scale.report(found, options.customers)

    assert [one["customers"] for one in found["registers"]] == [60]
    assert len(found["p50_ms"]) >= 24
    assert all(time > 0 for times in found["p50_ms"].values() for time in times)
    assert {"5 rows, MB", "20 rows, MB"} < set(found["export_mb"])
    assert found["record"]["per_data"] > found["record"]["per_said"] > 0
    assert "| read a customer |" in printed


def test_growth_is_an_exponent() -> None:
    """The same time for everybody is 0, ten times as much for ten times as many is 1."""
    assert scale.exponent([1000, 1_000_000], [2.0, 2.0]) == 0
    assert scale.exponent([10, 100], [1.0, 10.0]) == pytest.approx(1)
    assert scale.exponent([10], [1.0]) == 0


def test_a_tiny_run_of_gdprbench(forked: None, tmp_path: Path, postgres_url: str) -> None:
    """The role with most kinds of operations: no operation is dropped, and the end state is as it must be."""
    options = gdprbench.options_of(["--records", "12", "--ops", "16"])
    name = f"{os.getpid()}"
    found = gdprbench.compared("repo", "customer", options, postgres_url, tmp_path, name)

    assert found["faults"] == []
    assert sum(many for many, _, _ in found["sides"]["http"].values()) == 16
    assert {kind: sums[0] for kind, sums in found["sides"]["http"].items()} == {
        kind: sums[0] for kind, sums in found["sides"]["direct"].items()
    }
    assert found["ratios"]["key"][0] > 0  # by processor time so few can take less than a tick
    assert "| repo | customer | delete-key |" in gdprbench.report([found])


@pytest.mark.parametrize("variant", ["repo", "paper"])
@pytest.mark.parametrize("role", gdprbench.ROLES)
def test_the_list_of_operations_follows_the_mix(variant: str, role: str) -> None:
    """The same for the same seed, in the published shares; what is deleted is not asked for again."""
    made = ops(variant, role, 2000, 1000, 1)  # type: ignore[arg-type] # one of the two variants
    assert made == ops(variant, role, 2000, 1000, 1)  # type: ignore[arg-type] # as above
    mix = MIXES[variant, role]  # type: ignore[index] # as above
    assert sum(mix.values()) == 100
    for kind, share in mix.items():
        assert sum(op.kind == kind for op in made) == pytest.approx(share * 10, abs=60)
    gone: set[int] = set()
    for op in made:
        assert op.kind == "create" or op.key not in gone
        if op.kind == "delete-key":
            gone.add(op.key)


def test_a_tiny_run_of_the_export_benchmark(forked: None, tmp_path: Path) -> None:
    """Every form of the reply about a person with few rows and one with more."""
    figures = export.of_database("sqlite", [20, 60], tmp_path, ("data",))
    assert [answered.bytes > 10_000 for answered in figures["data"]] == [True, True]
    assert "| JSON |" in export.report("sqlite", [20, 60], figures)
