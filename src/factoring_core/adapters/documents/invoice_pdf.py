"""Drawing a clean freight invoice of one page."""

from factoring_core.adapters.documents.lettering import BOLD, HEIGHT, MARGIN, WIDTH, Sheet, wrapped
from factoring_core.domain.vocabulary.money import Money
from factoring_core.errors import DocumentError
from factoring_core.ports.invoice_drawer import InvoiceSheet

_MIDDLE = WIDTH / 2 + 12
_RIGHT = WIDTH - MARGIN
_LEADING = 14.0


class PdfInvoiceDrawer:
    """Draws invoices with reportlab."""

    def draw(self, sheet: InvoiceSheet) -> bytes:
        """Return the invoice as a PDF of one page; see `draw_invoice`."""
        return draw_invoice(sheet)


def draw_invoice(invoice: InvoiceSheet) -> bytes:
    """Draw *invoice* on one letter page: who is paid, who pays, for what, and how much.

    Dates are printed as year-month-day and the amount with its currency, so that no
    reader has to know our country.  The same sheet gives the same bytes.

    Raises:
        DocumentError: code ``text_unprintable`` or, for more text than a page, ``limit_exceeded``.
    """
    where = {"document": f"invoice {invoice.number}"}
    sheet = Sheet(f"Invoice {invoice.number}", where=where)
    y = HEIGHT - MARGIN - 20
    sheet.text(MARGIN, y, "FREIGHT INVOICE", font=BOLD, size=20)
    if invoice.carrier:
        y = _block(sheet, MARGIN, y - 26, "Carrier", invoice.carrier) + 8
    y = _pairs(
        sheet, y - 34, [("Invoice number", invoice.number), ("Invoice date", invoice.date.isoformat())]
    )
    top = y - 22
    y = min(
        _block(sheet, MARGIN, top, "Remit to", invoice.remit_to),
        _block(sheet, _MIDDLE, top, "Bill to", invoice.bill_to),
    )
    facts = [("Load", invoice.load_number), *invoice.references]
    facts += [("From", invoice.origin)] if invoice.origin else []
    facts += [("To", invoice.destination)] if invoice.destination else []
    facts += [("Delivered", invoice.delivered_on.isoformat())] if invoice.delivered_on else []
    y = _pairs(sheet, y - 22, facts)
    y = _charges(sheet, y - 30, invoice)
    if y < MARGIN:
        raise DocumentError(
            "The invoice holds more text than fits on one page.",
            code="limit_exceeded",
            remedy="Shorten the addresses or the references.",
            where=where,
        )
    return sheet.done()


def _pairs(sheet: Sheet, y: float, pairs: list[tuple[str, str]]) -> float:
    """Print labels and values below each other; return where the next line goes."""
    for label, value in pairs:
        label_lines = wrapped(label, size=10, width=120)
        value_lines = wrapped(value, size=10, width=_RIGHT - MARGIN - 130)
        for number in range(max(len(label_lines), len(value_lines))):
            if number < len(label_lines):
                sheet.text(MARGIN, y, label_lines[number])
            if number < len(value_lines):
                sheet.text(MARGIN + 130, y, value_lines[number])
            y -= _LEADING
    return y


def _block(sheet: Sheet, x: float, y: float, heading: str, lines: tuple[str, ...]) -> float:
    """Print an address below its heading; return where the next line goes."""
    sheet.text(x, y, heading, font=BOLD)
    for text in lines:
        for line in wrapped(text, size=10, width=_RIGHT - _MIDDLE):
            y -= _LEADING
            sheet.text(x, y, line)
    return y - _LEADING


def _charges(sheet: Sheet, y: float, invoice: InvoiceSheet) -> float:
    """Print the table with the one charge and the total; return where it ends."""
    amount = str(Money(invoice.amount, invoice.currency))
    sheet.text(MARGIN, y, "Description", font=BOLD)
    sheet.text_right(_RIGHT, y, "Amount", font=BOLD)
    sheet.rule(y - 6)
    sheet.text(MARGIN, y - 22, "Freight charges")
    sheet.text_right(_RIGHT, y - 22, amount)
    sheet.rule(y - 32)
    sheet.text(MARGIN, y - 50, "Amount due", font=BOLD, size=12)
    sheet.text_right(_RIGHT, y - 50, amount, font=BOLD, size=12)
    return y - 50
