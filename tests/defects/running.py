"""Runs one suite inside a test, and says which promise broke first."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

HERE = Path(__file__).parent
QUIET = [
    *("-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:faulthandler", "-p", "no:randomly"),
    *("-p", "no:xdist", "-p", "no:timeout", "-p", "no:benchmark", "-p", "no:cov", "--capture=no"),
    # These two collect garbage twice a run, and the folders above would be looked through.
    *("-p", "no:unraisableexception", "-p", "no:threadexception", f"--confcutdir={HERE}"),
    *("--noconftest", "-c", "/dev/null", "--import-mode=importlib", "-o", "python_classes=*"),
    *("-W", "ignore"),
]


@define
class Outcome:
    """What became of one suite: how many promises held, and which broke."""

    passed: int = 0
    broken: list[str] = field(factory=list)
    told: list[str] = field(factory=list)
    errors: list[str] = field(factory=list)
    messages: list[str] = field(factory=list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one phase of one test."""
        if report.passed and report.when == "call":
            self.passed += 1
        if report.failed:
            name = report.nodeid.rpartition("::")[2].partition("[")[0]
            (self.broken if report.when == "call" else self.errors).append(name)
            self.messages.append(crash_of(report))
            self.told += [text for title, text in report.sections if title == "Broken promise"]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected."""
        if report.failed:
            self.errors.append(str(report.longrepr))


def crash_of(report: pytest.TestReport) -> str:
    """Return the last line of what a test died of."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash else report.longrepr)


def run(suite: type[Any], promise: str = "") -> Outcome:
    """Run a whole suite, or one promise of it, as a host's pytest would."""
    outcome = Outcome()
    wanted = "::".join(filter(None, [inspect.getfile(suite), suite.__name__, promise]))
    pytest.main([wanted, f"--rootdir={HERE}", *QUIET], plugins=[outcome])
    return outcome


def promise(suite: type[Any]) -> str:
    """Return the sentence of the promise that has to catch a defect."""
    test = inspect.unwrap(getattr(suite, suite.caught_by))
    return " ".join((inspect.getdoc(test) or "").split())
