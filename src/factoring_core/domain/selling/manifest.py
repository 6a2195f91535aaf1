"""The list that goes with a batch, written exactly as the layout says and never altered.

What a list cannot carry is found before: see `faults_of`.
"""

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import attrs
from attrs import frozen

from factoring_core.domain.selling.reasons import Reason
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.domain.vocabulary.parties import Connection, Customer, Subsidiary
from factoring_core.domain.vocabulary.profile import Known, ManifestColumn, ManifestLayout

RUN_BY_SPREADSHEETS = ("=", "+", "-", "@")
"""First characters with which a spreadsheet takes a text for a formula."""

REFERENCE_OR_DEBTOR = "reference_or_debtor_number"
"""The source of a column that holds the factor's number for the debtor unless the load names one."""

PLAIN = ManifestLayout(
    id="template/manifest/v1",
    columns=tuple(
        ManifestColumn(header=header, source=source, required=required, known=Known.OWN)
        for header, source, required in (
            ("Client Number", "client_number", False),
            ("Invoice Number", "invoice_number", True),
            ("Invoice Date", "invoice_date", True),
            ("Invoice Amount", "amount", True),
            ("Currency", "currency", True),
            ("Load Number", "load_number", True),
            ("PO Number", "po_number", False),
            ("Customer", "customer_name", True),
            ("Debtor Number", "debtor_number", False),
            ("MC Number", "customer_mc_number", False),
        )
    ),
    verified=True,
)
"""The list of a provider whose profile describes none."""


@frozen(kw_only=True)
class ManifestLine:
    """What a list can say of one invoice; blanks are empty texts, ``amount`` is cents."""

    invoice_number: str
    invoice_date: dt.date
    amount: int
    currency: str
    load_number: str
    customer_name: str
    client_number: str = ""
    debtor_number: str = ""
    po_number: str = ""
    reference_number: str = ""
    customer_mc_number: str = ""
    dot_number: str = ""
    truck_number: str = ""
    origin_city: str = ""
    origin_state: str = ""
    destination_city: str = ""
    destination_state: str = ""

    def text(self, source: str, *, date_format: str) -> str:
        """Return the cell that a column with this *source* holds."""
        if source == "amount":
            return decimal_text(self.amount)
        if source == "invoice_date":
            return self.invoice_date.strftime(date_format)
        if source == "po_or_load":
            return self.po_number or self.load_number
        if source == REFERENCE_OR_DEBTOR:
            return self.reference_number or self.debtor_number
        return str(getattr(self, source))


SOURCES = frozenset({one.name for one in attrs.fields(ManifestLine)} | {"po_or_load", REFERENCE_OR_DEBTOR})
"""Everything that a column can hold."""


def debtor_number(customer: Customer | None, connection: Connection) -> str | None:
    """Return the factor's number for *customer*, as far as it is known."""
    return None if customer is None else customer.debtor_number(connection.id, connection.provider)


def reference_number(
    load: Load, customer: Customer | None, connection: Connection, layout: ManifestLayout
) -> str | None:
    """Return the reference number that the list needs of *load*, as far as it is known.

    Where the layout says that it is the debtor's, the factor's number for the customer stands
    in for one that the load does not name.
    """
    if any(column.source == REFERENCE_OR_DEBTOR for column in layout.columns):
        return load.reference_number or debtor_number(customer, connection)
    return load.reference_number


def manifest_line(
    load: Load, customer: Customer | None, connection: Connection, subsidiary: Subsidiary
) -> ManifestLine | None:
    """Return what the list says of *load*; None before it has an invoice."""
    if load.invoice is None:
        return None
    return ManifestLine(
        invoice_number=load.invoice.number,
        invoice_date=load.invoice.date,
        amount=load.invoice.face,
        currency=load.invoice.currency,
        load_number=load.number,
        customer_name=(customer.name if customer is not None else "") or load.customer,
        client_number=connection.client_number or "",
        debtor_number=debtor_number(customer, connection) or "",
        po_number=load.po_number or "",
        reference_number=load.reference_number or "",
        customer_mc_number=(customer.mc_number if customer is not None else None) or "",
        dot_number=subsidiary.dot_number or "",
        truck_number=load.truck_number or "",
        origin_city=load.origin_city or "",
        origin_state=load.origin_state or "",
        destination_city=load.destination_city or "",
        destination_state=load.destination_state or "",
    )


