"""Composing batches of what was bound: order, numbers, files, sales and identity; nothing is written."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from attrs import evolve, field, frozen

from factoring_core.domain.selling.archive import pack, packed_order
from factoring_core.domain.selling.batch import (
    Assignment,
    Batch,
    BatchState,
    FileRole,
    Frozen,
    SealedFile,
)
from factoring_core.domain.selling.identity import (
    archive_file_name,
    batch_id,
    content_root,
    line_of,
    manifest_file_name,
    packet_file_names,
)
from factoring_core.domain.selling.manifest import PLAIN, manifest_line, render
from factoring_core.domain.selling.sale import sale_of
from factoring_core.domain.vocabulary.load import Invoice, Load
from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.domain.vocabulary.profile import Packaging, ProviderProfile
from factoring_core.usecases.days import local_time
from factoring_core.usecases.selling.examine import Desk

MOST_INVOICES = 1000
"""How many invoices a batch holds where the provider sets no limit."""


@frozen(kw_only=True)
class Bound:
    """The packet of one load as it was bound: of what, and what came of it."""

    load: Load
    connection: str
    notice: str | None
    sha256: str
    size: int
    pages: int
    notes: tuple[str, ...] = ()


@frozen(kw_only=True)
class Draft:
    """A batch that could be sealed: the batch, its sales and its manifest.

    ``archive_name``: what `archived` will call the one archive; None where the factor wants none.
    """

    batch: Batch
    sales: tuple[Assignment, ...] = field(repr=False)
    manifest: bytes = field(repr=False)
    archive_name: str | None = None


class Numbers(Protocol):
    """Where the numbers of batches come from."""

    def next(self, connection: str) -> int:
        """Return the next number of *connection*."""
        ...


class Foresight:
    """Says which numbers would be taken, and takes none."""

    def __init__(self, desk: Desk) -> None:
        self._batches = desk.book.batches.values()
        self._taken = 0

    def next(self, connection: str) -> int:
        """Return the number after the last, and after those said before."""
        self._taken += 1
        last = max((one.number for one in self._batches if one.connection == connection), default=0)
        return last + self._taken


def compose(desk: Desk, bound: Iterable[Bound], numbers: Numbers) -> tuple[Draft, ...]:
    """Make drafts of batches; who named the loads in which order does not matter."""
    connection, profile = desk.through
    invoiced = [(one.load.invoice, one) for one in bound if one.load.invoice is not None]
    invoiced.sort(key=lambda pair: (pair[0].number, pair[1].load.number))
    size = profile.max_rows or MOST_INVOICES
    return tuple(
        _compose(desk, connection, profile, invoiced[start : start + size], numbers.next(connection.id))
        for start in range(0, len(invoiced), size)
    )


def _compose(
    desk: Desk,
    connection: Connection,
    profile: ProviderProfile,
    invoiced: Sequence[tuple[Invoice, Bound]],
    number: int,
) -> Draft:
    layout = profile.manifest or PLAIN
    names = packet_file_names(invoice.number for invoice, _ in invoiced)
    packets = [
        SealedFile(
            name=names[invoice.number],
            role=FileRole.PACKET,
            size=one.size,
            sha256=one.sha256,
            load=one.load.number,
            pages=one.pages,
            notes=one.notes,
        )
        for invoice, one in invoiced
    ]
    customers = desk.book.customers
    lines = (
        manifest_line(one.load, customers.get(one.load.customer), connection, desk.subsidiary)
        for _, one in invoiced
    )
    manifest = render(layout, (line for line in lines if line is not None))
    listed = SealedFile(
        name="",
        role=FileRole.MANIFEST,
        size=len(manifest),
        sha256=hashlib.sha256(manifest).hexdigest(),
    )
    sales = [_sale(desk, connection, profile, one.load, invoice, number) for invoice, one in invoiced]
    root = content_root(
        tenant=desk.ports.tenant,
        subsidiary=desk.subsidiary.id,
        connection=connection.id,
        provider=profile.id,
        profile_version=profile.version,
        number=number,
        files=[*packets, listed],
        lines=[line_of(sale) for sale in sales],
    )
    id_ = batch_id(root)
    local = local_time(desk.now, desk.subsidiary)
    date, time = f"{local:%Y%m%d}", f"{local:%H%M%S}"
    name = manifest_file_name(layout.file_name, number=number, id_=id_, date=date, time=time)
    listed = evolve(listed, name=name)
    archive_name = None
    if profile.packaging is Packaging.ZIP:
        archive_name = archive_file_name(profile.archive_name, number=number, id_=id_, date=date, time=time)
    batch = Batch(
        id=id_,
        number=number,
        connection=connection.id,
        subsidiary=desk.subsidiary.id,
        provider=profile.id,
        profile_version=profile.version,
        state=BatchState.DRAFT,
        sealed_at=desk.now,
        sealed_on=desk.today,
        loads=tuple(one.load.number for _, one in invoiced),
        amount=sum(sale.face for sale in sales),
        currency=connection.currency,
        files=(*packets, listed),
        content_root=root,
    )
    return Draft(
        batch=batch,
        sales=tuple(evolve(sale, id=f"{id_}/{sale.load}", batch=id_) for sale in sales),
        manifest=manifest,
        archive_name=archive_name,
    )


def archived(draft: Draft, content_of: Callable[[str], bytes]) -> tuple[Draft, bytes | None]:
    """Add the one archive that some factors want, and return its bytes; the other files stay.

    Args:
        draft: What was composed.
        content_of: Returns the bytes of a packet, or of the manifest, by their hash.
    """
    if draft.archive_name is None:
        return draft, None
    files = draft.batch.files
    content = packed(files, content_of)
    archive = SealedFile(
        name=draft.archive_name,
        role=FileRole.ARCHIVE,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return evolve(draft, batch=evolve(draft.batch, files=(*files, archive))), content


def packed(files: Iterable[SealedFile], content_of: Callable[[str], bytes]) -> bytes:
    """Return the archive of *files*: those of them that belong into one."""
    return pack((file.name, content_of(file.sha256)) for file in packed_order(files))


def _sale(
    desk: Desk,
    connection: Connection,
    profile: ProviderProfile,
    load: Load,
    invoice: Invoice,
    number: int,
) -> Assignment:
    """Copy everything that matching and the fold need, as it is now."""
    subsidiary = desk.subsidiary
    sale = sale_of(
        load,
        invoice,
        connection=connection,
        customer=desk.book.customers.get(load.customer),
        subsidiary=subsidiary,
        sealed_on=desk.today,
        frozen=Frozen(
            settlement=subsidiary.settlement,
            tolerance=subsidiary.tolerance,
            terms=connection.terms,
            profile_version=profile.version,
            purchase_report=profile.purchase_report,
            usual_delay_days=profile.usual_delay_days,
        ),
    )
    return evolve(sale, batch_number=number)
