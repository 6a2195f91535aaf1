"""Golden files tell what changed; sanitized reports say nothing of whom, and are read the same way."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

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


def test_what_cannot_be_sanitized_is_said() -> None:
    book = SimulatedFactor(provider="rts", client_number="C").purchase_report(
        [], on=DAY, schedule="", name="p"
    )
    with pytest.raises(UsageError, match="workbook"):
        Sanitizer(SECRET).report(book.content, name=book.name, layout="rts/purchase")
    with pytest.raises(UsageError, match="header"):
        Sanitizer(SECRET).report(b"a,b\n1,2\n", name="x.csv", layout="rts/purchase")
    with pytest.raises(UsageError, match="secret"):
        Sanitizer("short")
