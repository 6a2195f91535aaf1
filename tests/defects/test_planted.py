"""The shipped contract classes catch every planted defect, and let sound adapters pass."""

from __future__ import annotations

from typing import Any

import pytest

from defects.planted import DEFECTS, PAGE, SOUND, page
from defects.running import promise, run

OUR_OWN_MISTAKES = ("NameError", "AttributeError", "TypeError", "ImportError", "SyntaxError", "Flaky")


pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def _as_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """There pytest draws up each difference whole, which took ten minutes for one of thousands of records."""
    monkeypatch.setenv("CI", "true")


def named(suites: list[type[Any]]) -> Any:
    return pytest.mark.parametrize("suite", suites, ids=lambda suite: suite.__name__)


@named(DEFECTS)
def test_a_planted_defect_is_caught(suite: type[Any]) -> None:
    """The promise named with the defect breaks, by itself, and is told in a sentence."""
    outcome = run(suite, suite.caught_by)

    assert outcome.errors == []
    assert set(outcome.broken) == {suite.caught_by}
    assert promise(suite) in outcome.told[0]
    for message in outcome.messages:
        assert not message.startswith(OUR_OWN_MISTAKES), "the defect itself is defective"


@pytest.mark.slow
@named([one for one in DEFECTS if not hasattr(one, "proved_elsewhere")][::3])
def test_a_defect_is_caught_by_whoever_runs_the_whole_class(suite: type[Any]) -> None:
    """A host that runs the class as it is sees the promise break, among others perhaps."""
    outcome = run(suite)

    assert outcome.errors == []
    assert suite.caught_by in outcome.broken


@named(SOUND)
def test_what_the_defects_are_made_of_is_sound(suite: type[Any]) -> None:
    """Every promise holds before anything is bent."""
    outcome = run(suite)

    assert (outcome.broken, outcome.errors) == ([], [])
    assert outcome.passed > 2


def test_there_are_at_least_forty() -> None:
    assert len(DEFECTS) >= 40


def test_the_table_in_the_docs_is_of_these_defects() -> None:
    """``python -m defects.planted``, in the folder tests, writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()
