"""The README's Python runs as it stands, and its table of extras is that of the package."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from factoring_core.cli.example import example_home

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
HOST_PAGE = (ROOT / "docs" / "how-to" / "keep-it-in-your-tms.md").read_text(encoding="utf-8")


def python_blocks(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_the_host_code_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example_home(tmp_path / "factoring-home")
    monkeypatch.chdir(tmp_path)
    [block] = python_blocks(README)

    exec(compile(block, "README.md", "exec"), {})

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 row matched"
    assert lines[1] == "missing_from_report L-1005 415075"
    assert len(list((tmp_path / "outbox").glob("*.pdf"))) == 6


def test_the_host_code_of_the_how_to_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example_home(tmp_path / "factoring-home")
    monkeypatch.chdir(tmp_path)
    # What the others show is tried in tests/wiring, with a host's engine and with operation ids.
    block, *others = python_blocks(HOST_PAGE)

    exec(compile(block, "keep-it-in-your-tms.md", "exec"), {})
    assert others
    for other in others:
        compile(other, "keep-it-in-your-tms.md", "exec")


def test_the_table_of_extras_names_every_extra_and_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    table = README.partition("| Extra |")[2].partition("\n\n")[0]

    assert set(re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE)) == set(project["optional-dependencies"])
