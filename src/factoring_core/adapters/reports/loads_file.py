"""The host's loads file, read by the same machinery as reports: a layout that is data, and rows."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen

from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.own_files import own_layout
from factoring_core.domain.vocabulary.parties import InvoicingMethod
from factoring_core.domain.vocabulary.profile import CellKind
from factoring_core.ports.loads_reader import LoadRow, LoadsFile

_KINDS: Final[Mapping[CellKind, Mapping[str, tuple[str, ...]]]] = {
    CellKind.TEXT: {
        "load_number": ("Load", "Load ID"),
        "subsidiary": ("Subsidiary ID",),
        "customer": ("Customer ID", "Broker", "Debtor"),
        "customer_name": ("Broker Name", "Debtor Name"),
        "customer_mc_number": ("Customer MC", "MC Number", "MC", "Broker MC"),
        "connection": ("Connection ID",),
        "provider": ("Factoring Provider",),
        "schedule_number": ("Schedule",),
        "po_number": ("PO", "Purchase Order"),
        "reference_number": ("Ref Number", "RefNo"),
        "invoice_file": ("Invoice PDF", "Invoice Document"),
        "pod_file": ("POD", "Proof of Delivery", "POD PDF"),
        "rate_confirmation_file": ("Rate Confirmation", "Rate Con", "Rate Confirmation PDF"),
        "lumper_receipt_file": ("Lumper Receipt", "Lumper"),
        "scale_ticket_file": ("Scale Ticket", "Weight Ticket"),
        "truck_number": ("Truck",),
        "origin_city": ("From City", "Pickup City"),
        "origin_state": ("From State", "Pickup State"),
        "destination_city": ("To City", "Delivery City"),
        "destination_state": ("To State", "Delivery State"),
        "parent_load": ("Parent Load Number",),
        "supersedes": ("Supersedes Load",),
    },
    CellKind.NUMBER: {"invoice_number": ("Invoice", "Inv Number", "InvoiceNo")},
    CellKind.AMOUNT: {
        "amount": ("Invoice Amount", "Face Amount"),
        "purchased_amount": ("Amount Purchased",),
        "advanced": ("Advance", "Advance Amount", "Amount Advanced"),
        "reserve_held": ("Reserve", "Reserve Amount"),
        "fees": ("Fee", "Fee Amount"),
        "paid_amount": ("Amount Paid", "Payment Amount"),
    },
    CellKind.DATE: {
        "purchased_on": ("Purchase Date", "Date Purchased"),
        "paid_on": ("Payment Date", "Date Paid"),
        "as_of": ("As Of Date",),
        "invoice_date": ("Inv Date",),
        "delivered_on": ("Delivered", "Delivery Date", "Date Delivered"),
    },
    CellKind.WORD: {"status": ("Load Status",), "invoicing_method": ("Method",)},
    CellKind.CURRENCY: {"currency": ("Currency Code",)},
}
_WORDS: Final = {
    "status": frozenset(one.value for one in LoadStatus),
    "invoicing_method": frozenset(one.value for one in InvoicingMethod),
}

LOADS_LAYOUT: Final = own_layout(
    "host/loads/v1",
    {name: (kind, (name, *aliases)) for kind, names in _KINDS.items() for name, aliases in names.items()},
    required=("load_number", "subsidiary", "customer"),
    source="This project's file of loads.",
)
"""The columns of a loads file, in any order; a heading is the field's name or one of its aliases."""


@frozen(kw_only=True)
class TableLoadsReader:
    """Implements `ports.loads_reader.LoadsReader` for CSV files and workbooks."""

    reader: TableReportReader = field(factory=TableReportReader)

    def read(self, content: bytes, *, name: str) -> LoadsFile:
        """Read every row of *content*; columns that mean nothing here are named as warnings.

        Raises:
            FileRefusedError: it is no table of loads, or cannot be read to its end.
            LimitExceededError: larger than agreed.
        """
        opened = self.reader.open(content, name=name)
        columns, found = opened.read_with_faults(LOADS_LAYOUT, words=_WORDS)
        faults = found.first()
        faulty = {fault.row for fault in faults}
        names = list(columns.columns)
        rows, unread = [], set()
        for row, line, cells in zip(
            columns.rows, columns.lines, zip(*columns.columns.values(), strict=True), strict=True
        ):
            filled = _filled(names, cells)
            # Behind faults that are only counted, nobody knows which rows are sound.
            if row in faulty or found.total > len(faults):
                unread.add((filled.get("subsidiary", ""), filled.get("load_number", "")))
            else:
                rows.append(LoadRow(row=row, line=line, **filled))
        unknown = [f"unknown_column: {heading}" for heading in opened.match(LOADS_LAYOUT)[1].unmapped]
        return LoadsFile(
            rows=tuple(rows),
            warnings=(*columns.warnings, *unknown),
            faults=faults,
            total=found.total,
            unread=frozenset(unread),
        )


def _filled(names: list[str], cells: tuple[Any, ...]) -> dict[str, Any]:
    return {name: cell for name, cell in zip(names, cells, strict=True) if cell not in ("", None)}
