"""A table read by a layout: typed columns, or every fault of the file with its place."""

from __future__ import annotations

import datetime as dt

import pytest
from attrs import evolve

from factoring_core.adapters.reports.header import normalised
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.vocabulary.profile import ReportLayout
from factoring_core.errors import Fault, FileRefusedError
from factoring_core.ports.report_reader import Fit, OpenedReport, ReportReader
from reports.report_files import PAYMENT_HEADER, PAYMENTS, csv_bytes, layout_of

TEMPLATE = layout_of("template/payment")
WINFACTOR = layout_of("winfactor/payment")
RTS = layout_of("rts/purchase")


def opened(*rows: list[str]) -> OpenedReport:
    reader: ReportReader = TableReportReader()
    return reader.open(csv_bytes(rows), name="r.csv")


def read(*rows: list[str], layout: ReportLayout = TEMPLATE) -> ReportColumns:
    return opened(*rows).read(layout)


def refusal(*rows: list[str], layout: ReportLayout = TEMPLATE) -> FileRefusedError:
    with pytest.raises(FileRefusedError) as caught:
        read(*rows, layout=layout)
    return caught.value


def places(error: FileRefusedError) -> list[tuple[str, int | None, str | None]]:
    return [(fault.code, fault.row, fault.column) for fault in error.faults]


def test_columns_are_typed_and_rows_and_lines_are_counted() -> None:
    found = read(PAYMENT_HEADER, *PAYMENTS)

    assert {
        "invoice_number": ["INV-1", "INV-2", "000123"],
        "payment_date": [dt.date(2026, 1, 5), dt.date(2026, 1, 6), dt.date(2026, 1, 7)],
        "payment_amount": [10000, 200050, -525],
        "check_number": ["C1", "C1", ""],
        "type": ["", "payment", "payment"],
        "closed": [None, True, False],
    } == dict(found.columns)
    assert ([2, 3, 4], [2, 3, 4]) == (list(found.rows), list(found.lines))


def test_blank_records_count_as_rows_and_titles_do_not() -> None:
    title = ["Receipts", "", "", "", "", ""]
    found = read(
        title, [], PAYMENT_HEADER, [], PAYMENTS[0], ["", "", "", "", "", ""], PAYMENTS[1], layout=WINFACTOR
    )

    assert ([3, 5], [5, 7]) == (list(found.rows), list(found.lines))


def test_a_title_above_the_header_of_a_template_is_refused() -> None:
    assert {"unknown_layout"} == {
        code for code, *_ in places(refusal(["Title"], PAYMENT_HEADER, PAYMENTS[0]))
    }


def test_a_header_without_rows_is_read_as_no_rows() -> None:
    assert 0 == len(read(PAYMENT_HEADER))


def test_every_fault_of_a_file_comes_at_once_in_reading_order() -> None:
    error = refusal(
        PAYMENT_HEADER,
        ["INV-1", "31/31/2026", "1,23.00", "C1", "gift", "perhaps"],
        ["", "", "", "", "", ""],
        ["3-Apr", "46000", "NaN", "C\x071", "", ""],
        ["", "01/05/2026", "1.00", "", "", ""],
    )

    assert [
        ("bad_date", 2, "Payment Date"),
        ("bad_amount", 2, "Payment Amount"),
        ("not_in_list", 2, "Type"),
        ("not_in_list", 2, "Closed"),
        ("resave_damage", 4, "Invoice Number"),
        ("resave_damage", 4, "Payment Date"),
        ("bad_amount", 4, "Payment Amount"),
        ("control_character", 4, "Check Number"),
        ("required", 5, "Invoice Number"),
    ] == places(error)
    assert (
        Fault(
            code="bad_date",
            message=error.faults[0].message,
            file="r.csv",
            row=2,
            line=2,
            column="Payment Date",
            excerpt="31/31/2026",
        )
        == error.faults[0]
    )


