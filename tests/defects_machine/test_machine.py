"""The machine passes sound hosts and catches broken ones, and what it prints repeats what it found."""

from __future__ import annotations

import os
import re

import pytest

from defects_machine.broken_hosts import DEFECTS, Broken, RoundsCents
from defects_machine.offices import MemoryMachine, SqliteMachine, caught, run
from defects_machine.page import HEAD, PAGE, SHOWN, broken, settled, table
from factoring_core.testing.simulated_server import Fate

MORE = {"ci": 3, "nightly": 60}.get(os.environ.get("HYPOTHESIS_PROFILE", "dev"), 1)
QUICK = list(DEFECTS)[0::3]


@pytest.mark.parametrize("machine", [MemoryMachine, SqliteMachine])
def test_sound_hosts_keep_the_laws(machine: type[MemoryMachine]) -> None:
    few = 3 if machine is SqliteMachine else 12
    run(machine, examples=few * MORE, steps=15 if MORE == 1 else 25)


def test_a_shortage_that_was_accepted_stays_so_when_the_purchase_is_undone() -> None:
    """The model forgot it, and called a sound host broken."""
    state = MemoryMachine()
    state.begin(faces=[100_00], far="reported")
    state.collect(kind="part", load=0, told=1)
    state.accept_shortage(which=0)
    state.undo_report(which=0)
    state.laws_hold()
    state.teardown()


def test_a_refusal_meets_no_log_in() -> None:
    """It did, and a host that rightly never shows a refused credential again was called broken."""
    state = MemoryMachine()
    state.begin(faces=[1_00], far="queued")
    state.submit_and_fail(at=4, trouble=Fate.REFUSED)
    state.resume()
    state.laws_hold()
    state.teardown()


@pytest.mark.parametrize("defect", QUICK, ids=lambda one: one.__name__)
def test_planted_defects_are_caught(defect: type[Broken]) -> None:
    assert re.match(DEFECTS[defect], str(caught(broken(defect))))


@pytest.mark.slow
@pytest.mark.parametrize("defect", [one for one in DEFECTS if one not in QUICK], ids=lambda one: one.__name__)
def test_the_other_planted_defects_are_caught(defect: type[Broken]) -> None:
    assert re.match(DEFECTS[defect], str(caught(broken(defect))))


def test_what_is_printed_repeats_what_was_found() -> None:
    """The shrunk example is short, and runs as it stands."""
    failure = caught(broken(RoundsCents), shrink=True)
    snippet = [line for line in "\n".join(failure.__notes__).splitlines() if line.startswith("state")]

    assert len(snippet) <= 8
    with pytest.raises(AssertionError) as again:
        exec("\n".join(snippet), {"Machine": broken(RoundsCents)})
    assert str(again.value) == str(failure)


def test_the_table_in_the_docs_is_of_these_hosts() -> None:
    """``python -m defects_machine.page``, in the folder tests, writes the page anew."""
    assert PAGE.read_text(encoding="utf-8").startswith(HEAD + table())


@pytest.mark.parametrize("defect", SHOWN, ids=lambda one: one.__name__)
def test_the_failures_in_the_docs_run_as_they_stand(defect: type[Broken]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    [block] = re.findall(rf"^### `{defect.__name__}`$.*?^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    told, *calls = block.splitlines()
    assert len(calls) <= 20

    with pytest.raises(AssertionError) as failure:
        exec("\n".join(calls), {"Machine": broken(defect), "Fate": Fate})
    assert told == f"AssertionError: {settled(str(failure.value))}"
    exec("\n".join(calls), {"Machine": MemoryMachine, "Fate": Fate})
