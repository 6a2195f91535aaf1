"""Whole files as they come, with the dirt they come with, and exactly what they say."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from factoring_core.adapters.reports.reader import TableReportReader
from reports.report_files import layout_of

GOLDEN = Path(__file__).with_name("golden")


def day(month: int, day_: int) -> dt.date:
    return dt.date(2026, month, day_)


EXPECTED: dict[str, tuple[str, list[int], list[int], dict[str, list[Any]], list[tuple[str, int]]]] = {
    "ReceiptHistoryDetail.csv": (
        "winfactor/payment",
        [2, 3, 4, 6, 7],
        [4, 5, 6, 8, 9],
        {
            "client_number": ["A-17"] * 5,
            "customer": ["Blue Freight, Inc.", "Blue Freight, Inc.", "Café Señor", "Red & Sons", ""],
            "invoice_number": ["INV-1001", "INV-1002", "000123", "INV-1003", ""],
            "invoice_date": [day(1, 2), day(1, 2), day(1, 3), day(1, 4), None],
            "invoice_amount": [123450, 50000, 9900, 70000, None],
            "check_number": ["55012", "55012", "ACH 77", "55013", "55013"],
            "payment_date": [day(2, 3), day(2, 3), day(2, 4), day(2, 5), day(2, 5)],
            "post_date": [day(2, 5), day(2, 5), day(2, 4), day(2, 7), None],
            "payment_amount": [123450, 45000, 9900, -70000, 1500],
            "type": ["payment", "partial payment", "ach", "nsf", "wire fee"],
            "closed": [True, False, True, False, None],
        },
        [("payment_amount", 109850)],
    ),
    "Purchase History Report.xlsx": (
        "rts/purchase",
        [2, 3, 4],
        [5, 6, 7],
        {
            "client_number": ["4711"] * 3,
            "batch_number": ["88"] * 3,
            "invoice_number": ["INV-2001", "2002", "INV-2003"],
            "customer": ["Blue Freight", "Red & Sons", "Green Line"],
            "po_number": ["900100", "PO-7", ""],
            "purchase_date": [day(3, 2), day(3, 2), None],
            "invoice_amount": [150000, 30, 80000],
            "advance_amount": [135000, 27, None],
            "reserve_amount": [11250, 2, None],
            "fee_amount": [3750, 1, None],
            "status": ["processed", "processed", "held"],
        },
        [("invoice_amount", 230030), ("advance_amount", 135027)],
    ),
    "Purchase_Report.csv": (
        "template/purchase",
        [2, 3, 4],
        [2, 3, 4],
        {
            "invoice_number": ["INV-3001", "INV-3002", "INV-3003"],
            "purchase_date": [day(4, 1), day(4, 1), day(4, 2)],
            "invoice_amount": [100000, 20000, 5000],
            "load_number": ["L-1", "L-2", ""],
            "po_number": ["", "P9", ""],
            "customer": ["Blue Freight", "Red & Sons", "Green Line"],
            "debtor_number": ["D-77", "", ""],
            "schedule_number": ["S-5", "S-5", ""],
            "type": ["", "purchase", "denied"],
            "purchased_amount": [100000, None, None],
            "advance_amount": [90000, 18000, None],
            "reserve_amount": [7000, 1400, None],
            "fee_amount": [3000, 600, None],
        },
        [],
    ),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_golden_file_says_exactly_this(name: str) -> None:
    layout, rows, lines, columns, totals = EXPECTED[name]

    found = TableReportReader().open((GOLDEN / name).read_bytes(), name=name).read(layout_of(layout))

    assert columns == dict(found.columns)
    assert (rows, lines) == (list(found.rows), list(found.lines))
    assert totals == [(total["column"], total["summed"]) for total in found.control_totals]
