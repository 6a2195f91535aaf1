"""Whatever the bytes: read, or refused by an error of ours; and what is read is read the same saved again."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factoring_core.adapters.reports.loads_file import TableLoadsReader
from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.errors import InputError
from fuzzing.checks import READER, as_workbook, check, digest, outcome
from reports.report_files import csv_bytes, layout_of
from reports.workbook_files import WRITERS

# Every example that gets as far as the parser costs the start of a process.
FEW = settings(max_examples=max(10, settings.default.max_examples // 15))
LAYOUT = layout_of("template/payment")
HEADER = ["Invoice Number", "Payment Date", "Payment Amount", "Check Number", "Customer", "Type", "Closed"]
DAY = dt.date(2026, 1, 5)
TYPED: list[list[Any]] = [
    HEADER,
    ["INV-1", DAY, 100.5, "C1", "Blue", "payment", "yes"],
    ["000123", DAY, 0.01, 77, None, None, None],
]
GOOD_FILES = {kind: write(TYPED) for kind, write in WRITERS.items()}

NUMBERS = "INV-1|000123|1.23457E+11|3-Apr|=1+1|-1|'1|NaN|1e5|$1,234.56|-0.00|(5.00)|1,5|46000|#REF!|####"
WORDS = "01/05/2026|2026-02-30|yes|payment|chargeback|Total|Invoice Number|CafÃ©|Ünï| |"
BREAKS = ['a"b', "a,b", "a;b", "a\nb", "a\tb", "x" * 300, "\ufeff", "\u00a0", "|"]
odd = st.sampled_from([*NUMBERS.split("|"), *WORDS.split("|"), *BREAKS])
texts = odd | st.text(max_size=6)
good_rows = st.tuples(
    st.from_regex(r"[A-Z]{1,3}-?[0-9]{1,6}", fullmatch=True),
    st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)).map("{:%m/%d/%Y}".format),
    st.integers(-(10**9), 10**9).map(lambda n: f"{'-' if n < 0 else ''}{abs(n) // 100}.{abs(n) % 100:02d}"),
    st.from_regex(r"[A-Z0-9 -]{0,8}", fullmatch=True),
    st.from_regex(r"[A-Za-z &.'\"-]{0,12}", fullmatch=True),
    st.sampled_from(["", "payment", "Rebate", "chargeback"]),
    st.sampled_from(["", "yes", "NO"]),
).map(list)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Draw a report with none or a few odd cells in it, and sometimes a row too many or too short."""
    rows = [HEADER, *draw(st.lists(good_rows, max_size=5))]
    for _ in range(draw(st.integers(0, 2))):
        row = draw(st.sampled_from(range(len(rows))))
        rows[row] = list(rows[row])
        rows[row][draw(st.sampled_from(range(len(HEADER))))] = draw(texts)
    if draw(st.integers(0, 9)) == 0:
        rows.append(draw(st.lists(texts, max_size=9)))
    return rows


@st.composite
def mutated(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw *content* with some of its bytes changed, cut out, repeated or put elsewhere."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(changed) - 1)))
        size = draw(st.integers(0, 16))
        match draw(st.sampled_from(["set", "cut", "put", "twice", "end"])):
            case "set":
                changed[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
            case "cut":
                del changed[at : at + size]
            case "put":
                changed[at:at] = draw(st.sampled_from([b",", b'"', b"\r\n", b"\0", b"\xff", b";", b"Total"]))
            case "twice":
                changed[at:at] = changed[at : at + 10 * size]
            case _:
                del changed[at:]
    return bytes(changed)


@given(tables())
def test_a_table_with_odd_cells_is_read_the_same_however_it_is_saved(table: list[list[str]]) -> None:
    check(csv_bytes(table))


@given(st.data())
def test_a_mutated_file_of_texts_is_read_or_refused(data: st.DataObject) -> None:
    table = data.draw(tables())
    check(data.draw(mutated(csv_bytes(table))))


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\xff\xfe", b"\xef\xbb\xbf", ",".join(HEADER).encode() + b"\n"]),
)
def test_random_bytes_are_read_or_refused(content: bytes, start: bytes) -> None:
    check(start + content)


@FEW
@given(tables())
def test_what_a_file_of_texts_says_a_workbook_says_too(table: list[list[str]]) -> None:
    found = outcome(csv_bytes(table), LAYOUT)
    if isinstance(found, ReportColumns) and len(found):
        read = outcome(as_workbook(found), LAYOUT)
        assert isinstance(read, ReportColumns), read
        assert digest(found) == digest(read)


cells = st.none() | odd | st.floats(allow_nan=False, allow_infinity=False, width=32) | st.integers(-5, 2**54)
cells |= st.dates(dt.date(1899, 12, 31), dt.date(2200, 1, 1)) | st.just(DAY) | st.just(0.1 + 0.2)


@FEW
@given(st.lists(st.tuples(st.integers(0, 5), cells), max_size=2))
def test_every_kind_of_workbook_says_the_same(changes: list[tuple[int, Any]]) -> None:
    rows = [list(row) for row in TYPED]
    for column, cell in changes:
        rows[1][column] = cell

    found = [outcome(write(rows), LAYOUT) for write in WRITERS.values()]

    assert 1 == len({digest(one) if isinstance(one, ReportColumns) else "refused" for one in found}), rows
    assert 1 == len(
        {frozenset(f.code for f in one.faults) for one in found if isinstance(one, InputError)} or {0}
    )


@pytest.mark.parametrize("kind", GOOD_FILES)
@FEW
@given(data=st.data())
def test_a_mutated_workbook_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    check(data.draw(mutated(GOOD_FILES[kind])))


@pytest.mark.parametrize("kind", ["xlsx", "xlsb", "ods"])
@FEW
@given(data=st.data())
def test_a_workbook_with_a_mutated_part_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD_FILES[kind])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(one for one in parts if not one.endswith((".png", "/")))))
    parts[name] = data.draw(mutated(parts[name]))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, part in parts.items():
            archive.writestr(one, part)

    check(content.getvalue())


@given(st.data())
def test_a_mutated_file_of_loads_is_read_or_refused(data: st.DataObject) -> None:
    good = csv_bytes([["load_number", "subsidiary", "customer", "amount"], ["L-1", "east", "blue", "1.00"]])
    content = data.draw(mutated(good))
    with suppress(InputError):
        TableLoadsReader(reader=READER).read(content, name="loads")


@pytest.mark.parametrize("column", [0, 3])
def test_a_byte_order_mark_as_a_cell_of_a_workbook_is_blank_in_every_kind(column: int) -> None:
    rows = [list(row) for row in TYPED]
    rows[1][column] = "\ufeff"
    found = [outcome(write(rows), LAYOUT) for write in WRITERS.values()]
    assert 1 == len({digest(one) if isinstance(one, ReportColumns) else "refused" for one in found})
    faults = {frozenset(f.code for f in one.faults) for one in found if isinstance(one, InputError)}
    assert faults == ({frozenset({"required"})} if column == 0 else set())
