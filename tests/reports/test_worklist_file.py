"""The worklist as a file: out to CSV and XLSX, decided in, and read back to the cell."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from factoring_core.adapters.reports.worklist import HEADINGS, read_worklist, write_worklist
from factoring_core.errors import FileRefusedError, UsageError
from factoring_core.ports.worklist import WorkLine

LINE = WorkLine(
    exception="exc-0011",
    type="short_paid",
    severity="wrong",
    subsidiary="east",
    connection="east-depot",
    load="L-1",
    amount_at_risk=50_00,
    age_days=3,
    about="=HYPERLINK(0)",
    suggested="write_off",
    resolutions=("write_off", "wait"),
    rows="rep-1 row 2",
    seen="v-00112233",
)
OTHER = WorkLine(
    exception="exc-0012",
    type="unknown_invoice",
    severity="waiting",
    subsidiary="east",
    connection=None,
    load=None,
    amount_at_risk=-5,
    age_days=0,
    about="@SUM(1)",
    suggested="assign",
    resolutions=("assign",),
    rows="",
    seen="v-44",
)


def sheet(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def written(rows: list[dict[str, str]], delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def test_the_csv_has_a_line_for_each_and_nothing_that_could_become_a_formula() -> None:
    first, second = sheet(write_worklist([LINE, OTHER], "csv"))
    assert list(first) == [heading for heading, _ in HEADINGS]
    assert (first["Amount At Risk"], second["Amount At Risk"]) == ("50.00", "-0.05")
    assert (first["About"], second["About"]) == ("'=HYPERLINK(0)", "'@SUM(1)")
    assert (first["Possible"], first["Decision"]) == ("write_off, wait", "")


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_decisions_come_back_with_the_place_of_their_line(delimiter: str) -> None:
    rows = sheet(write_worklist([LINE, OTHER], "csv"))
    rows[0] |= {"Decision": "Write_Off", "For Amount": "50.00", "Reason": "agreed, by phone"}
    rows[1] |= {"Decision": "assign", "For Load": "L-7", "For Batch": "12", "For Count": "2"}
    first, second = read_worklist(written(rows, delimiter), name="w.csv")
    assert (first.row, first.line, first.exception, first.seen) == (2, 2, "exc-0011", "v-00112233")
    assert (first.decision, first.amount, first.reason) == ("write_off", 50_00, "agreed, by phone")
    assert (second.load, second.batch, second.count, second.amount) == ("L-7", "12", "2", None)


def test_the_workbook_comes_back_as_it_was_written() -> None:
    content = write_worklist([LINE, OTHER], "xlsx")
    assert content == write_worklist([LINE, OTHER], "xlsx")
    first, second = read_worklist(content, name="w.xlsx")
    assert (first.exception, first.decision, first.reason) == ("exc-0011", None, None)
    assert second.seen == "v-44"


def test_the_workbook_lets_only_possible_decisions_in_and_holds_no_formula() -> None:
    with zipfile.ZipFile(io.BytesIO(write_worklist([LINE, OTHER], "xlsx"))) as parts:
        text = parts.read("xl/worksheets/sheet1.xml").decode()
    assert '<formula1>"write_off,wait"</formula1>' in text
    assert text.count("<dataValidation ") == 6
    assert "<f>" not in text


def test_a_file_that_is_no_worklist_is_refused_and_every_bad_cell_named() -> None:
    with pytest.raises(FileRefusedError) as refused:
        read_worklist(b"a,b\r\n1,2\r\n", name="w.csv")
    assert refused.value.code == "unknown_layout"
    rows = sheet(write_worklist([LINE, OTHER], "csv"))
    for one in rows:
        one |= {"Decision": "wait", "For Amount": "1,5"}
    with pytest.raises(FileRefusedError) as refused:
        read_worklist(written(rows), name="w.csv")
    assert [(fault.row, fault.column) for fault in refused.value.faults] == [
        (2, "For Amount"),
        (3, "For Amount"),
    ]


def test_there_is_no_other_kind_of_file() -> None:
    with pytest.raises(UsageError):
        write_worklist([LINE], "ods")
