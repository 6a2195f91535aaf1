"""The store of the how-to keeps the contract."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factoring_core.errors import StoreBusyError
from factoring_core.testing.contracts import DurableContract

FILE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "sqlite_store.py"


def module() -> Any:
    spec = importlib.util.spec_from_file_location("sqlite_store", FILE)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.mark.slow
class TestSqliteStore(DurableContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Any:
        return module().SqliteStore(tmp_path / "records.db")

    @pytest.fixture
    def reopened(self, tmp_path: Path) -> Callable[[], Any]:
        return lambda: module().SqliteStore(tmp_path / "records.db")


def test_it_has_patience(tmp_path: Path) -> None:
    store = module().SqliteStore(tmp_path / "records.db", patience=0.01)
    with store.transaction("t"), pytest.raises(StoreBusyError), store.transaction("t"):
        pass
