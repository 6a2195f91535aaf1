"""What every reader of reports promises: every cell as it is written, or the whole file refused."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.domain.vocabulary.profile import (
    CellKind,
    EntryRule,
    EvidenceType,
    LayoutField,
    Posting,
    ReportKind,
    ReportLayout,
)
from factoring_core.errors import FileRefusedError
from factoring_core.ports.report_reader import ReportReader
from factoring_core.testing.contracts.base import Contract

LAYOUT = ReportLayout(
    id="sample/payment_report/v1",
    provider="sample",
    kind=ReportKind.PAYMENT,
    version=1,
    title_lines=3,
    total_words=("total",),
    fields=(
        LayoutField(name="invoice_number", aliases=("Invoice #",), kind=CellKind.NUMBER, required=True),
        LayoutField(name="payment_date", aliases=("Paid On",), kind=CellKind.DATE),
        LayoutField(name="payment_amount", aliases=("Paid",), kind=CellKind.AMOUNT, required=True),
        LayoutField(name="customer", aliases=("Customer",), kind=CellKind.TEXT),
    ),
    entries=(
        EntryRule(
            words=("",),
            posts=(
                Posting(
                    type=EvidenceType.PAYMENT,
                    amount=("payment_amount",),
                    date="payment_date",
                    negative=EvidenceType.PAYMENT_REVERSAL,
                    primary=True,
                ),
            ),
        ),
    ),
)
"""The layout of these promises: four columns, one of each kind that can go wrong."""

# One reader for all examples is meant; and why an example fails needs no explaining, only a small one.
SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
HEADER = ("Invoice #", "Paid On", "Paid", "Customer")
NAMES = ("C&H Freight, Inc.", "Péter és Társa Kft.", 'The "Best" Brokers', "", "Łódź Spedycja")
LINES = st.tuples(
    st.sampled_from(["1001", "INV-1001", "001001", "A/17-2", "9" * 14]),
    st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)),
    st.integers(0, 10**9),
    st.sampled_from(NAMES),
)


def table(*rows: Sequence[Any], header: Sequence[str] = HEADER, **dialect: Any) -> bytes:
    """Write a header and rows as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows([header, *rows])
    return text.getvalue().encode()


