"""Ways to tell how alike two numbers look: they put candidates in order, and nothing else."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.adapters.likeness.by_edits import by_edits
from factoring_core.domain.reconciling.matching import by_blocks
from factoring_core.ports.likeness import Likeness
from factoring_core.wiring import late

WAYS: dict[str, Likeness] = {"edits": by_edits, "blocks": by_blocks, "late": late.late_likeness}


@pytest.mark.parametrize("way", WAYS)
@given(one=st.text(max_size=12), other=st.text(max_size=12))
def test_likeness_lies_between_nothing_and_the_same(way: str, one: str, other: str) -> None:
    assert 0.0 <= WAYS[way](one, other) <= 1.0
    assert 1.0 == WAYS[way](one, one)


@pytest.mark.parametrize("way", WAYS)
def test_a_number_with_one_wrong_sign_is_more_alike_than_another_number(way: str) -> None:
    alike = WAYS[way]

    assert alike("INV-1001", "inv-1001") == 1.0
    assert alike("INV-1001", "INV-1007") > alike("INV-1001", "INV-7777") > alike("INV-1001", "XYZ")


@pytest.fixture
def without_the_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    real = builtins.__import__

    def missing(name: str, *given: Any, **more: Any) -> Any:
        if name.endswith("likeness.by_edits"):
            raise ModuleNotFoundError("No module named 'rapidfuzz'", name="rapidfuzz")
        return real(name, *given, **more)

    late._likeness.cache_clear()
    monkeypatch.setattr(builtins, "__import__", missing)
    yield
    late._likeness.cache_clear()


@pytest.mark.usefixtures("without_the_library")
def test_without_the_library_the_standard_one_does() -> None:
    assert late._likeness() is by_blocks


def test_with_the_library_it_is_used() -> None:
    late._likeness.cache_clear()
    assert late._likeness() is by_edits