@frozen(kw_only=True)
class CellFault:
    """Why one cell cannot be written.  ``mild``: it could be, and the provider may mind."""

    reason: Reason
    detail: str
    mild: bool = False


_ASKED_FOR_BY_NAME = frozenset(
    {
        "debtor_number",
        "reference_number",
        REFERENCE_OR_DEBTOR,
        "customer_mc_number",
        "dot_number",
        "truck_number",
    }
)
"""Numbers whose absence is a reason of its own, by the profile's word."""


def faults_of(layout: ManifestLayout, line: ManifestLine) -> tuple[CellFault, ...]:
    """Return what keeps *line* from being written.

    A machine reads the list, so that nothing is escaped: a text that a spreadsheet would
    run is refused instead, as are control characters and line breaks.
    """
    found = []
    for column in layout.columns:
        text = line.text(column.source, date_format=layout.date_format)
        if not text.strip():
            if column.required and column.source not in _ASKED_FOR_BY_NAME:
                blank = f"{column.header} is blank"
                mild = not column.refuses_blank
                found.append(CellFault(reason=Reason.PROVIDER_LIMIT, detail=blank, mild=mild))
            continue
        if _unwritable(text) or (column.source != "amount" and _runs(text)):
            found.append(CellFault(reason=Reason.ILLEGAL_CHARACTERS, detail=column.header))
        if column.max_length is not None and len(text) > column.max_length:
            detail = f"{column.header} takes {column.max_length} characters"
            found.append(CellFault(reason=Reason.TOO_LONG, detail=detail))
    return tuple(found)


def _unwritable(text: str) -> bool:
    """Say whether *text* holds control characters, line breaks or halves of characters."""
    return any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in text)


def _runs(text: str) -> bool:
    text = text.strip()
    return len(text) > 1 and text.startswith(RUN_BY_SPREADSHEETS)


def render(layout: ManifestLayout, lines: Iterable[ManifestLine]) -> bytes:
    """Write the list: a header and one line an invoice, UTF-8 without mark, quoted where it must be."""
    rows: list[Sequence[str]] = [[column.header for column in layout.columns]]
    for line in lines:
        rows.append([line.text(one.source, date_format=layout.date_format) for one in layout.columns])
    return "".join(",".join(map(_cell, row)) + layout.newline for row in rows).encode()


def _cell(text: str) -> str:
    """Quote a cell where a reader would otherwise see another one."""
    if any(letter in text for letter in ',"\r\n') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def cells_of(layout: ManifestLayout, content: bytes) -> list[Mapping[str, str]]:
    """Read a list that `render` wrote: the cells of each line, by header."""
    header, *lines = _records(content.decode(), layout.newline)
    return [dict(zip(header, line, strict=True)) for line in lines]


def _records(text: str, newline: str) -> Iterable[list[str]]:
    """Undo `_cell` and the joining; a text outside quotes holds neither comma nor line break."""
    record, cell, quoted, at = list[str](), "", False, 0
    while at < len(text):
        if quoted:
            end = text.index('"', at)
            cell += text[at:end]
            quoted = text[end + 1 : end + 2] == '"'
            cell += '"' if quoted else ""
            at = end + (2 if quoted else 1)
        elif text[at] == '"' and not cell:
            quoted, at = True, at + 1
        elif text[at] == ",":
            record, cell, at = [*record, cell], "", at + 1
        elif text.startswith(newline, at):
            yield [*record, cell]
            record, cell, at = [], "", at + len(newline)
        else:
            cell, at = cell + text[at], at + 1
