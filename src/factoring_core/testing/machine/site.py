"""What stands around the host: settings, time, papers, and the servers of two factors that can break."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from attrs import define, evolve, field

from factoring_core.adapters.clocks.idle import IdleTimer
from factoring_core.adapters.remote.line import Login
from factoring_core.domain.vocabulary.parties import (
    Connection,
    Customer,
    Notice,
    Protocol,
    Settings,
    Subsidiary,
)
from factoring_core.errors import UsageError
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.retry import once
from factoring_core.ports.secrets import Secret
from factoring_core.ports.storage import Store
from factoring_core.testing.factor import TakenInvoice, read_list
from factoring_core.testing.machine.breaking import BreakingClock, BreakingStore, Commits
from factoring_core.testing.machine.host import SUBSIDIARY
from factoring_core.testing.simulated_api import KilledError
from factoring_core.testing.simulated_folder import SimulatedFolder
from factoring_core.testing.simulated_server import Fate, Request, SimulatedServer
from factoring_core.wiring.office import Office

FIRST = dt.datetime(2026, 3, 2, 18, tzinfo=dt.UTC)
CONNECTIONS = ("first", "second")
ADVANCE = Decimal("0.90")
PASSWORD = "correct-horse-battery"


@define
class Fault:
    """What becomes of the *at*-th request from now on; ``fate`` None ends the host's process there."""

    at: int
    fate: Fate | None


@define
class Arrived:
    """A list that appeared at a factor under its own name."""

    connection: str
    name: str
    invoices: tuple[TakenInvoice, ...]


@define
class Site:
    """What a host is opened with.

    ``settings``: one carrier with two factors behind SFTP, the first of them active.  ``home``: an
    empty folder for whatever the host keeps.  ``papers``: the folder with the loads' documents.
    ``tenant``: whose it is; a neighbour is opened over the same home.
    ``clock`` and ``folder`` are to be used in place of the real ones, after a crash as well, and so is
    what `breaking` makes of the store.
    """

    home: Path
    papers: Path
    tenant: str = "machine"
    clock: BreakingClock = field(factory=lambda: BreakingClock(FIRST))
    fault: Fault | None = None
    commits: Commits = field(factory=Commits)
    arrivals: list[Arrived] = field(factory=list)
    _servers: dict[str, SimulatedServer] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.papers.mkdir(parents=True, exist_ok=True)
        for kind in ("invoice", "pod", "rate"):
            (self.papers / f"{kind}.pdf").write_bytes(blank_page(kind))
        for name in CONNECTIONS:
            self._servers[name] = SimulatedServer(fate=self._fate, on_arrival=self._seen(name))

    @property
    def settings(self) -> Settings:
        """The settings."""
        carrier = Subsidiary(id=SUBSIDIARY, name="Álvarez & Søn Trucking, LLC", mc_number="123456")
        broker = Customer(id="blue", name="Blue Freight, Inc.", mc_number="998877")
        connections = tuple(_connection(name, active=name == CONNECTIONS[0]) for name in CONNECTIONS)
        return Settings(
            tenant=self.tenant, subsidiaries=(carrier,), customers=(broker,), connections=connections
        )

    @property
    def password(self) -> str:
        """The factors' password, which may appear in nothing that anybody reads."""
        return PASSWORD

    def folder(self, connection: Connection) -> RemoteFolder:
        """Open the factor's folder behind a connection."""
        return SimulatedFolder(
            self._servers[connection.id],
            connection.id,
            login=lambda: Login(username="carrier", password=Secret(PASSWORD)),
        )

    def breaking(self, store: Store) -> Store:
        """Return the store with commits of which the host's process may not live to hear."""
        return BreakingStore(store, self.commits)

    def neighbour(self) -> "Site":
        """Return the site of another tenant: the same home, papers and time, and accounts of its own."""
        return Site(home=self.home, papers=self.papers, tenant="neighbour", clock=self.clock)

    def hurried(self, office: Office) -> Office:
        """Return the office with waits that take no time and lines that are dialled once.

        Without it a broken line is dialled again after real seconds, as it ought to be in life.
        """
        return office.working_with(evolve(office.ports, timer=IdleTimer(), retry=once))

    def packets_at(self, connection: str) -> set[str]:
        """Return the names of the packets that lie at a factor."""
        return {
            name
            for name, content in self._servers[connection].files.items()
            if name.endswith(".pdf") and content
        }

    def _fate(self, request: Request) -> Fate:
        if self.fault is None:
            return Fate.SERVED
        self.fault.at -= 1
        if self.fault.at >= 0:
            return Fate.SERVED
        if self.fault.fate is Fate.REFUSED and request.verb == "login":
            return Fate.SERVED  # a credential that was refused waits for a person, not for the next try
        fate, self.fault = self.fault.fate, None
        if fate is None:
            raise KilledError
        return fate

    def _seen(self, connection: str) -> Callable[[str, bytes], None]:
        def arrived(name: str, content: bytes) -> None:
            if not name.endswith(".csv") or not content:
                return
            try:
                invoices = read_list(content)
            except (UsageError, ValueError):
                return  # written in place, and not whole yet
            self.arrivals.append(Arrived(connection=connection, name=name, invoices=invoices))

        return arrived


def blank_page(note: str) -> bytes:
    """Return a PDF of one blank page; another *note* makes it another document."""
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<<>>>>",
    )
    text, places = f"%PDF-1.4\n% {note}\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(text))
        text += f"{number} 0 obj{one}endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer<</Size 4/Root 1 0 R>>\nstartxref\n{len(text)}\n%%EOF\n"
    return f"{text}xref\n0 4\n0000000000 65535 f \n{table}{end}".encode("ascii")


def _connection(name: str, *, active: bool) -> Connection:
    return Connection(
        id=name,
        subsidiary=SUBSIDIARY,
        provider="winfactor",
        active=active,
        protocol=Protocol.SFTP,
        host="factor.example",
        username="carrier",
        credential="env:FACTOR_PASSWORD",
        host_key="SHA256:simulated",
        folder="inbox",
        client_number=f"C-{name}",
        notices=(Notice(from_on=dt.date(2026, 1, 1), text="Pay to the order of Example Capital."),),
    )
