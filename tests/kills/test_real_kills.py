"""The real program, killed at random instants while it talks to a real server: the batch arrives once."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from contract.home import Home
from kills.office import (
    Counting,
    assert_once,
    copied,
    prepared,
    program,
    settle_down,
    unwatched,
)

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "dev")
TIMES = {"ci": 50, "nightly": 1000}.get(PROFILE, 10)
SLICES = 10

VERBS = 45
"""About how many verbs of the server one delivery takes."""


@pytest.fixture(scope="module")
def factor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counting]:
    found = Counting(tmp_path_factory.mktemp("factor"))
    with found.server:
        yield found


@pytest.fixture(scope="module")
def begun(factor: Counting, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return prepared(tmp_path_factory.mktemp("office") / "home", factor)


@pytest.mark.parametrize("part", range(SLICES))
def test_killed_at_some_instant_it_still_arrives_once(
    part: int, begun: Home, factor: Counting, tmp_path: Path
) -> None:
    for at in range(part, TIMES, SLICES):
        factor.anew()
        home = copied(begun, tmp_path / f"home-{at}")
        chance = Random(at)
        _submit_and_kill(home, factor, chance)
        if chance.random() < 0.4:
            _kill_by_verb(program(home, "resume"), factor, chance)
        settle_down(home)
        assert_once(home, factor)


def _submit_and_kill(home: Home, factor: Counting, chance: Random) -> None:
    process = program(home, "submit", "--subsidiary", "east")
    if chance.random() < 0.75:
        _kill_by_verb(process, factor, chance)
        return
    with process:
        time.sleep(chance.uniform(0.2, 2.0))
        process.kill()


def _kill_by_verb(process: subprocess.Popen[bytes], factor: Counting, chance: Random) -> None:
    """Kill a program in the middle of what it asks of the server, or a moment after."""
    left = chance.randrange(VERBS)
    pause = chance.choice((0.0, 0.0, 0.002, 0.01))

    def watch(verb: str, name: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            time.sleep(pause)
            os.kill(process.pid, signal.SIGKILL)

    factor.watch = watch
    with process:
        try:
            process.wait(60)
        finally:
            factor.watch = unwatched
            process.kill()
