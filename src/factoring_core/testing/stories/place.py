"""Where stories are set: a carrier with five ways to its factors, and what stands around its office."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import define, evolve, field

from factoring_core.adapters.chance.seeded import SeededChance
from factoring_core.adapters.clocks.fixed import FixedClock
from factoring_core.adapters.clocks.idle import IdleTimer
from factoring_core.adapters.remote.memory import MemoryFolder
from factoring_core.adapters.remote.names import foreign
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.domain.vocabulary.packet_rules import PacketRules
from factoring_core.domain.vocabulary.parties import (
    Connection,
    Customer,
    InvoicingMethod,
    Notice,
    Protocol,
    Settings,
    SettlementPolicy,
    Severity,
    Subsidiary,
    Terms,
)
from factoring_core.ports.factor_api import FactorApi
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.report_folder import ReportFolder
from factoring_core.ports.retry import once
from factoring_core.testing.simulated_api import SimulatedApi, SimulatedSystem
from factoring_core.testing.stories.bindery import Handed, ToldBinder, ToldDrawer
from factoring_core.testing.stories.trouble import EventfulFolder, Events, NamedWorker, TimedStore, Troubles
from factoring_core.wiring.office import Office

NOON = dt.datetime(2026, 3, 2, 18, tzinfo=dt.UTC)
NOTICE = Notice(from_on=dt.date(2026, 1, 1), text="Pay to the order of Example Capital.")
TERMS = Terms(advance_rate=Decimal("0.90"), fee_rate=Decimal("0.03"), recourse_days=90, reserve_days=20)
BLIND = "blind"
"""A provider whose server can be written to and not be looked into, and that takes four pages a packet."""
FEW = PacketRules(max_pages=4)

SUBSIDIARIES = (
    Subsidiary(
        id="east",
        name="Álvarez & Søn Trucking, LLC",
        mc_number="123456",
        dot_number="7654321",
        time_zone="America/Chicago",
        invoice_prefixes=("INV",),
    ),
    Subsidiary(
        id="west",
        name="West Hauling LLC",
        invoice_number_format="W-{load_number}",
        settlement=SettlementPolicy.AS_REPORTED,
        tolerance=1_00,
        generate_invoices=True,
        preflight={"missing_rate_confirmation": Severity.WARN},
    ),
    Subsidiary(id="north", name="North Star Freight Inc", mc_number="222", dot_number="333"),
    Subsidiary(id="south", name="South Lines LLC", invoicing_method=InvoicingMethod.DIRECT),
    Subsidiary(id="isle", name="Isle Carriers LLC"),
)
CUSTOMERS = (
    Customer(
        id="blue", name="Blue Freight Brokers, Inc.", mc_number="998877", debtor_numbers={"winfactor": "D-77"}
    ),
    Customer(id="red", name="Red & Sons", invoicing_method=InvoicingMethod.DIRECT),
    Customer(id="green", name="Green Valley Growers", invoicing_method=InvoicingMethod.FACTORING),
)


def connection(id_: str, provider: str, **more: object) -> Connection:
    """Return a connection of the subsidiary that its name begins with, over a folder."""
    given: dict[str, object] = {
        "protocol": Protocol.FOLDER,
        "folder": "inbox",
        "client_number": f"C-{id_}",
        "notices": (NOTICE,),
    }
    return Connection(id=id_, subsidiary=id_.partition("-")[0], provider=provider, **{**given, **more})  # type: ignore[arg-type]


CONNECTIONS = (
    connection("east-winfactor", "winfactor", terms=TERMS, report_folder="out", report_done=".done"),
    connection("east-rts", "rts", active=False),
    connection("west-depot", "capital_depot", protocol=Protocol.MANUAL),
    connection("north-otr", "otr", protocol=Protocol.API),
    connection("south-compass", "compass"),
    connection("isle-blind", BLIND),
)


@define
class Place:
    """What an office of a story is opened over, and what stands around it.

    ``papers``: an empty folder for the loads' documents.  The office is opened with ``settings``, for
    the tenant they name; time, chance and the ways to the factors are laid over it by `settled`.
    ``profiles``: providers of the story, each as what it has otherwise than one of ours.  ``ports``:
    what else is laid over.  ``programs``: how many offices were opened.  ``gone``: those of them that are
    seen to have ended.  ``troubles``: those of the store.
    ``handed``: what the office gave to its drawer and its binder.
    ``events``: what happens when the office tells of its progress, which ``tell`` hears as well.
    """

    papers: Path
    settings: Settings = field(
        factory=lambda: Settings(
            tenant="stories", subsidiaries=SUBSIDIARIES, customers=CUSTOMERS, connections=CONNECTIONS
        )
    )
    clock: FixedClock = field(factory=lambda: FixedClock(NOON))
    timer: IdleTimer = field(factory=IdleTimer)
    chance: SeededChance = field(factory=lambda: SeededChance("stories"))
    system: SimulatedSystem = field(factory=SimulatedSystem)
    mailbox: MemoryFolder = field(factory=MemoryFolder)
    arrived: list[tuple[str, str, bytes]] = field(factory=list)
    handed: Handed = field(factory=Handed)
    profiles: dict[str, tuple[str, Mapping[str, Any]]] = field(
        factory=lambda: {BLIND: ("sunbelt", {"name": "Blind Capital", "readable": False, "packet": FEW})}
    )
    ports: dict[str, Any] = field(factory=dict)
    gone: set[str] = field(factory=set)
    troubles: Troubles = field(factory=Troubles)
    events: Events = field(factory=Events)
    tell: Callable[[str, int, int], None] | None = None
    _folders: dict[str, EventfulFolder] = field(factory=dict)
    programs: int = 0

    def __attrs_post_init__(self) -> None:
        self.mailbox.legal = foreign
        for name in ("invoice", "pod", "rate", "lumper"):
            self.paper(name)

    def paper(self, name: str, content: bytes | None = None) -> None:
        """Lay a document into the folder of papers: a page, or what is given."""
        from factoring_core.testing.machine.site import blank_page

        (self.papers / f"{name}.pdf").write_bytes(blank_page(name) if content is None else content)

    def factor(self, connection_: str) -> EventfulFolder:
        """Return the folder of the factor behind a connection."""
        if connection_ not in self._folders:

            def arrived(name: str, content: bytes) -> None:
                self.arrived.append((connection_, name, content))

            self._folders[connection_] = EventfulFolder(on_arrival=arrived)
        return self._folders[connection_]

    def time(self) -> StoreTime:
        """Tell the time by which leases end: that of the clock, and what the timer lets pass."""
        passed = (self.clock.now() - NOON).total_seconds() + self.timer.seconds()
        return StoreTime(scale="story", ms=int(passed * 1000))

    def progress(self, what: str, done: int, total: int) -> None:
        """Hear of progress."""
        if self.tell is not None:
            self.tell(what, done, total)
        self.events.called(what)

    def settled(self, office: Office) -> Office:
        """Return the office, as another program, with this place's time, chance, and ways to factors."""
        ports = office.ports
        self.programs += 1
        leave = getattr(ports.worker, "close", lambda: None)
        own = {
            id_: evolve(ports.profiles[like], id=id_, **more) for id_, (like, more) in self.profiles.items()
        }
        given: dict[str, Any] = {
            "profiles": {**ports.profiles, **own},
            "store": TimedStore(ports.store, self.time, self.troubles),
            "worker": NamedWorker(f"program {self.programs}", self.gone, leave),
            "clock": self.clock,
            "timer": self.timer,
            "chance": self.chance,
            "retry": once,
            "folder": self._folder,
            "api": self._api,
            "report_folder": self._mailbox,
            "drawer": ToldDrawer(ports.drawer, self.handed),
            "binder": ToldBinder(ports.binder, self.handed),
        }
        return office.working_with(evolve(ports, **{**given, **self.ports}))

    def _folder(self, one: Connection) -> RemoteFolder:
        return self.factor(one.id)

    def _api(self, one: Connection) -> FactorApi:
        return SimulatedApi(self.system)  # type: ignore[return-value]

    def _mailbox(self, one: Connection) -> ReportFolder:
        return self.mailbox