class ReportReaderContract(Contract):
    """The promises of `factoring_core.ports.report_reader`: provide the fixture ``reader``."""

    @pytest.fixture
    def reader(self) -> ReportReader:
        """Return the reader under test."""
        raise NotImplementedError

    def read(self, reader: ReportReader, content: bytes, name: str = "report.csv") -> ReportColumns:
        """Read *content* by the layout of these promises."""
        return reader.open(content, name=name).read(LAYOUT)

    def refused(self, reader: ReportReader, content: bytes) -> FileRefusedError:
        """Return the refusal of *content*."""
        with pytest.raises(FileRefusedError) as caught:
            self.read(reader, content)
        return caught.value

    @settings(max_examples=40, phases=PHASES, suppress_health_check=SHARED)
    @given(lines=st.lists(LINES, min_size=1, max_size=6))
    @example(lines=[("1001", dt.date(2026, 3, 5), cents, "") for cents in (29, 115, 435, 1_999_999_99)])
    def test_every_cell_comes_as_it_is_written(
        self, reader: ReportReader, lines: list[tuple[str, dt.date, int, str]]
    ) -> None:
        """Every row is there once, in the file's order, with cents to the cent and texts unchanged."""
        rows = [(number, f"{on:%m/%d/%Y}", decimal_text(cents), name) for number, on, cents, name in lines]
        found = self.read(reader, table(*rows))

        columns = [list(found.columns[one.name]) for one in LAYOUT.fields]
        wanted = [(number, on, cents, name) for number, on, cents, name in lines]
        flat = [tuple(row) for row in zip(*columns, strict=True)]
        assert flat == wanted
        assert list(found.rows) == list(range(2, len(lines) + 2))

    def test_equal_rows_are_rows(self, reader: ReportReader) -> None:
        """Two rows that say the same are two rows: whether they are one fact is not the reader's to say."""
        row = ("1001", "03/05/2026", "100.00", "")

        assert len(self.read(reader, table(row, row, row))) == 3

    def test_zeros_in_front_are_kept(self, reader: ReportReader) -> None:
        """An invoice number is text: its leading zeros, dashes and length are what they are."""
        numbers = ["000123", "0012-3", "12345678901234567890"]
        found = self.read(reader, table(*[(one, "", "1.00", "") for one in numbers]))

        assert list(found.columns["invoice_number"]) == numbers

    def test_an_empty_cell_is_blank_and_not_zero(self, reader: ReportReader) -> None:
        """A cell without anything in it is blank: no date, no text, and never an amount of zero."""
        found = self.read(reader, table(("1001", "", "0.00", "")))

        assert list(found.columns["payment_date"]) == [None]
        assert list(found.columns["payment_amount"]) == [0]
        self.refused(reader, table(("1001", "", "", "")))

    def test_columns_are_found_by_heading(self, reader: ReportReader) -> None:
        """Columns may stand in any order, with others between them and titles above."""
        row = {"Invoice #": "1001", "Paid On": "03/05/2026", "Paid": "99.10", "Customer": "Acme", "Note": "x"}
        header = ["Note", "Paid", "Customer", "Invoice #", "Paid On"]
        content = table([row[one] for one in header], header=header)
        found = self.read(reader, b"Receipts of March,,,,\r\n" + content)

        assert {name: list(cells) for name, cells in found.columns.items()} == {
            "invoice_number": ["1001"],
            "payment_date": [dt.date(2026, 3, 5)],
            "payment_amount": [99_10],
            "customer": ["Acme"],
        }

    def test_a_file_is_what_it_holds(self, reader: ReportReader) -> None:
        """What a file is called, and how its text is encoded, changes nothing of what it says."""
        plain = table(("1001", "03/05/2026", "1,234.50", "Péter és Társa"))
        wanted = dict(self.read(reader, plain).columns)

        for content in (plain, b"\xef\xbb\xbf" + plain, plain.decode().encode("utf-16")):
            for name in ("report.csv", "report.xlsx", "REPORT", "x.pdf"):
                assert dict(self.read(reader, content, name).columns) == wanted

    @pytest.mark.parametrize(
        "amount",
        ["12.345", "1.23457E+11", "########", "#REF!", "NaN", "12,34.00", "1O.00", "10.00 EUR?", "--1"],
    )
    def test_an_amount_that_cannot_be_read_refuses_the_file(self, reader: ReportReader, amount: str) -> None:
        """An amount is never rounded and never guessed: one that is not clear refuses the file."""
        error = self.refused(reader, table(("1001", "", "1.00", ""), ("1002", "", amount, "")))

        assert [(fault.row, fault.column) for fault in error.faults] == [(3, "Paid")]

    @pytest.mark.parametrize("number", ["1.23457E+11", "########", "#REF!"])
    def test_a_number_that_a_spreadsheet_damaged_refuses_the_file(
        self, reader: ReportReader, number: str
    ) -> None:
        """An invoice number of which digits are lost refuses the file."""
        error = self.refused(reader, table((number, "", "1.00", "")))

        assert [(fault.row, fault.column) for fault in error.faults] == [(2, "Invoice #")]

    def test_all_faults_come_at_once(self, reader: ReportReader) -> None:
        """A file with several faults is refused with all of them, in reading order."""
        content = table(("1001", "31/31/2026", "x", ""), ("", "", "1.00", ""), ("1003", "", "?", ""))
        faults = self.refused(reader, content).faults

        assert [(fault.row, fault.column) for fault in faults] == [
            (2, "Paid On"),
            (2, "Paid"),
            (3, "Invoice #"),
            (4, "Paid"),
        ]

    @pytest.mark.parametrize("cut", [1, 5, 12])
    def test_a_file_that_breaks_off_is_refused(self, reader: ReportReader, cut: int) -> None:
        """A file that ends in the middle of a row is refused, and no row of it is kept."""
        content = table(("1001", "03/05/2026", "1.00", "Acme"), ("1002", "03/05/2026", "2.00", "Acme"))

        self.refused(reader, content[: -len(b"Acme\r\n") - cut])

    def test_a_total_is_checked_and_not_counted(self, reader: ReportReader) -> None:
        """A row of totals is no row; one that differs by a cent refuses the file."""
        rows = [("1001", "", "1.10", ""), ("1002", "", "2.20", "")]

        assert len(self.read(reader, table(*rows, ("Total", "", "3.30", "")))) == 2
        self.refused(reader, table(*rows, ("Total", "", "3.31", "")))

    @pytest.mark.parametrize("content", [b"", b"\0\1\2\3" * 50, b"%PDF-1.7\nno table\n", b"PK\3\4 cut"])
    def test_what_is_no_table_is_refused(self, reader: ReportReader, content: bytes) -> None:
        """What is no table is refused, by name and without a traceback."""
        assert "report.csv" in str(self.refused(reader, content))

    def test_how_a_layout_fits_is_said(self, reader: ReportReader) -> None:
        """A file fits a layout that finds each required field once; what is missing or doubled is named."""
        rows: Iterable[tuple[bytes, tuple[str, ...], tuple[str, ...]]] = [
            (table(("1", "", "1.00", "")), (), ()),
            (table(("1", "", "x"), header=("Invoice #", "Paid On", "Note")), ("payment_amount",), ()),
            (table(("1", "2", "1.00"), header=("Invoice #", "Invoice #", "Paid")), (), ("invoice_number",)),
        ]
        for content, missing, doubled in rows:
            fit = reader.open(content, name="report.csv").fit(LAYOUT)
            assert (fit.missing, fit.doubled, fit.fits) == (missing, doubled, not (missing or doubled))
