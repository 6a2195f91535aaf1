"""Golden files tell what changed; sanitized reports say nothing of whom, and are read the same way."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import xlsxwriter
import xlwt

from factoring_core.errors import UsageError
from factoring_core.testing.factor import Bought, Collected, ReportFile, SimulatedFactor, TakenInvoice
from factoring_core.testing.golden import RECORD, check_golden, reading_of
from factoring_core.testing.sanitize import Sanitizer

DAY = dt.date(2026, 3, 2)
SECRET = "nobody will ever guess"


def invoice(number: str, face: int = 1850_25) -> TakenInvoice:
    return TakenInvoice(number=number, date=DAY, face=face, customer="Søren & Blue Freight, LLC", load="88")


def receipts(factor: str = "winfactor") -> ReportFile:
    rows = [
        Collected(invoice=invoice("INV-01001"), on=DAY, amount=1850_25, cheque="000771"),
        Collected(invoice=invoice("INV-01001"), on=DAY, amount=1850_25, cheque="000771"),
        Collected(invoice=invoice("1001"), on=DAY, amount=12_00, cheque="9", word="Chargeback"),
    ]
    return SimulatedFactor(provider=factor, client_number="C-7").payment_report(rows, until=DAY, name="r")


def test_a_golden_file_is_recorded_and_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "r.csv"
    report.write_bytes(receipts().content)
    with pytest.raises(UsageError, match="is not there"):
        check_golden(report, layout="winfactor/payment")
    monkeypatch.setenv(RECORD, "record")
    check_golden(report, layout="winfactor/payment")
    monkeypatch.delenv(RECORD)
    check_golden(report, layout="winfactor/payment")

    report.write_bytes(receipts().content.replace(b"000771", b"000772", 1))
    with pytest.raises(AssertionError) as told:
        check_golden(report, layout="winfactor/payment")
    changed = [line for line in str(told.value).splitlines() if line[0] in "+-" and line[1:2] == " "]
    assert changed == ["-  check_number: 000771", "+  check_number: 000772"]


def test_a_refused_report_has_a_golden_file_too() -> None:
    said = reading_of(
        receipts().content.replace(b"$12.00", b"twelve"), name="r.csv", layout="winfactor/payment"
    )
    assert "refused:" in said
    assert "rows:" not in said


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(UsageError, match="nowhere/payment"):
        reading_of(b"", name="r.csv", layout="nowhere/payment")


@pytest.mark.parametrize("provider", ["winfactor", "rts", "capital_depot"])
def test_a_sanitized_report_is_read_the_same_way_and_names_nobody(provider: str) -> None:
    real = receipts(provider).content
    layout = f"{'template' if provider == 'capital_depot' else provider}/payment"
    clean = Sanitizer(SECRET).report(real, name="r.csv", layout=layout)

    for word in (b"Blue", b"Freight", b"1001", b"771", b"1,850.25", b"1850.25"):
        assert word not in clean
    before, after = (reading_of(one, name="r.csv", layout=layout).splitlines() for one in (real, clean))
    assert [line.partition(":")[0] for line in before] == [line.partition(":")[0] for line in after]
    assert len(clean.splitlines()) == len(real.splitlines())
    assert clean.count(b",") >= real.count(b",")
    assert "refused" not in " ".join(after)
    numbers = [line for line in after if "invoice_number" in line]
    assert numbers[0] == numbers[1]
    assert numbers[0].split("INV-0")[-1] == numbers[2].split(": ")[-1]


def test_two_reports_stay_about_the_same_invoices() -> None:
    factor = SimulatedFactor(provider="winfactor", client_number="C-7")
    bought = factor.purchase_report([Bought(invoice=invoice("INV-01001"))], on=DAY, schedule="1", name="p")
    sanitizer = Sanitizer(SECRET)
    one = sanitizer.report(bought.content, name="p.csv", layout="winfactor/purchase")
    two = sanitizer.report(receipts().content, name="r.csv", layout="winfactor/payment")
    number = (
        reading_of(one, name="p", layout="winfactor/purchase").split("invoice_number: ")[1].split("\n")[0]
    )
    assert number.encode() in two
    assert (
        Sanitizer("another long secret").report(bought.content, name="p", layout="winfactor/purchase") != one
    )


def dirty_workbook() -> bytes:
    """Write what a person made of a report: titles, a hidden sheet, formulas, numbers as texts, a note."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"author": "Søren Blue", "company": "Blue Freight"})
        day, hidden = book.add_format({"num_format": "mm/dd/yyyy"}), book.add_worksheet("Blue Freight")
        hidden.write_row(0, 0, ["Blue Freight", 1850.25])
        hidden.hide()
        sheet = book.add_worksheet("Report")
        sheet.activate()
        sheet.set_first_sheet()
        sheet.set_header("&CBlue Freight")
        sheet.merge_range(0, 0, 0, 3, "Payments of Blue Freight, LLC through 03/02/2026")
        heads = ["Inv #", "Load #", "Debtor Name", "Date Paid", "Entry Type", "Check No.", "Amount Paid"]
        sheet.write_row(2, 0, [*heads, "Memo"])
        for at, (number, amount) in enumerate([(1001, 1850.25), (1001, 1850.25), (1002, 0.1)], start=3):
            sheet.write_number(at, 0, number)
            sheet.write_string(at, 2, "  Blue  Freight ")
            sheet.write_datetime(at, 3, dt.datetime(2026, 3, 2), day)  # noqa: DTZ001
            sheet.write_row(at, 4, ["Check", "000771", amount, 46083])
        sheet.write_string(6, 0, "INV-01003")
        sheet.write_datetime(6, 3, dt.datetime(2026, 3, 2), day)  # noqa: DTZ001
        sheet.write_row(6, 4, ["Check", "000771", "$1,850.25"])
        sheet.write_formula(6, 7, '=IF(G7>0,"Blue Freight",A7)', value="Blue Freight")
        sheet.write_formula(7, 6, "=SUM(G4:G7)", value=3700.6)
        sheet.write_comment(3, 0, "Ask Søren")
        sheet.set_row(4, None, None, {"hidden": True})
        book.define_name("Blue", "=Report!$A$1")
    return out.getvalue()


