"""What it costs everybody who imports Hypothesis that this package is installed."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIMES = 25

# The difference of two long imports is blurred where the machine is busy; this is the short part alone.
ALONE = """
import importlib.metadata, time
found = importlib.metadata.entry_points
others = lambda **asked: [one for one in found(**asked) if one.name != "factoring_core"]
importlib.metadata.entry_points = others
import hypothesis
ours = importlib.metadata.EntryPoint(
    "factoring_core", "factoring_core.testing.registering:register", "hypothesis"
)
start = time.process_time()
ours.load()()
print(time.process_time() - start)
"""

# One process measures one import, in time of the processor: what else runs here is not our cost.
# With and without differ in nothing but our own entry point.
MEASURE = """
import importlib.metadata, sys, time
found = importlib.metadata.entry_points
def others(**asked):
    return [one for one in found(**asked) if one.name != "factoring_core"]
def ours(**asked):
    value = "factoring_core.testing.registering:register"
    return [*others(**asked), importlib.metadata.EntryPoint("factoring_core", value, "hypothesis")]
importlib.metadata.entry_points = ours if sys.argv[1] == "with" else others
start = time.process_time()
import hypothesis
print(time.process_time() - start)
"""


def seconds(how: str, code: str = MEASURE) -> float:
    done = subprocess.run(
        [sys.executable, "-c", code, how], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return float(done.stdout)


@pytest.mark.parametrize("limit", [0.005])
def test_our_entry_point_takes_no_longer(limit: float) -> None:
    """What Hypothesis calls of ours when it is imported takes at most five milliseconds."""
    took = [seconds("", ALONE) for _ in range(TIMES)]
    middle = statistics.median(took)
    print(f"\nour entry point: {min(took) * 1000:.2f} ms at best, {middle * 1000:.2f} ms in the middle")

    assert middle < limit


@pytest.mark.parametrize("limit", [0.005])
def test_importing_hypothesis_costs_no_more(limit: float) -> None:
    """Importing Hypothesis takes at most five milliseconds longer with this package installed."""
    seconds("with"), seconds("without")
    pairs = [(seconds("with"), seconds("without")) for _ in range(TIMES)]
    cost = min(one for one, _ in pairs) - min(other for _, other in pairs)
    middle = statistics.median(one - other for one, other in pairs)
    print(f"\nimport hypothesis: {cost * 1000:+.2f} ms at best, {middle * 1000:+.2f} ms in the middle")

    assert cost < limit
