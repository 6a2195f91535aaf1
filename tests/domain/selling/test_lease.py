"""Leases: who may send a batch, by the store's clock alone."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.domain.selling.lease import (
    LEASE_MS,
    Lease,
    StoreTime,
    attempt_seconds,
    is_held,
    operation_seconds,
    released,
    renewed,
    resting,
    taken,
)

NOW = StoreTime(scale="boot/1", ms=1_000_000)
FREE = Lease(batch="b")
HELD = taken(FREE, NOW, owner="a", worker="w", operation_ms=120_000)


def later(ms: int) -> StoreTime:
    return evolve(NOW, ms=NOW.ms + ms)


def test_taking_a_free_lease_names_who_takes_it_and_counts_up() -> None:
    lease = taken(FREE, NOW, owner="a", worker="w", operation_ms=120_000)
    assert lease == Lease(
        batch="b",
        epoch=1,
        owner="a",
        worker="w",
        scale="boot/1",
        until=1_000_000 + LEASE_MS,
        quiet=0,
    )
    assert LEASE_MS == 120_000


def test_a_lease_is_held_until_its_time_is_over_and_not_after() -> None:
    assert not is_held(FREE, NOW)
    assert is_held(HELD, NOW)
    assert is_held(HELD, later(LEASE_MS - 1))
    assert not is_held(HELD, later(LEASE_MS))


def test_a_lease_says_who_holds_it_and_on_which_clock_until_it_is_given_back() -> None:
    assert (HELD.batch, HELD.owner, HELD.worker, HELD.scale) == ("b", "a", "w", NOW.scale)
    other = StoreTime(scale="boot/2", ms=5)
    assert (renewed(HELD, other).scale, resting(HELD, other).scale) == ("boot/2", "boot/2")
    assert released(HELD) == Lease(batch="b", epoch=1, scale=NOW.scale, until=0, quiet=HELD.quiet)
    assert released(HELD, until=7).until == 7


def test_another_start_of_the_machine_ends_every_lease() -> None:
    assert not is_held(HELD, StoreTime(scale="boot/2", ms=NOW.ms))


def test_a_clock_that_began_anew_ends_every_lease_even_where_starts_have_no_name() -> None:
    assert not is_held(HELD, later(-LEASE_MS))


def test_renewing_gives_the_whole_time_again_and_keeps_the_epoch() -> None:
    again = renewed(HELD, later(100_000))
    assert (again.epoch, again.until) == (HELD.epoch, NOW.ms + 100_000 + LEASE_MS)


def test_a_lease_given_back_is_free_at_once_and_its_epoch_stays() -> None:
    assert not is_held(released(HELD), NOW)
    assert taken(released(HELD), NOW, owner="b", worker="w", operation_ms=1).epoch == 2


def test_what_a_holder_had_begun_is_over_after_its_lease_and_its_longest_operation() -> None:
    after = taken(HELD, later(LEASE_MS), owner="b", worker="w", operation_ms=120_000)
    assert after.quiet == HELD.until + 120_000
    handed_on = taken(released(after), later(LEASE_MS + 1), owner="c", worker="w", operation_ms=120_000)
    assert handed_on.quiet == after.quiet
    assert taken(released(HELD), NOW, owner="b", worker="w", operation_ms=1).quiet == 0
    rebooted = StoreTime(scale="boot/2", ms=5)
    assert taken(after, rebooted, owner="d", worker="w", operation_ms=1).quiet == 0


@given(st.lists(st.sampled_from(["take", "renew", "release"]), max_size=20))
def test_the_epoch_only_ever_grows_and_only_by_taking(acts: list[str]) -> None:
    lease = FREE
    for act in acts:
        before = lease.epoch
        if act == "take":
            lease = taken(lease, NOW, owner="a", worker="w", operation_ms=1)
        else:
            lease = renewed(lease, NOW) if act == "renew" else released(lease)
        assert lease.epoch == before + (act == "take")


def test_time_for_an_attempt_grows_with_its_bytes_up_to_two_hours() -> None:
    assert attempt_seconds(0) == 15 * 60
    assert attempt_seconds(64 * 1024 * 10) == 15 * 60 + 10
    assert attempt_seconds(2**40) == 2 * 3600
    assert operation_seconds(64 * 1024) == 121


def test_a_lease_that_rests_is_held_by_no_program_for_its_whole_time() -> None:
    rested = resting(HELD, later(5))
    assert (rested.owner, rested.worker, rested.epoch) == (HELD.owner, "", HELD.epoch)
    assert is_held(rested, later(LEASE_MS + 4))
    assert not is_held(rested, later(LEASE_MS + 5))
