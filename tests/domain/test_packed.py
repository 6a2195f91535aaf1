"""Packed values are the values, whatever they are and however many."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from contextlib import ExitStack
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.domain.vocabulary import packed, packed_blocks
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.packed import Packed, in_order, places_in_order

WIDE = st.integers(-(1 << 80), 1 << 80)
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 3),
    WIDE,
    st.text(max_size=5),
    st.dates(),
    st.sampled_from(LoadStatus),
    st.tuples(st.booleans()),
    st.tuples(st.integers(0, 1)),
    st.floats(allow_nan=False),
    st.datetimes(timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=-5))])),
    st.lists(st.integers(0, 1), max_size=2),
)
COLUMNS = st.one_of(
    st.lists(CELLS),
    st.lists(st.text(max_size=5)),
    st.lists(st.integers(-5, 5)),
    st.lists(WIDE),
    st.lists(st.one_of(st.none(), st.integers(0, 3))),
    st.builds(
        lambda first, count: list(range(first, first + count)), st.integers(-3, 1 << 40), st.integers(0, 9)
    ),
)


def in_blocks(size: int, few: int = 2) -> Any:
    stack = ExitStack()
    stack.enter_context(mock.patch.multiple(packed, BLOCK=size, RUN=2 * size))
    stack.enter_context(mock.patch.object(packed_blocks, "FEW", few))
    return stack


def same(one: Any, other: Any) -> bool:
    """Say whether two values are the same in class and in what they show, not only equal."""
    return type(one) is type(other) and repr(one) == repr(other)


@given(COLUMNS, COLUMNS, st.integers(1, 5))
def test_every_value_comes_back_as_it_was(first: list[Any], second: list[Any], size: int) -> None:
    with in_blocks(size):
        values = Packed(first)
        values.extend(second)
        whole = [*first, *second]
        assert len(values) == len(whole)
        assert all(map(same, values, whole))
        assert all(same(values[place], whole[place]) for place in range(-len(whole), len(whole)))


@given(COLUMNS, st.integers(1, 4), st.slices(12))
def test_a_slice_is_that_of_a_list(values: list[Any], size: int, part: slice) -> None:
    with in_blocks(size):
        assert list(map(repr, Packed(values)[part])) == list(map(repr, values[part]))


@pytest.mark.parametrize("place", [3, -4, 100])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_beyond_its_ends_there_is_nothing(place: int, size: int) -> None:
    with in_blocks(size), pytest.raises(IndexError):
        Packed("abc")[place]


def test_it_equals_every_sequence_of_equal_values_and_no_other() -> None:
    with in_blocks(2):
        values = Packed([1, 2, 3])
        assert values == [1, 2, 3] == values
        assert values == (1, 2, 3)
        assert values == Packed([1, 2, 3])
        assert values != [1, 2]
        assert values != [1, 2, 4]
        assert values != "123"
        assert hash(values) == hash((1, 2, 3))
        assert repr(values) == "[1, 2, 3]"


def test_a_block_takes_no_more_room_than_its_values_need() -> None:
    def block(values: list[Any]) -> str:
        return type(packed_blocks.packed(values)).__name__

    assert block(["a", "b"] * 200) == "_Few"
    assert block([None, 1000] * 200) == "_Few"
    assert block([f"INV-{n}" for n in range(300)]) == "_Texts"
    assert block(["x" * 300] + [str(n) for n in range(300)]) == "_Texts"
    assert block([n * n for n in range(300)]) == "_Numbers"
    assert block([*range(300), 1 << 63]) == "_Others"


def test_a_long_text_is_kept_whole_among_others() -> None:
    values = [str(n) for n in range(300)] + ["x" * 100_000, "y"]
    assert packed_blocks.packed(values).all() == values


@given(st.lists(st.text(max_size=3)), st.integers(1, 4))
def test_texts_come_in_order_from_runs(texts: list[str], size: int) -> None:
    with in_blocks(size):
        assert list(in_order(texts)) == sorted(texts)


@given(st.lists(st.text(max_size=2)), st.integers(1, 4), st.booleans())
def test_places_come_in_the_order_of_their_values(texts: list[str], size: int, ordered: bool) -> None:
    texts = sorted(texts) if ordered else texts
    with in_blocks(size):
        assert list(places_in_order(Packed(texts))) == sorted(range(len(texts)), key=texts.__getitem__)


SORTS = {
    "few": ["a", "b"] * 200,
    "as many as a byte tells apart": [str(n) for n in range(256)] * 2,
    "one more": [str(n) for n in range(257)] * 2,
    "many, but few at first": ["a"] * 600 + [str(n) for n in range(300)],
    "texts that end in two bytes": ["x" * 200] + [str(n) for n in range(300)],
    "texts of 65,535": ["x" * (65_535 - 790)] + [f"{n:03}" for n in range(263)] + ["y"],
    "texts of 65,536": ["x" * (65_536 - 790)] + [f"{n:03}" for n in range(263)] + ["y"],
    "a text of many": ["x" * 3_000_000] + [str(n) for n in range(300)],
    "that follow one another": list(range(7, 307)),
    "that follow one another but for one": [*range(7, 306), 307],
    "that end where they would": [*range(7, 300), 300, 302, 301, 303],
    "small": [n * n for n in range(300)],
    "below nothing": [-n * 1000 for n in range(300)],
    "of 32 bits": [*range(300), (1 << 31) - 1],
    "of 33 bits": [*range(300), 1 << 31],
    "below nothing, of 64 bits": [*range(300), -1 << 63],
    "beyond 64 bits": [*range(300), 1 << 63],
    "none among them": [None, *range(300)],
    "not of one class": [True, *range(300)],
    "of two classes, equal": [1, True] * 200,
    "none among texts": [None, *map(str, range(300))],
}


@pytest.mark.parametrize("sort", SORTS)
def test_a_block_of_any_sort_gives_back_what_came_in(sort: str) -> None:
    values = SORTS[sort]
    block = packed_blocks.packed(list(values))
    assert list(map(repr, block.all())) == list(map(repr, values))
    assert [repr(block[place]) for place in range(len(values))] == list(map(repr, values))


def room(values: list[Any]) -> int:
    """Return how many bytes the values of one block take, beside what any block takes."""
    tracemalloc.start()
    block = packed_blocks.packed(values)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert block is not None
    return taken


def test_values_take_no_more_room_than_they_need() -> None:
    many = packed.BLOCK
    assert room(["a", None] * (many // 2)) < 1.5 * many
    assert room(list(range(1 << 40, (1 << 40) + many))) < 0.5 * many
    assert room([n % 1000 for n in range(many)]) < 4.5 * many
    assert room([n << 32 for n in range(many)]) < 8.5 * many
    assert room([f"{n:09}" for n in range(many)]) < 11.5 * many


def test_very_many_texts_are_sorted_by_runs() -> None:
    texts = [str(n) for n in range(20)]
    with in_blocks(2), mock.patch.object(packed, "Packed", wraps=Packed) as kept:
        assert list(in_order(texts)) == sorted(texts)
    assert [len(one.args[0]) for one in kept.call_args_list] == [4] * 5


def test_all_in_order_are_gone_through_without_asking_for_each() -> None:
    with in_blocks(2):
        values = Packed(["a", "b", "c"])
        with mock.patch.object(Packed, "__getitem__", side_effect=AssertionError):
            assert list(values.at(range(3))) == ["a", "b", "c"]
        assert list(values.at([2, 0])) == ["c", "a"]
