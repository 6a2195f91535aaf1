"""The largest inputs cost their own refusal, within the memory of a small machine, and never a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from corpus import heavy

LONG = {"C72", "C72-quoted", "C74", "many-faults"}


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=[pytest.mark.slow] if one in LONG else []) for one in heavy.INPUTS]
)
def test_input(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "corpus.heavy", name],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        text=True,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert heavy.INPUTS[name][1] == done.stdout.strip()
