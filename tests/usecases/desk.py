"""A desk with everything on it: ports with adapters in memory, sample papers, and short ways to act."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve

from factoring_core.adapters.blobs.memory import MemoryBlobs
from factoring_core.adapters.chance.seeded import SeededChance
from factoring_core.adapters.clocks.fixed import FixedClock
from factoring_core.adapters.clocks.idle import IdleTimer
from factoring_core.adapters.documents.invoice_pdf import PdfInvoiceDrawer
from factoring_core.adapters.remote.memory import MemoryFolder
from factoring_core.adapters.reports.loads_file import TableLoadsReader
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.selling.documents import MISSING
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.domain.vocabulary.actors import EVERYBODY, Actor
from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.domain.vocabulary.load import (
    Document,
    DocumentKind,
    Invoice,
    Load,
    MethodRule,
    ResolvedMethod,
    Standing,
)
from factoring_core.domain.vocabulary.packet_rules import PacketRules
from factoring_core.domain.vocabulary.parties import (
    Connection,
    Customer,
    InvoicingMethod,
    Notice,
    Protocol,
    Settings,
    Subsidiary,
)
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import DocumentError
from factoring_core.ports.packet_binder import AS_USUAL, Packet, PacketOrder, Paper
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.retry import once
from factoring_core.ports.storage import StagedFile, Store
from factoring_core.providers.load import all_profiles, templates
from factoring_core.usecases.books import settle_books
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.apply_report import apply_report
from factoring_core.usecases.results import ReportResult

NOON = dt.datetime(2026, 3, 2, 18, tzinfo=dt.UTC)
NOTICE = Notice(from_on=dt.date(2026, 1, 1), text="Pay to the order of Example Capital.")
BILLING = Actor(name="bill", billing=True)
READER = Actor(name="rita")

EAST = Subsidiary(
    id="east", name="Acme East LLC", mc_number="123456", dot_number="7654321", invoice_prefixes=("INV",)
)
WEST = Subsidiary(id="west", name="Acme West LLC")
BLUE = Customer(id="blue", name="Blue Freight Brokers", mc_number="998877", debtor_numbers={"rts": "D-77"})

PLACE = os.environ.get("FACTORING_TEST_STORE", "memory")
"""Where desks keep their books: memory, sqlite, postgresql (a server is started), or a URL."""

DAMAGED = b"damaged"
"""A paper that `PlainBinder` refuses."""


class PlainBinder:
    """Strings papers together; fast, and as exact as the real one about what goes where."""

    def bind(
        self, papers: Sequence[Paper], *, notice: str | None, title: str, rules: PacketRules = AS_USUAL
    ) -> Packet:
        if notice is not None and "☂" in notice:
            raise DocumentError("The notice cannot be printed.", code="notice_unprintable")
        for paper in papers:
            self.check(paper)
        if not papers:
            raise DocumentError("There are no papers to bind.", code="empty_pdf")
        parts = [f"%PDF-1.7 {title}\n{notice}\n".encode(), *(paper.content for paper in papers)]
        content = b"".join(parts)
        if len(content) > rules.max_bytes:
            where = {"packet": title}
            raise DocumentError("The packet is too large.", code="file_too_large", where=where)
        return Packet(content=content, pages=len(papers))

    def bind_all(self, orders: Iterable[PacketOrder]) -> Iterator[Packet | DocumentError]:
        for order in orders:
            try:
                yield self.bind(order.papers, notice=order.notice, title=order.title, rules=order.rules)
            except DocumentError as error:
                yield error

    def check(self, paper: Paper, *, rules: PacketRules = AS_USUAL) -> None:
        if paper.content == DAMAGED:
            raise DocumentError(f"{paper.name} is damaged.", code="damaged_pdf")


class Colleague:
    """A worker, and who of the others is known to be gone."""

    def __init__(self, name: str = "first", gone: set[str] | None = None) -> None:
        self.name = name
        self.gone: set[str] = set() if gone is None else gone

    def is_gone(self, name: str) -> bool:
        return name in self.gone


def connection(id_: str = "east-winfactor", **more: Any) -> Connection:
    """Return a connection over a folder."""
    given: dict[str, Any] = {
        "subsidiary": "east",
        "provider": "winfactor",
        "protocol": Protocol.FOLDER,
        "folder": "inbox",
        "client_number": "A-17",
        "notices": (NOTICE,),
    }
    return Connection(id=id_, **{**given, **more})


def manual(id_: str = "east-depot", **more: Any) -> Connection:
    """Return a connection whose batches a person hands over."""
    return connection(id_, **{"provider": "capital_depot", "protocol": Protocol.MANUAL, **more})


def new_store(clock: Callable[[], StoreTime], place: str | None = None) -> Store:
    """Return a store in memory, or where *place* or PLACE says: sqlite, postgresql, or a URL.

    So every test at a desk can be run on every store.
    """
    place = place or PLACE
    if place == "memory":
        return MemoryStore(clock=clock)
    if place == "sqlite":
        return SqlStore(Path(tempfile.mkdtemp(prefix="desk-")) / "factoring.db", clock=clock)
    from on_postgres import OwnTenant, shared_store

    return OwnTenant(shared_store(place), clock)


class Desk:
    """One tenant's ports in memory, and what happens around them.

    Args:
        connections: Of both subsidiaries; one folder connection for east by default.
        actor: Who acts; everybody by default.
        binder: `PlainBinder` by default.
        profiles: Laid over the shipped ones.
        on_arrival: Called when a name appears in the factor's folder.
        place: Where its books are kept; as `PLACE` says by default.
        more: Further fields of `Ports`.
    """

    def __init__(
        self,
        *connections: Connection,
        actor: Actor = EVERYBODY,
        subsidiaries: Sequence[Subsidiary] = (EAST, WEST),
        customers: Sequence[Customer] = (BLUE,),
        profiles: Sequence[ProviderProfile] = (),
        on_arrival: Callable[[str, bytes], None] | None = None,
        place: str | None = None,
        **more: Any,
    ) -> None:
        self.timer = IdleTimer()
        self.store: Any = new_store(
            lambda: StoreTime(scale="desk", ms=int(self.timer.seconds() * 1000)), place
        )
        self.worker = Colleague()
        self.blobs: Any = more.get("blobs", MemoryBlobs())
        self.clock = FixedClock(NOON)
        self.folder = MemoryFolder(on_arrival=on_arrival)
        self.progress: list[tuple[str, int, int]] = []
        given: dict[str, Any] = {
            "tenant": "acme",
            "actor": actor,
            "settings": Settings(
                tenant="acme",
                subsidiaries=tuple(subsidiaries),
                customers=tuple(customers),
                connections=connections or (connection(),),
            ),
            "store": self.store,
            "blobs": self.blobs,
            "clock": self.clock,
            "timer": self.timer,
            "worker": self.worker,
            "retry": once,
            "chance": SeededChance("desk"),
            "profiles": {**all_profiles(), **{one.id: one for one in profiles}},
            "templates": templates(),
            "reports": TableReportReader(),
            "loads": TableLoadsReader(),
            "binder": PlainBinder(),
            "drawer": PdfInvoiceDrawer(),
            "folder": self._open,
            "progress": lambda *told: self.progress.append(told),
        }
        self.ports = Ports(**{**given, **more})

    def _open(self, _: Connection) -> RemoteFolder:
        return self.folder

    def killed(self) -> Ports:
        """Return the ports in the hands of another worker, who knows that the last one is gone."""
        self.worker = Colleague(f"{self.worker.name}+", {*self.worker.gone, self.worker.name})
        self.ports = evolve(self.ports, worker=self.worker)
        return self.ports

    def acting(self, actor: Actor) -> Ports:
        """Return the ports on behalf of somebody else."""
        return evolve(self.ports, actor=actor)

    def configured(self, **changes: Any) -> Ports:
        """Return the ports under changed settings, and keep them."""
        self.ports = evolve(self.ports, settings=evolve(self.ports.settings, **changes))
        return self.ports

    def paper(self, kind: DocumentKind, content: bytes) -> Document:
        """Keep one document."""
        name = f"{kind.value}.pdf"
        return Document(kind=kind, sha256=self.blobs.put(content), name=name, size=len(content))

    def papers(self, number: str) -> tuple[Document, ...]:
        """Keep the documents that every load needs."""
        return tuple(self.paper(kind, f"{number} {kind.value}\n".encode()) for kind in MISSING)

    def keep(self, *loads: Load) -> None:
        """Put loads into the store, and where they stand."""
        with self.store.transaction("acme") as tx:
            tx.put_all(loads)
            for subsidiary in {load.subsidiary for load in loads}:
                settle_books(tx, self.acting(EVERYBODY), subsidiary, cause="test")

    def queued(self, number: str = "L-1", **more: Any) -> Load:
        """Keep a queued load with an invoice and all papers; ``face`` and ``invoice`` may be given."""
        invoice = Invoice(
            number=more.pop("invoice", f"INV-{number}"),
            date=dt.date(2026, 3, 1),
            face=more.pop("face", 1000_00),
            currency=more.get("currency", "USD"),
        )
        given: dict[str, Any] = {
            "subsidiary": "east",
            "customer": "blue",
            "po_number": f"PO-{number}",
            "invoice": invoice,
            "method": ResolvedMethod(method=InvoicingMethod.FACTORING, rule=MethodRule.SUBSIDIARY_DEFAULT),
            "documents": self.papers(number),
        }
        load = Load(number=number, **{**given, **more})
        self.keep(load)
        return load

    def status(self, load: str, subsidiary: str = "east") -> str:
        """Say where a load stands."""
        with self.store.reading("acme") as tx:
            standing = tx.get(Standing, subsidiary, load)
        assert standing is not None
        return standing.status.value

    def batch(self, id_: str) -> Batch:
        """Return a batch as it is stored."""
        with self.store.reading("acme") as tx:
            batch = tx.get(Batch, id_)
        assert batch is not None
        return batch

    def batches(self) -> Sequence[Batch]:
        """Return every stored batch."""
        with self.store.reading("acme") as tx:
            return tx.find(Batch)

    def sales(self) -> Sequence[Assignment]:
        """Return every stored sale."""
        with self.store.reading("acme") as tx:
            return tx.find(Assignment)

    def journal(self) -> dict[str, str]:
        """Return where each file stands by the journal."""
        with self.store.reading("acme") as tx:
            return {row.name: row.state for row in tx.find(StagedFile)}

    def audited(self) -> list[str]:
        """Return the actions of the audit trail, in order."""
        with self.store.reading("acme") as tx:
            return [entry.action for entry in tx.find(AuditEntry)]

    def bought(self, *rows: str, name: str = "Purchase_Report.csv") -> ReportResult:
        """Apply a purchase report in the template's form; a row is ``invoice,amount``."""
        header = "Invoice Number,Purchase Date,Invoice Amount"
        lines = [f"{row.split(',')[0]},03/05/2026,{row.split(',')[1]}" for row in rows]
        content = "\r\n".join([header, *lines, ""]).encode()
        return apply_report(self.ports, content, name=name, subsidiary="east", kind="purchase")

    def names(self) -> list[str]:
        """Return what is in the factor's folder."""
        return [file.name for file in self.folder.list()]
