"""What every clock and every timer promises."""

import datetime as dt

import pytest

from factoring_core.ports.clock import Clock
from factoring_core.ports.timer import Timer
from factoring_core.testing.contracts.base import Contract


class ClockContract(Contract):
    """The promises of `factoring_core.ports.clock`: provide the fixture ``clock``."""

    @pytest.fixture
    def clock(self) -> Clock:
        """Return the clock under test."""
        raise NotImplementedError

    def test_tells_utc(self, clock: Clock) -> None:
        """A moment is aware and in UTC, so that two machines mean the same by it."""
        now = clock.now()

        assert now.tzinfo is not None
        assert now.utcoffset() == dt.timedelta(0)
        assert now.tzname() == "UTC"

    def test_is_not_a_subclass_of_a_moment(self, clock: Clock) -> None:
        """A moment is a plain `datetime`, which every store and every message can carry."""
        assert type(clock.now()) is dt.datetime

    def test_does_not_run_back_by_itself(self, clock: Clock) -> None:
        """Moments asked for one after the other never go back."""
        moments = [clock.now() for _ in range(200)]

        assert moments == sorted(moments)


class TimerContract(Contract):
    """The promises of `factoring_core.ports.timer`: provide the fixture ``timer``."""

    @pytest.fixture
    def timer(self) -> Timer:
        """Return the timer under test."""
        raise NotImplementedError

    def test_never_goes_back(self, timer: Timer) -> None:
        """Seconds never go back."""
        seconds = [timer.seconds() for _ in range(200)]

        assert seconds == sorted(seconds)

    def test_lets_time_pass(self, timer: Timer) -> None:
        """After sleeping for a while, at least that while has passed by the timer."""
        before = timer.seconds()
        timer.sleep(0.02)

        assert timer.seconds() - before >= 0.019
