"""The laws of reports with the books in PostgreSQL: the same ones, for fewer examples."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from properties import test_report_laws
from usecases import desk

LAWS = [law for name, law in vars(test_report_laws).items() if name.startswith("test_")]
EXAMPLES = {"ci": 4, "nightly": 500}.get(os.environ.get("HYPOTHESIS_PROFILE", "dev"), 1)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__.removeprefix("test_"))
def test_on_postgresql(law: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "PLACE", "postgresql")
    # The law again, with a number of examples of its own.
    drawn = given(**law.hypothesis._given_kwargs)(law.hypothesis.inner_test)
    again: Callable[[], None] = settings(max_examples=EXAMPLES)(drawn)
    again()


def test_there_are_six() -> None:
    assert len(LAWS) == 6
