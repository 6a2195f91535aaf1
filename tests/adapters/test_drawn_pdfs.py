"""Drawn invoices and sample papers, read with another library than the one that drew them."""

import datetime as dt
from io import BytesIO

import pypdf
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfbase import pdfmetrics

from factoring_core.adapters.documents.invoice_pdf import PdfInvoiceDrawer, draw_invoice
from factoring_core.adapters.documents.lettering import wrapped
from factoring_core.adapters.documents.samples import (
    SampleTrip,
    sample_invoice,
    sample_pdf,
    sample_pod,
    sample_rate_confirmation,
)
from factoring_core.errors import DocumentError
from factoring_core.ports.invoice_drawer import InvoiceDrawer, InvoiceSheet

SHEET = InvoiceSheet(
    number="1001",
    date=dt.date(2026, 3, 4),
    remit_to=("Peña Trucking LLC", "1 Example Road", "Laredo, TX"),
    bill_to=("Big Broker “East”",),
    load_number="L-77",
    amount=1_234_567,
    currency="USD",
    references=(("PO number", "PO-9"), ("BOL", "B-3")),
    origin="Laredo, TX",
    destination="Atlanta, GA",
    delivered_on=dt.date(2026, 3, 3),
)
TRIP = SampleTrip(
    load_number="L-77",
    invoice_number="1001",
    carrier="Peña Trucking LLC",
    customer="Big Broker",
    origin="Laredo, TX",
    destination="Atlanta, GA",
    picked_up_on=dt.date(2026, 3, 1),
    delivered_on=dt.date(2026, 3, 3),
    amount=245_000,
)


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages]


def test_an_invoice_says_everything_on_one_page() -> None:
    (text,) = pages(draw_invoice(SHEET))

    for said in [
        "FREIGHT INVOICE",
        "1001",
        "2026-03-04",
        *SHEET.remit_to,
        *SHEET.bill_to,
        "L-77",
        "PO-9",
        "B-3",
        "Laredo, TX",
        "Atlanta, GA",
        "2026-03-03",
        "12,345.67 USD",
    ]:
        assert said in text


def test_an_invoice_may_be_short() -> None:
    short = InvoiceSheet(
        number="1",
        date=dt.date(2026, 3, 4),
        remit_to=("A",),
        bill_to=("B",),
        load_number="L",
        amount=5,
        currency="CAD",
    )
    (text,) = pages(draw_invoice(short))

    assert "0.05 CAD" in text
    assert "From" not in text
    assert "Delivered" not in text


def test_the_same_sheet_gives_the_same_bytes() -> None:
    drawer: InvoiceDrawer = PdfInvoiceDrawer()

    assert drawer.draw(SHEET) == draw_invoice(SHEET)
    assert draw_invoice(SHEET) != draw_invoice(evolve(SHEET, amount=1))


def test_long_references_are_wrapped_in_full() -> None:
    wordy = (("Customer reference of the second stop", "x"), ("BOL", " ".join(f"B-{n}" for n in range(40))))
    (text,) = pages(draw_invoice(evolve(SHEET, references=wordy)))

    assert {"Customer", "reference", "of", "the", "second", "stop"} <= set(text.split())
    assert all(f"B-{n}" in text for n in range(40))


def test_more_than_a_page_is_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        draw_invoice(evolve(SHEET, references=tuple((f"Reference {n}", "x") for n in range(60))))
    assert "limit_exceeded" == caught.value.code
    assert {"document": "invoice 1001"} == caught.value.where


def test_what_cannot_be_printed_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"U\+4E2D") as caught:
        draw_invoice(evolve(SHEET, bill_to=("中",)))
    assert "text_unprintable" == caught.value.code
    assert {"document": "invoice 1001"} == caught.value.where


@settings(max_examples=100)
@given(
    text=st.text(st.sampled_from("abcdefgWi ÄÖÜéñß“”’—\n"), max_size=400),
    width=st.floats(30, 500),
)
def test_wrapping_loses_nothing_and_never_exceeds_the_width(text: str, width: float) -> None:
    lines = wrapped(text, size=10, width=width)

    assert "".join(text.split()) == "".join("".join(lines).split())
    assert all(pdfmetrics.stringWidth(line, "Vera", 10) <= width for line in lines)


def test_sample_pages_are_numbered() -> None:
    first, second = pages(sample_pdf("Title", ["line", "", "another"], pages=2))

    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in second
    assert "another" in second


def test_sample_papers_tell_one_story() -> None:
    (invoice,) = pages(sample_invoice(TRIP))
    (pod,) = pages(sample_pod(TRIP))
    confirmation = pages(sample_rate_confirmation(TRIP))

    for text in [invoice, pod, *confirmation]:
        assert "L-77" in text
        assert "Peña Trucking LLC" in text
    assert "2,450.00 USD" in invoice
    assert "2,450.00 USD" in confirmation[0]
    assert "J. Alvarez" in pod
    assert 2 == len(confirmation)
    assert sample_pod(TRIP) == sample_pod(TRIP)
