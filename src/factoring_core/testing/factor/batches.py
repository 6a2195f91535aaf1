"""Batches as they lie in a factor's folder: a list and its packets, loose or in an archive."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence

from attrs import frozen

from factoring_core.domain.vocabulary.money import cents_of
from factoring_core.errors import UsageError

_LIST_COLUMNS = {
    "number": ("Invoice Number", "Invoice#", "INVOICE#"),
    "date": ("Invoice Date", "InvDate", "INV_DATE"),
    "face": ("Invoice Amount", "InvAmt", "INVAMT"),
    "customer": ("Customer", "Debtor Name", "DTR_NAME"),
    "debtor_number": ("Debtor Number", "DebtorNo", "REFNO"),
    "load": ("Load Number", "Load #", "PO"),
}


@frozen(kw_only=True)
class TakenInvoice:
    """One line of a list that the factor took; ``face`` in cents."""

    number: str
    date: dt.date
    face: int
    customer: str
    load: str
    debtor_number: str = ""


@frozen(kw_only=True)
class TakenBatch:
    """What a delivered batch said of itself."""

    list_name: str
    invoices: tuple[TakenInvoice, ...]

    def invoice(self, number: str) -> TakenInvoice:
        """Return the invoice of this number; `KeyError` where the list has none."""
        return {one.number: one for one in self.invoices}[number]


def unpacked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return *files* with what is in archives in place of these.

    Raises:
        UsageError: an archive is damaged.
    """
    found: dict[str, bytes] = {}
    for name, content in files.items():
        if not name.endswith(".zip"):
            found[name] = content
            continue
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                found |= {one.filename: archive.read(one) for one in archive.infolist()}
        except zipfile.BadZipFile as damaged:
            raise UsageError(f"{name} is no archive, or not whole.") from damaged
    return found


def take_batch(files: Mapping[str, bytes]) -> TakenBatch:
    """Take a batch from what lies in the factor's folder.

    Raises:
        UsageError: there is not exactly one list, or not exactly one PDF for each of its lines.
    """
    files = unpacked(files)
    lists = [name for name in files if name.endswith(".csv")]
    if len(lists) != 1:
        raise UsageError(f"A batch has one list; here are {len(lists)}.")
    invoices = read_list(files[lists[0]])
    papers = {name for name, content in files.items() if content.startswith(b"%PDF-")}
    if papers != packet_names(invoices) or len(papers) != len(invoices):
        raise UsageError(f"{lists[0]} and the packets beside it do not name the same invoices.")
    return TakenBatch(list_name=lists[0], invoices=invoices)


def packet_names(invoices: Sequence[TakenInvoice]) -> set[str]:
    """Return what the packets of these invoices are called."""
    return {f"{one.number}.pdf" for one in invoices}


def read_list(content: bytes) -> tuple[TakenInvoice, ...]:
    """Read the list of a batch.

    Raises:
        ValueError: it is no such list, or is not whole.
    """
    return tuple(_line(row) for row in csv.DictReader(io.StringIO(content.decode("utf-8"))))


def _line(row: Mapping[str, str]) -> TakenInvoice:
    cells = {name: _cell(row, headings) for name, headings in _LIST_COLUMNS.items()}
    return TakenInvoice(
        number=cells["number"],
        date=dt.datetime.strptime(cells["date"], "%m/%d/%Y").replace(tzinfo=dt.UTC).date(),
        face=cents_of(cells["face"]),
        customer=cells["customer"],
        load=cells["load"],
        debtor_number=cells["debtor_number"],
    )


def _cell(row: Mapping[str, str], headings: Sequence[str]) -> str:
    return next((row[heading] for heading in headings if heading in row), "")