def test_the_first_thousand_faults_are_kept_and_all_are_counted() -> None:
    error = refusal(PAYMENT_HEADER, *[["A1", "x", "y", "", "", ""]] * 3000)

    assert (1000, 6000) == (len(error.faults), error.total)
    assert [("bad_date", 2), ("bad_amount", 2), ("bad_date", 3)] == [
        (fault.code, fault.row) for fault in error.faults[:3]
    ]


@pytest.mark.parametrize(
    "row", [["A1", "01/05/2026", "1.00", "C1", ""], ["A1", "01/05/2026", "1.00", "C", "", "", "x"]]
)
def test_a_row_with_another_number_of_cells_refuses_the_file(row: list[str]) -> None:
    assert [("column_count", 2, None)] == places(refusal(PAYMENT_HEADER, row, PAYMENTS[0]))


def test_a_last_row_cut_short_means_the_file_is_truncated() -> None:
    content = csv_bytes([PAYMENT_HEADER, PAYMENTS[0]]) + b"INV-2,01/06/20"

    with pytest.raises(FileRefusedError) as caught:
        TableReportReader().open(content, name="r.csv").read(TEMPLATE)

    assert {"column_count", "truncated"} == {fault.code for fault in caught.value.faults}


def test_blank_cells_beyond_the_header_do_not_count() -> None:
    assert 1 == len(read([*PAYMENT_HEADER, "", ""], [*PAYMENTS[0], "", " "]))


def test_the_header_again_in_mid_file_is_a_fault() -> None:
    error = refusal(PAYMENT_HEADER, PAYMENTS[0], PAYMENT_HEADER, PAYMENTS[1])

    assert [("second_header", 3, None)] == places(error)


def test_a_row_whose_type_is_also_a_heading_is_not_taken_for_a_second_header() -> None:
    header = ["Type", "0.00", "Invoice #", "Receipt Date", "Amount Applied"]

    assert 1 == len(read(header, ["payment", "", "A0", "01/01/2020", "0.00"], layout=WINFACTOR))


def test_the_header_of_another_export_in_mid_file_is_a_fault() -> None:
    other = ["\ufeffInvoice #", "Purchase Date", "Invoice Amount", "Customer", "", ""]

    assert ("second_header", 3, None) in places(refusal(PAYMENT_HEADER, PAYMENTS[0], other))


def test_a_report_that_always_has_a_total_is_cut_off_without_one() -> None:
    layout = evolve(WINFACTOR, total_required=True, total_count="check_number")
    rows = [[*TestTotals.HEADER], *TestTotals.ROWS]

    assert [("truncated", 3, None)] == places(refusal(*rows, layout=layout))
    assert 2 == len(read(*rows, ["Total", "", "74.50", "2"], layout=layout))
    assert [("totals_disagree", 4, "Check #")] == places(
        refusal(*rows, ["Total", "", "74.50", "3"], layout=layout)
    )


class TestTotals:
    HEADER = ("Invoice #", "Receipt Date", "Amount Applied", "Check #")
    ROWS = (["A1", "01/05/2026", "100.00", "C1"], ["A2", "01/05/2026", "(25.50)", "C1"])

    def test_a_row_of_totals_is_checked_and_not_counted(self) -> None:
        found = read([*self.HEADER], *self.ROWS, ["Grand Total:", "", "$74.50", ""], layout=WINFACTOR)

        assert 2 == len(found)
        assert ({"column": "payment_amount", "stated": 7450, "summed": 7450},) == found.control_totals

    def test_a_total_that_differs_by_a_cent_refuses_the_file(self) -> None:
        error = refusal([*self.HEADER], *self.ROWS, ["Total", "", "74.51", ""], layout=WINFACTOR)

        assert [("totals_disagree", 4, "Amount Applied")] == places(error)

    def test_a_total_that_cannot_be_read_refuses_the_file(self) -> None:
        error = refusal([*self.HEADER], *self.ROWS, ["Total", "", "########", ""], layout=WINFACTOR)

        assert [("resave_damage", 4, "Amount Applied")] == places(error)

    def test_rows_below_the_totals_are_a_fault(self) -> None:
        error = refusal([*self.HEADER], ["Total", "", "0.00", ""], *self.ROWS, layout=WINFACTOR)

        assert [("rows_after_total", 3, None), ("rows_after_total", 4, None)] == places(error)

    def test_a_customer_whose_name_begins_with_total_is_no_total(self) -> None:
        found = read(["Customer", *self.HEADER], ["Total Quality Freight", *self.ROWS[0]], layout=WINFACTOR)

        assert ["Total Quality Freight"] == list(found.columns["customer"])


