"""The notebooks: each runs from its first cell to its last without a warning, and shows something."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from factoring_core.analysis import SCHEMAS
from factoring_core.analysis.schema import markdown

DOCS = Path(__file__).parents[2] / "docs"
NAMES = sorted(one.stem for one in (DOCS / "notebooks").glob("*.py") if one.stem != "sample_books")


@pytest.fixture(scope="module")
def renderer() -> Any:
    """The docs' own renderer; it stays importable for as long as the tests of this module run."""
    kept = list(sys.path)
    sys.path[:0] = [str(DOCS / "_ext"), str(DOCS / "notebooks")]
    try:
        yield importlib.import_module("notebooks")
    finally:
        sys.path[:] = kept


def test_there_are_the_notebooks_that_were_promised() -> None:
    assert len(NAMES) == 4
    pages = "".join(one.read_text(encoding="utf-8") for one in (DOCS / "how-to").glob("notebook-*.md"))
    assert all(f"{{notebook}} {name}" in pages for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_and_its_page_asks_nothing_of_the_network(renderer: ModuleType, name: str) -> None:
    """Warnings are errors here, as in every test."""
    cells = renderer.executed(name)
    page = "".join(cell.html for cell in cells)

    assert len([cell for cell in cells if cell.html]) >= 8
    assert "<svg" in page
    assert "<script" not in page
    assert "<marimo-" not in page
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    assert "@import" not in page


def test_the_sample_books_reconcile_to_the_cent(renderer: ModuleType) -> None:
    import sample_books  # type: ignore[import-not-found]

    from factoring_core.analysis import frames

    office = sample_books.sample_office()
    found, status = frames(office), office.status()
    assert found.loads["open"].sum() == sum(one.open for one in status.counts)
    assert found.positions["reserve"].sum() == status.reserve_outstanding
    for report in office.reports():
        rows = found.rows[found.rows["report"] == report.id]
        for column, sums in office.report(report.id).result.conservation.items():
            assert rows[column].sum() == sums["read"]


def test_the_page_of_the_frames_says_what_their_schemas_say() -> None:
    """`python tests/analysis/frames_page.py` writes it anew."""
    page = (DOCS / "reference" / "frames.md").read_text(encoding="utf-8")

    assert markdown(*SCHEMAS.values()) in page
