"""The hand-worked examples of the measures' reference page."""

from __future__ import annotations

import doctest
from pathlib import Path

from factoring_core.analysis import measures

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "measures.md"


def test_every_line_of_the_page_is_true() -> None:
    done = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)

    assert done.attempted > 20
    assert done.failed == 0


def test_every_measure_says_its_formula_and_where_it_comes_from_and_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in measures.__all__:
        measure = getattr(measures, name)
        if name in ("AGES", "age_of", "steps"):
            continue
        assert "Formula:" in measure.__doc__ or name == "sale_waterfall", name
        assert "Source:" in measure.__doc__ or name == "sale_waterfall", name
        assert name in page, name
