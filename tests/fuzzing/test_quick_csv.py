"""The quick way through a large CSV file and the exact one say the same, to the last fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.adapters.reports import quick_csv
from factoring_core.adapters.reports.limits import ReportLimits
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.errors import FileRefusedError, LimitExceededError
from fuzzing.test_fuzz_reports import HEADER, texts
from reports.report_files import layout_of

LAYOUT = evolve(layout_of("template/payment"), total_words=("total",))
SMALL = TableReportReader(limits=ReportLimits(rows=7, columns=9, cell_characters=300))
plain_rows = st.tuples(
    st.from_regex(r"[A-Z]{1,3}-?[0-9]{1,6}", fullmatch=True),
    st.sampled_from(["03/01/2026", "2026-03-01"]),
    st.integers(0, 10**9).map(lambda n: f"{n // 100}.{n % 100:02d}"),
    st.sampled_from(["", "C1", "c 2"]),
    st.sampled_from(["", "Blue", "Ünï"]),
    st.sampled_from(["", "payment"]),
    st.sampled_from(["", "yes"]),
).map(list)
NUMBERS = (
    "|A-12|INV-001|INV-01|3-Apr|1E+11|1e5| INV-1|INV-1 |=1|\ufeffINV-1|Nº1|Ａ1|" + "A" * 33 + "|" + "9" * 65
)
DATES = "| |03/01/2026 |3/1/2026|2026-02-30|46000|01/13/2026|٠٣/٠١/٢٠٢٦"
AMOUNTS = "| |1.5|1.234|.50|1.|0001.00|1234567890.00|-1.00|(1.00)|$1.00|1.00 |1,5|٣.٥٠|1e2|####"
WORDS = "| |Blue |CafÃ©|\u00a0|\x0b|\u2028|\ufeff|" + "x" * 201 + "|" + "x" * 301
LISTED = "|rebate|Rebate |chargeback|unheard"
POOLS = [pool.split("|") for pool in (NUMBERS, DATES, AMOUNTS, WORDS, WORDS, LISTED, "|yes|NO|perhaps")]
odd_lines = st.one_of(
    st.sampled_from(["", " ", ",,,,,,", "Total,,7.00,,,,", "Total,,,,,,", "total:,,0.00,,,,", "Total"]),
    st.sampled_from([",".join(HEADER), "\ufeff" + ",".join(HEADER)]),
    st.lists(texts, min_size=1, max_size=10).map(",".join),
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Draw a file of plain rows, with none or a few odd cells and lines in it."""
    delimiter = draw(st.sampled_from([",", ",", ",", ";"]))
    rows = draw(st.lists(plain_rows, min_size=1, max_size=8))
    for _ in range(draw(st.integers(0, 2))):
        column = draw(st.integers(0, len(HEADER) - 1))
        draw(st.sampled_from(rows))[column] = draw(st.sampled_from(POOLS[column]) | texts)
    lines = [delimiter.join(row) for row in rows]
    if draw(st.integers(0, 2)) == 0:
        lines.insert(draw(st.integers(0, len(lines))), draw(odd_lines).replace(",", delimiter))
    head = draw(st.sampled_from([[], [], ["Payments of March"], [""], [f"sep={delimiter}"]]))
    body = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])).join([*head, delimiter.join(HEADER), *lines])
    end = draw(st.sampled_from(["\n", "\r\n", "", "\n\n"]))
    return (draw(st.sampled_from(["", "\ufeff"])) + body + end).encode("utf-8", "surrogatepass")


def read(content: bytes) -> Any:
    """Return what the layout reads, or its faults."""
    try:
        return SMALL.open(content, name="r").read(LAYOUT)
    except (FileRefusedError, LimitExceededError) as error:
        return type(error), error.code, error.faults


