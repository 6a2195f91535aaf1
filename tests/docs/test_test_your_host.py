"""The page on testing a host runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "test-your-host.md"


def test_every_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks:
        exec(compile(block, PAGE.name, "exec"), names)
    assert len(blocks) == 7
    offices = tmp_path / "test_offices.py"
    offices.write_text("\n".join(blocks[:2]), encoding="utf-8")
    story = "test_offices.py::TestMyOffice::test_names_fit_one_thing"
    quiet = ["-q", "-n0", "-p", "no:randomly", "-p", "no:cacheprovider"]
    assert pytest.main([*quiet, story]) is pytest.ExitCode.OK
    few = settings(
        max_examples=3,
        stateful_step_count=4,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(names["MyMachine"], settings=few)