def test_a_sanitized_workbook_keeps_its_structure_and_names_nobody() -> None:
    real = dirty_workbook()
    clean = Sanitizer(SECRET).report(real, name="r.xlsx", layout="rts/payment")

    with zipfile.ZipFile(io.BytesIO(clean)) as archive:
        everything = b"".join(archive.read(one) for one in archive.namelist())
    for word in ("Blue", "Freight", "Søren", "771", "1850.25", "1,850.25", "3700.6", ">1001<", "01003"):
        assert word.encode() not in everything, word
    before, after = (sheets_of(one) for one in (real, clean))
    assert [shape for _, shape, _ in before] == [shape for _, shape, _ in after]
    assert [name == "Report" for name, _, _ in after] == [False, True]
    rows, changed = before[1][2], after[1][2]
    assert [[type(cell) for cell in row] for row in rows] == [[type(cell) for cell in row] for row in changed]
    assert changed[2] == rows[2]  # the header
    assert {row[3] for row in changed[3:7]} == {dt.date(2026, 3, 2)}
    assert changed[3][:3] == changed[4][:3] != changed[5][:3]
    factor = Decimal(str(changed[3][6])) / Decimal("1850.25")
    assert factor == int(factor) > 2
    assert Decimal(str(changed[5][6])) == Decimal("0.1") * factor
    assert changed[6][6] == f"${Decimal('1850.25') * factor:,}"
    assert changed[7][6] == float(Decimal("3700.6") * factor)
    assert changed[3][2].startswith("  ")
    assert b"SUM(G4:G7)" in everything
    assert clean == Sanitizer(SECRET).report(real, name="r.xlsx", layout="rts/payment")


def sheets_of(content: bytes) -> list[tuple[str, tuple[int, int], list[list[Any]]]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    found = []
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False)
        found.append((name, (len(rows), max(map(len, rows), default=0)), rows))
    return found


def test_a_sanitized_workbook_of_a_factor_is_read_the_same_way() -> None:
    factor = SimulatedFactor(provider="rts", client_number="C-7")
    real = factor.purchase_report([Bought(invoice=invoice("INV-01001"))], on=DAY, schedule="7001", name="p")
    clean = Sanitizer(SECRET).report(real.content, name=real.name, layout="rts/purchase")
    before, after = (
        reading_of(one, name=real.name, layout="rts/purchase").splitlines() for one in (real.content, clean)
    )
    assert [line.partition(":")[0] for line in before] == [line.partition(":")[0] for line in after]
    assert "rows: 1" in after
    assert not {line for line in before if "number" in line or "amount" in line} & {*after}


def test_what_cannot_be_sanitized_is_said() -> None:
    book = SimulatedFactor(provider="rts", client_number="C").purchase_report(
        [], on=DAY, schedule="", name="p"
    )
    with pytest.raises(UsageError, match="header"):
        Sanitizer(SECRET).report(book.content, name=book.name, layout="rts/payment")
    old = io.BytesIO()
    sheet = xlwt.Workbook()
    sheet.add_sheet("a").write(0, 0, "a")
    sheet.save(old)
    with pytest.raises(UsageError, match=r"no \.xlsx"):
        Sanitizer(SECRET).report(old.getvalue(), name="x.xls", layout="rts/payment")
    with pytest.raises(UsageError, match="header"):
        Sanitizer(SECRET).report(b"a,b\n1,2\n", name="x.csv", layout="rts/purchase")
    with pytest.raises(UsageError, match="secret"):
        Sanitizer("short")
