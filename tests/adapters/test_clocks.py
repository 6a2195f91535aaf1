"""Clocks tell aware moments in UTC."""

import datetime as dt

import pytest

from factoring_core.adapters.clocks.fixed import FixedClock
from factoring_core.adapters.clocks.system import SystemClock
from factoring_core.errors import UsageError

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def test_the_system_clock_tells_the_present_in_utc() -> None:
    before, now, after = dt.datetime.now(dt.UTC), SystemClock().now(), dt.datetime.now(dt.UTC)

    assert before <= now <= after
    assert dt.UTC == now.tzinfo


def test_a_fixed_clock_moves_only_when_it_is_moved() -> None:
    clock = FixedClock(NOON)

    assert NOON == clock.now() == clock.now()
    assert NOON + dt.timedelta(days=1) == clock.advance(dt.timedelta(days=1)) == clock.now()
    clock.set(NOON)
    assert NOON == clock.now()


def test_a_fixed_clock_answers_in_utc_whatever_it_was_set_to() -> None:
    clock = FixedClock(NOON.astimezone(dt.timezone(dt.timedelta(hours=-6))))

    assert NOON == clock.now()
    assert dt.UTC == clock.now().tzinfo


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(UsageError):
        FixedClock(dt.datetime(2026, 3, 2))  # noqa: DTZ001 - the fault under test
