"""Small papers of an invented haulage, for examples and demonstrations."""

import datetime as dt

from attrs import frozen

from factoring_core.adapters.documents.invoice_pdf import draw_invoice
from factoring_core.adapters.documents.lettering import BOLD, HEIGHT, ITALIC, MARGIN, WIDTH, Sheet, wrapped
from factoring_core.domain.vocabulary.money import Money
from factoring_core.ports.invoice_drawer import InvoiceSheet

_LEADING = 15.0


@frozen(kw_only=True)
class SampleTrip:
    """One invented haulage; ``amount`` in cents."""

    load_number: str
    invoice_number: str
    carrier: str
    customer: str
    origin: str
    destination: str
    picked_up_on: dt.date
    delivered_on: dt.date
    amount: int
    currency: str = "USD"
    po_number: str = "PO-4471"
    signed_by: str = "J. Alvarez"


def sample_pdf(title: str, lines: list[str], pages: int = 1) -> bytes:
    """Draw *title* and *lines* on each of *pages* pages, numbered; the same call gives the same bytes."""
    sheet = Sheet(title)
    for page in range(1, pages + 1):
        if page > 1:
            sheet.next_page()
        _page(sheet, title, lines)
        sheet.text_right(WIDTH - MARGIN, MARGIN / 2, f"Page {page} of {pages}", size=8)
    return sheet.done()


def sample_invoice(trip: SampleTrip) -> bytes:
    """Draw the carrier's invoice."""
    return draw_invoice(
        InvoiceSheet(
            number=trip.invoice_number,
            date=trip.delivered_on + dt.timedelta(days=1),
            remit_to=(trip.carrier, "100 Example Road", trip.origin),
            bill_to=(trip.customer, "200 Sample Avenue", trip.destination),
            load_number=trip.load_number,
            amount=trip.amount,
            currency=trip.currency,
            references=(("PO number", trip.po_number),),
            origin=trip.origin,
            destination=trip.destination,
            delivered_on=trip.delivered_on,
        )
    )


def sample_rate_confirmation(trip: SampleTrip) -> bytes:
    """Draw the customer's rate confirmation, of two pages as they tend to be."""
    lines = [
        f"Customer: {trip.customer}",
        f"Carrier: {trip.carrier}",
        f"Load {trip.load_number}, customer reference {trip.po_number}",
        f"Pick-up: {trip.origin}, {trip.picked_up_on.isoformat()}",
        f"Delivery: {trip.destination}, {trip.delivered_on.isoformat()}",
        "Equipment: 53 ft dry van; commodity: general freight, 22 pallets",
        f"Agreed rate, all in: {Money(trip.amount, trip.currency)}",
        "",
        "The carrier sends a signed proof of delivery with the invoice. The rate includes fuel.",
    ]
    return sample_pdf("RATE CONFIRMATION", lines, pages=2)


def sample_pod(trip: SampleTrip) -> bytes:
    """Draw a bill of lading that the receiver has signed."""
    sheet = Sheet(f"Proof of delivery {trip.load_number}")
    y = _page(
        sheet,
        "BILL OF LADING AND PROOF OF DELIVERY",
        [
            f"Load {trip.load_number}, {trip.po_number}",
            f"Carrier: {trip.carrier}",
            f"Shipped from: {trip.origin}, {trip.picked_up_on.isoformat()}",
            f"Delivered to: {trip.destination}",
            "22 pallets, general freight, 38,400 lb. Seal intact.",
            "Received in good order:",
        ],
    )
    _signature(sheet, MARGIN + 16, y - 48)
    sheet.rule(y - 56, right=MARGIN + 220)
    sheet.text(
        MARGIN, y - 70, f"{trip.signed_by}, receiver, {trip.delivered_on.isoformat()}", font=ITALIC, size=9
    )
    return sheet.done()


def _page(sheet: Sheet, title: str, lines: list[str]) -> float:
    """Print a heading and *lines*; return where the next line goes."""
    y = HEIGHT - MARGIN - 16
    sheet.text(MARGIN, y, title, font=BOLD, size=16)
    sheet.rule(y - 10)
    y -= 34
    for text in lines:
        for line in wrapped(text, size=10, width=WIDTH - 2 * MARGIN) or [""]:
            sheet.text(MARGIN, y, line)
            y -= _LEADING
    return y


def _signature(sheet: Sheet, x: float, y: float) -> None:
    """Draw a line that looks like somebody's name in ink."""
    canvas = sheet.canvas
    canvas.saveState()
    canvas.setStrokeColorRGB(0.05, 0.1, 0.45)
    canvas.setLineWidth(1.4)
    stroke = canvas.beginPath()
    stroke.moveTo(x, y)
    for step in range(6):
        left = x + 26 * step
        height = (34, 12, 22, 9, 16, 6)[step]
        stroke.curveTo(left + 6, y + height, left + 18, y + height * 0.8, left + 12, y - 4)
        stroke.curveTo(left + 10, y - 10, left + 22, y - 2, left + 26, y + 2)
    stroke.curveTo(x + 170, y + 8, x + 120, y - 14, x + 20, y - 6)
    canvas.drawPath(stroke, stroke=1, fill=0)
    canvas.restoreState()
