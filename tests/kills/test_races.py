"""Many real programs at once on one office: every file reaches the server once."""

from __future__ import annotations

from pathlib import Path

import pytest

from kills.office import LOADS, Counting, assert_once, prepared, program, settle_down

WORKERS = 8


@pytest.mark.parametrize(
    "overlapping",
    [pytest.param(False, id="the same"), pytest.param(True, id="overlapping", marks=pytest.mark.slow)],
)
def test_eight_workers_submit_and_resume(overlapping: bool, tmp_path: Path) -> None:
    factor = Counting(tmp_path / "factor")
    with factor.server:
        home = prepared(tmp_path / "home", factor)
        programs = []
        for at in range(WORKERS):
            some = (LOADS[at % 4], LOADS[(at + 1) % 4]) if overlapping else ()
            line = ("resume",) if at % 4 == 3 else ("submit", "--subsidiary", "east", *some)
            programs.append(program(home, *line))
        ends = [one.wait(120) for one in programs]
        settle_down(home)
        # Waiting for each other is no failure.
        assert set(ends) <= {0}
        if not overlapping:
            assert_once(home, factor)
        assert set(factor.arrived.values()) == {1}, factor.arrived
        assert sum(name.endswith(".pdf") for name in factor.arrived) == len(LOADS)
        assert set(home.standing().values()) == {"invoiced"}