class TestHeaders:
    @pytest.mark.parametrize(
        "headings",
        [
            [
                "Invoice #",
                "Invoice No.",
                "INVOICE_NUMBER",
                "invoice number",
                "InvoiceNum",
                "Invoice  No",
                "invoice-#",
            ],
            ["InvDate", "INV_DATE", "Inv Date", " inv. date "],
            ["PaidInFull", "Paid in full", "PAID IN FULL?"],
        ],
    )
    def test_spellings_of_one_heading_are_one(self, headings: list[str]) -> None:
        assert 1 == len({normalised(heading) for heading in headings})

    def test_columns_are_found_by_heading_and_never_by_place(self) -> None:
        turned = [list(reversed(row)) for row in (PAYMENT_HEADER, *PAYMENTS)]

        assert dict(read(PAYMENT_HEADER, *PAYMENTS).columns) == dict(read(*turned).columns)

    def test_unknown_columns_are_left_out_and_their_cells_never_judged(self) -> None:
        found = read([*PAYMENT_HEADER, "Weather"], [*PAYMENTS[0], "#REF!"])

        assert "weather" not in found.columns

    def test_a_missing_required_column_does_not_fit(self) -> None:
        fit = opened([*PAYMENT_HEADER[:2], "Money"], PAYMENTS[0][:3]).fit(TEMPLATE)

        assert Fit(layout=TEMPLATE, mapped=2, missing=("payment_amount",)) == fit
        assert not fit.fits

    def test_two_columns_for_one_field_do_not_fit(self) -> None:
        fit = opened([*PAYMENT_HEADER, "Invoice #"], [*PAYMENTS[0], "INV-9"]).fit(TEMPLATE)

        assert ("invoice_number",) == fit.doubled
        assert not fit.fits

    def test_the_likely_header_is_shown_for_messages(self) -> None:
        assert tuple(PAYMENT_HEADER) == opened(["Acme 2026"], PAYMENT_HEADER, PAYMENTS[0]).header


class TestRowsThatSaySomethingElse:
    HEADER = ("Invoice #", "Purchase Date", "Invoice Amount", "Status")

    def test_a_row_that_buys_nothing_needs_no_date(self) -> None:
        found = read([*self.HEADER], ["A1", "", "10.00", "Held"], layout=RTS)

        assert [None] == list(found.columns["purchase_date"])

    def test_a_row_that_buys_needs_its_date(self) -> None:
        error = refusal([*self.HEADER], ["A1", "", "10.00", "Processed"], layout=RTS)

        assert [("required", 2, "Purchase Date")] == places(error)

    def test_an_entry_of_the_account_needs_no_invoice(self) -> None:
        rows = [["Invoice #", "Receipt Date", "Amount", "Type"], ["", "01/05/2026", "15.00", "Wire Fee"]]

        assert [""] == list(read(*rows, layout=WINFACTOR).columns["invoice_number"])

    def test_a_template_always_needs_its_invoice_number(self) -> None:
        assert [("required", 2, "Invoice Number")] == places(refusal(PAYMENT_HEADER, ["", *PAYMENTS[0][1:]]))


def test_a_file_type_that_the_layout_does_not_name_is_refused() -> None:
    error = refusal(PAYMENT_HEADER, PAYMENTS[0], layout=evolve(TEMPLATE, file_types=("xlsx",)))

    assert "wrong_file_type" == error.code
