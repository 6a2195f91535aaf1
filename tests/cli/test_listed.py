"""A list that makes its elements when they are asked for is, to whoever looks, the list of them."""

from __future__ import annotations

import io
import json
from operator import ne
from typing import Any

import pytest

from factoring_core.cli.listed import Listed
from factoring_core.cli.pieces import Line, Table
from factoring_core.cli.session import Session
from factoring_core.cli.views import LONG, long_table


def doubled(value: int) -> dict[str, int]:
    return {"n": 2 * value}


def test_it_is_the_list_of_what_it_makes() -> None:
    listed, whole = Listed((1, 2, 3), doubled), [{"n": 2}, {"n": 4}, {"n": 6}]

    assert listed == whole
    assert ne(listed, whole) is False
    assert listed != whole[:2]
    assert listed != []
    assert ({"n": 4} in listed, {"n": 5} in listed) == (True, False)
    assert list(reversed(listed)) == whole[::-1]
    assert (len(listed), bool(listed), list(listed)) == (3, True, whole)
    assert (listed[0], listed[-1], listed[1:]) == (whole[0], whole[-1], whole[1:])
    assert repr(listed) == repr(whole)


def test_an_empty_one_is_an_empty_list() -> None:
    listed = Listed((), doubled)
    assert not listed
    assert listed == []


@pytest.mark.parametrize("values", [(), (1,), (1, 2, 3)])
def test_it_is_written_as_its_elements_are(values: tuple[int, ...]) -> None:
    document = {"a": Listed(values, doubled), "b": 1}
    written = "".join(json.JSONEncoder(indent=2).iterencode(document))
    assert written == json.dumps({"a": [doubled(value) for value in values], "b": 1}, indent=2)


@pytest.mark.parametrize("count", [0, 1, LONG, LONG + 1, 3 * LONG])
def test_of_a_long_table_a_person_reads_the_beginning_and_how_much_follows(count: int) -> None:
    pieces = long_table(Listed(range(count), doubled), "n")

    tables = [piece for piece in pieces if isinstance(piece, Table)]
    lines = [piece.text for piece in pieces if isinstance(piece, Line)]
    assert [len(one.rows) for one in tables] == [min(count, LONG)] * bool(count)
    assert lines == ([f"… and {count - LONG:,} more; --json lists them all."] if count > LONG else [])


def test_of_a_document_that_breaks_in_the_middle_nothing_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken(value: int) -> dict[str, int]:
        if value == 40_000:
            raise KeyboardInterrupt
        return doubled(value)

    session = Session(as_json=True)
    with pytest.raises(KeyboardInterrupt):
        session.finish({"a": Listed(range(50_000), broken)}, lambda _: [])
    assert capsys.readouterr().out == ""


def test_a_document_is_written_in_one_piece_with_its_end_of_line() -> None:
    written: list[bytes] = []

    class Raw(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, content: Any) -> int:
            written.append(bytes(content))
            return len(content)

    session = Session(as_json=True)
    session._stdout = io.TextIOWrapper(io.BufferedWriter(Raw()))
    assert session.finish({"a": "ä\ud800"}, lambda _: []) == 0
    assert written == ['{\n  "a": "ä?"\n}\n'.encode()]
