"""One defect, one small file, one answer: refused whole, with the code and the place."""

from __future__ import annotations

import datetime as dt

import pytest

from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.errors import FileRefusedError
from reports.report_files import PAYMENT_HEADER, PAYMENTS, csv_bytes, layout_of, xlsx_bytes

GOOD = csv_bytes([PAYMENT_HEADER, *PAYMENTS])
DAY = dt.date(2026, 1, 5)


def changed(old: str, new: str) -> bytes:
    content = GOOD.decode()
    assert old in content
    return content.replace(old, new, 1).encode()


ONE_DEFECT = {
    "an amount with a comma as decimal mark": (changed("100.00", '"1.234,56"'), "bad_amount", 2),
    "an amount that is not a number": (changed("100.00", "NaN"), "bad_amount", 2),
    "an amount with an exponent": (changed("100.00", "1e400"), "bad_amount", 2),
    "an amount with an underscore": (changed("100.00", "1_000"), "bad_amount", 2),
    "an amount in other digits": (changed("100.00", "١٢٣"), "bad_amount", 2),
    "an amount with its minus at the end": (changed("100.00", "5-"), "bad_amount", 2),
    "an amount in parentheses": (changed("100.00", "(5.00)"), "bad_amount", 2),
    "an amount grouped wrongly": (changed("100.00", '"1,23,456.00"'), "bad_amount", 2),
    "an amount with three decimals": (changed("100.00", "10.005"), "bad_amount", 2),
    "an amount above every limit": (changed("100.00", "99999999999.00"), "bad_amount", 2),
    "an amount of ten thousand digits": (changed("100.00", "9" * 10_000), "too_long", 2),
    "an amount that is missing": (changed("100.00", ""), "required", 2),
    "an amount that a formula lost": (changed("100.00", "#REF!"), "resave_damage", 2),
    "an amount in a narrow column": (changed("100.00", "########"), "resave_damage", 2),
    "a day that does not exist": (changed("01/05/2026", "2026-02-30"), "bad_date", 2),
    "a month that does not exist": (changed("01/05/2026", "31/12/2026"), "bad_date", 2),
    "a year of two digits": (changed("01/05/2026", "01/05/26"), "bad_date", 2),
    "a serial number for a date": (changed("01/05/2026", "46027"), "resave_damage", 2),
    "an invoice number turned into a date": (changed("INV-1", "3-Apr"), "resave_damage", 2),
    "an invoice number in scientific notation": (changed("INV-1", "1.23457E+11"), "resave_damage", 2),
    "an invisible letter in an invoice number": (changed("INV-1", "INV\u200b-1"), "bad_invoice_number", 2),
    "a formula for an invoice number": (changed("INV-1", "=cmd|x"), "bad_invoice_number", 2),
    "a replacement character": (changed("C1", "C\ufffd1"), "encoding_damage", 2),
    "a text decoded twice": (changed("C1", "CafÃ©"), "resave_damage", 2),
    "a control character": (changed("C1", "C\x071"), "control_character", 2),
    "a type that is not in the list": (changed("payment", "present"), "not_in_list", 3),
    "a cell too many": (changed("C1,,", "C1,,,x"), "column_count", 2),
    "a cell too few": (changed("C1,,", "C1,"), "column_count", 2),
    "two exports in one file": (GOOD + GOOD, "second_header", 5),
    "a text for a date in a workbook": (
        xlsx_bytes([PAYMENT_HEADER, ["INV-1", "01/05/2026", 1.0, "C1"]]),
        "bad_date",
        2,
    ),
    "a date for an invoice number in a workbook": (
        xlsx_bytes([PAYMENT_HEADER, [DAY, DAY, 1.0, "C1"]]),
        "resave_damage",
        2,
    ),
    "half a cent in a workbook": (xlsx_bytes([PAYMENT_HEADER, ["INV-1", DAY, 1.005, "C1"]]), "bad_amount", 2),
}


@pytest.mark.parametrize("defect", ONE_DEFECT)
def test_a_file_with_one_defect_is_refused_for_it(defect: str) -> None:
    content, code, row = ONE_DEFECT[defect]

    with pytest.raises(FileRefusedError) as caught:
        TableReportReader().open(content, name="r").read(layout_of("template/payment"))

    assert (code, row) == (caught.value.faults[0].code, caught.value.faults[0].row)
    assert all(len(fault.excerpt or "") <= 40 for fault in caught.value.faults)


def test_the_file_without_defects_is_read() -> None:
    assert 3 == len(TableReportReader().open(GOOD, name="r").read(layout_of("template/payment")))
