"""What the tutorial shows is what its commands print."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from docs.replay import replay, without_ids

REWRITE = "FACTORING_REWRITE_DOCS"
PAGES = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("name", ["tutorial/first-batch.md", "tutorial/fourteenth.md"])
def test_every_command_prints_what_the_page_shows(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (PAGES / name).read_text(encoding="utf-8")
    replayed = replay(page, tmp_path, monkeypatch)

    if os.environ.get(REWRITE):
        (PAGES / name).write_text(replayed, encoding="utf-8")
    else:
        assert without_ids(page) == without_ids(replayed), f"{REWRITE}=1 writes the page anew"
