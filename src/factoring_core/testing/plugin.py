"""For pytest: ``pytest_plugins = ["factoring_core.testing.plugin"]`` brings the fixtures below."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from factoring_core.testing.factor.running import RunningFactor


@pytest.fixture
def open_factor() -> Iterator[Callable[..., RunningFactor]]:
    """Open simulated factors, as `RunningFactor` is made; they close when the test ends."""
    with ExitStack() as open_:

        def opened(provider: str = "winfactor", **more: Any) -> RunningFactor:
            return open_.enter_context(RunningFactor(provider, **more))

        yield opened


@pytest.fixture
def simulated_factor(open_factor: Callable[..., RunningFactor]) -> RunningFactor:
    """Open one with whom all is usual, behind a folder."""
    return open_factor()
