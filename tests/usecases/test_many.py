"""Very many values, made when they are asked for, are the values themselves to whoever looks at them."""

from __future__ import annotations

import pytest

from factoring_core.usecases import many
from factoring_core.usecases.many import Many
from factoring_core.usecases.results import LoadChange


def made(load: str, status: str) -> LoadChange:
    return LoadChange(load=load, subsidiary="east", status=status)


ROWS = [("L-1", "queued"), ("L-2", "financed"), ("L-3", "queued")]
VALUES = tuple(made(*row) for row in ROWS)


def test_they_are_what_a_tuple_of_them_is() -> None:
    all_ = Many(made, ROWS)

    assert tuple(all_) == VALUES
    assert (len(all_), all_[1], all_[-1], all_[1:]) == (3, VALUES[1], VALUES[2], VALUES[1:])
    assert (hash(all_), repr(all_)) == (hash(VALUES), repr(VALUES))


@pytest.mark.parametrize(
    "other", [VALUES, list(VALUES), Many(made, ROWS), Many(lambda *row: made(*row), ROWS)]
)
def test_they_equal_every_sequence_of_equal_values(other: object) -> None:
    assert Many(made, ROWS) == other
    assert other == Many(made, ROWS)


@pytest.mark.parametrize("other", [VALUES[:2], VALUES[::-1], Many(made, ROWS[:2]), "L-1", None])
def test_they_equal_nothing_else(other: object) -> None:
    assert Many(made, ROWS) != other


def test_they_are_taken_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "BLOCK", 2)
    assert Many(made, iter(ROWS)) == VALUES
    assert [len(column) for column in Many(made, iter(ROWS)).columns] == [3, 3]


def test_none_are_an_empty_tuple() -> None:
    none = Many(made, [])

    assert none == ()
    assert (len(none), tuple(none), none[:5]) == (0, (), ())
    with pytest.raises(IndexError):
        none[0]


class Kept:
    """A value that counts how many of it were made."""

    made = 0

    def __init__(self, load: str) -> None:
        type(self).made += 1
        self.load = load

    @classmethod
    def of(cls, load: str) -> Kept:
        return cls(load)


def test_two_by_one_maker_are_compared_without_making_their_values() -> None:
    assert Many(Kept.of, [("L-1",)]) == Many(Kept.of, [("L-1",)])
    assert Many(Kept.of, [("L-1",)]) != Many(Kept.of, [("L-2",)])
    assert Kept.made == 0
