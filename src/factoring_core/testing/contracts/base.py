"""One class of promises: what a failing one tells, whoever runs it."""

import inspect
from collections.abc import Generator
from typing import Any

import pytest

_NAME = "factoring_core_promises"


class Contract:
    """Promises of one port, one test each: its docstring is the promise.

    A subclass provides the adapter as a fixture.  Where a promise breaks, the report has a
    section that says which, and how to see it alone.
    """

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _told(cls, request: pytest.FixtureRequest) -> None:
        plugins = request.config.pluginmanager
        if not plugins.has_plugin(_NAME):
            plugins.register(Telling(), _NAME)


class Telling:
    """Adds the broken promise to the report of a failing test."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Add a section to the report of a promise that broke."""
        report = yield
        if report.failed and isinstance(item, pytest.Function) and issubclass(item.cls or object, Contract):
            report.sections.append(("Broken promise", _told_of(item)))
        return report


def _told_of(item: pytest.Function) -> str:
    test = inspect.unwrap(item.function)
    promise = " ".join((inspect.getdoc(test) or item.name).split())
    home = next(one for one in item.cls.__mro__ if item.originalname in vars(one))
    return "\n".join(
        [
            promise,
            f"It is a promise of {home.__module__}.{home.__qualname__}; {item.cls.__name__} breaks it.",
            f"See it alone: pytest {item.nodeid!r}",
        ]
    )
