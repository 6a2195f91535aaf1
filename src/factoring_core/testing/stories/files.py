"""The files of stories: loads and reports, written row by row."""

import io
from collections.abc import Callable, Mapping
from csv import DictReader, DictWriter

Row = Mapping[str, str]


def csv(*rows: Row) -> bytes:
    """Write rows under the headings that they name."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    lines = [header, *([row.get(name, "") for name in header] for row in rows)]
    return "".join(",".join(line) + "\r\n" for line in lines).encode()


def haul(number: str, amount: str = "1000.00", **more: str) -> Row:
    """Return the row of a load with all its papers, of east and for Blue Freight unless told otherwise."""
    given = {"load_number": number, "subsidiary": "east", "customer": "blue", "amount": amount}
    papers = {"invoice_file": "invoice.pdf", "pod_file": "pod.pdf", "rate_confirmation_file": "rate.pdf"}
    lane = {"origin_city": "Austin", "origin_state": "TX", "destination_city": "Tulsa"}
    return {**given, **papers, **lane, "destination_state": "OK", "po_number": f"PO-{number}", **more}


def in_flight(number: str, status: str = "financed", **more: str) -> Row:
    """Return the row of a load that is with a factor already."""
    given = {"load_number": number, "subsidiary": "east", "customer": "blue", "amount": "1000.00"}
    invoice = {"invoice_number": f"INV-{number}", "invoice_date": "2026-02-01", "as_of": "2026-02-28"}
    return {**given, **invoice, "status": status, "connection": "east-winfactor", **more}


def payment(invoice: str, amount: str = "1000.00", **more: str) -> Row:
    """Return a row of the payment template."""
    given = {"Invoice Number": invoice, "Payment Date": "03/10/2026", "Payment Amount": amount}
    return {**given, "Check Number": "C1", "Type": "", **more}


def purchase(invoice: str, amount: str = "1000.00", **more: str) -> Row:
    """Return a row of the purchase template."""
    given = {"Invoice Number": invoice, "Purchase Date": "03/05/2026", "Invoice Amount": amount}
    return {**given, "Type": "", **more}


def filled(sheet: bytes, decide: Callable[[str], str], *, reason: str) -> bytes:
    """Return a worklist with the decision of each line by the type of its exception."""
    lines = DictReader(io.StringIO(sheet.decode("utf-8-sig"), newline=""))
    text = io.StringIO(newline="")
    writer = DictWriter(text, lines.fieldnames or ())
    writer.writeheader()
    writer.writerows({**line, "Decision": decide(line["Type"]), "Reason": reason} for line in lines)
    return text.getvalue().encode()