@pytest.fixture(scope="module")
def quick() -> Iterator[list[int]]:
    """Take the quick way from the first row on, in small slices; gather how many rows went there."""
    taken: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick_csv, "FROM_ROWS", 1)
        patch.setattr(quick_csv, "SLICE_BYTES", 40)
        original = quick_csv.QuickReader.read

        def counting(self: quick_csv.QuickReader, content: bytes) -> Any:
            found = original(self, content)
            taken.append(0 if found is None else len(found[0]))
            return found

        patch.setattr(quick_csv.QuickReader, "read", counting)
        yield taken


def assert_same(content: bytes) -> Any:
    quickly = read(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick_csv, "FROM_ROWS", 10**9)
        assert quickly == read(content)
    return quickly


@given(content=files())
def test_both_ways_through_a_file_say_the_same(quick: list[int], content: bytes) -> None:
    """Columns, rows, lines, totals, warnings, or every fault: whatever one way says, the other says."""
    assert_same(content)


def report(*lines: str) -> bytes:
    return "\n".join([",".join(HEADER), *lines, ""]).encode()


ROWS = [f"INV-{n:04d},03/01/2026,{n}.50,C{n},Blue,," for n in range(1, 8)]


@pytest.mark.parametrize("column", range(len(HEADER)), ids=HEADER)
def test_each_odd_cell_is_read_the_same(quick: list[int], column: int) -> None:
    for cell in [*POOLS[column], "1.5", "1.234", "12345678901.00", "x" * 300, "a\tb"]:
        rows = [row.split(",") for row in ROWS[:5]]
        rows[3][column] = cell
        assert_same(report(*map(",".join, rows)))


@pytest.mark.parametrize(
    "line", ["", " ", ",,,,,,", "Total,,3.00,,,,", "Total", ",".join(HEADER), "\ufeff" + ROWS[0], "INV-1,7"]
)
@pytest.mark.parametrize("place", [0, 2, 4])
def test_each_odd_line_is_read_the_same(quick: list[int], line: str, place: int) -> None:
    rows = ["INV-0001,03/01/2026,1.50,,,,", "INV-0002,03/01/2026,1.50,,,,", *ROWS[:2]]
    rows.insert(place, line)
    assert_same(report(*rows))


def test_more_rows_than_agreed_are_refused_the_same(quick: list[int]) -> None:
    assert assert_same(report(*ROWS, ROWS[0]))[0] is LimitExceededError


def test_plain_rows_are_read_quickly(quick: list[int]) -> None:
    quick.clear()
    found = read(report(*ROWS))

    assert isinstance(found, ReportColumns)
    assert (sum(quick), found.columns["payment_amount"][:2]) == (7, [150, 250])
    assert (list(found.rows), list(found.lines)) == (list(range(2, 9)), list(range(2, 9)))


def test_only_the_slice_with_an_odd_cell_is_read_exactly(quick: list[int]) -> None:
    quick.clear()
    rows = [*ROWS[:-1], "INV-0007,03/01/2026,($1.00),C9,Blue,,"]
    kind, code, faults = read(report(*rows))

    assert (kind, code, [fault.line for fault in faults]) == (FileRefusedError, "file_refused", [8])
    assert 0 < sum(quick) < 7
    assert quick[-1] == 0


@pytest.mark.parametrize(
    "content",
    [
        report('"INV-1",03/01/2026,1.00,,,,'),
        report(*ROWS).replace(b"\n", b"\r"),
        report(*ROWS).decode().encode("utf-16"),
    ],
    ids=["quotes", "lone returns", "another encoding"],
)
def test_a_file_that_is_not_one_of_lines_is_read_exactly(quick: list[int], content: bytes) -> None:
    quick.clear()
    read(content)

    assert quick == []


def test_without_arrow_every_file_is_read_exactly(quick: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    quick.clear()
    with_arrow = read(report(*ROWS))
    assert quick
    quick.clear()
    monkeypatch.setattr(quick_csv, "arrow", lambda: None)

    assert read(report(*ROWS)) == with_arrow
    assert quick == []


def test_a_small_file_is_read_exactly_and_loads_nothing(
    quick: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.clear()
    monkeypatch.setattr(quick_csv, "FROM_ROWS", 20_000)

    read(report(*ROWS))
    assert quick == []
