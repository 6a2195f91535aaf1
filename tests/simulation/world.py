"""One small world: a carrier's store, its workers, a factor's server, and trouble where it is asked for."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from attrs import define, field, frozen

from factoring_core.adapters.blobs.memory import MemoryBlobs
from factoring_core.adapters.chance.seeded import SeededChance
from factoring_core.adapters.documents.invoice_pdf import PdfInvoiceDrawer
from factoring_core.adapters.remote.line import Login
from factoring_core.adapters.reports.loads_file import TableLoadsReader
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.domain.selling.batch import Batch
from factoring_core.domain.vocabulary.actors import EVERYBODY
from factoring_core.domain.vocabulary.profile import Packaging
from factoring_core.errors import StorageError
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.secrets import Secret
from factoring_core.testing.simulated_folder import SimulatedFolder
from factoring_core.testing.simulated_server import (
    FTP,
    FTPS,
    SFTP,
    SFTP_PLAIN,
    Fate,
    Manners,
    Request,
    SimulatedServer,
)
from factoring_core.usecases.ports import Ports
from simulation import laws, mount
from simulation.base import Start, beginning, postgresql_anew, sqlite_anew
from simulation.factor import Factor, Taking
from simulation.points import REMOTE, Point, Stroke
from simulation.strands import Killed, Strands
from simulation.watched import (
    SimulatedProgram,
    SimulatedRetry,
    SimulatedTimer,
    WatchedBinder,
    WatchedBlobs,
    WatchedStore,
    assert_outside,
)
from usecases.desk import NOON

T = TypeVar("T")

TENANT = "acme"
TICK = 0.002
"""Seconds that one call takes."""

PLACES: dict[str, Manners | None] = {
    "sftp": SFTP,
    "sftp-plain": SFTP_PLAIN,
    "ftps": FTPS,
    "ftp": FTP,
    "folder": None,
}
"""Ways to the factor; a folder is the real one, on a file system in memory."""

_FATES = {
    None: Fate.SERVED,
    Stroke.ERROR: Fate.REFUSED,
    Stroke.LOST: Fate.UNANSWERED,
    Stroke.HANG: Fate.SILENT,
    Stroke.KILL_AFTER: Fate.SERVED,
    Stroke.RESET: Fate.BROKEN,
    Stroke.LATE: Fate.LATE,
}


@frozen(kw_only=True)
class Scene:
    """What a world is like."""

    place: str = "sftp"
    taking: Taking = Taking.KEEPS
    start: Start = field(factory=Start)
    sqlite: bool = False
    postgresql: bool = False

    def __str__(self) -> str:
        return "-".join(
            [
                self.place,
                self.taking.name.lower(),
                *(["sqlite"] if self.sqlite else []),
                *(["postgresql"] if self.postgresql else []),
                *(["swept"] if self.start.swept else []),
                *(["zip"] if self.start.packaging is Packaging.ZIP else []),
            ]
        )


@define(eq=False)
class Worker:
    """One running program of the carrier.

    ``inside``: how many looks at the store, or transactions, are open.  ``phase``: which step a
    look at the server belongs to.
    """

    name: str
    dead: bool = False
    inside: int = 0
    phase: str = "S13"
    folder: Any = None
    last: tuple[Point, Stroke | None] | None = None
    login: Callable[[], Login] = field(default=lambda: Login(username="carrier"))


class WorldClock:
    """Wall time, which may jump, and by which nothing may be decided."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.ahead = dt.timedelta()

    def now(self) -> dt.datetime:
        """Return the present instant."""
        return NOON + dt.timedelta(seconds=self._world.now) + self.ahead


def nothing(point: Point) -> Stroke | None:
    """Strike never."""
    return None


class World:
    """Everything outside the use cases, watched; a context manager.

    Args:
        scene: What it is like.
        strike: Asked at every point what strikes there.
        strands: Where several workers take turns.
        switch: How likely another worker goes on, at every point.
    """

    def __init__(
        self,
        scene: Scene,
        *,
        strike: Callable[[Point], Stroke | None] = nothing,
        strands: Strands | None = None,
        switch: float = 0.0,
    ) -> None:
        begun = beginning(scene.start)
        self.scene, self.strike, self.strands, self.switch = scene, strike, strands, switch
        self.loads, self.settings = begun.loads, begun.settings
        self.blobs = MemoryBlobs()
        self.blobs._kept = dict(begun.kept)
        self.clock = WorldClock(self)
        self.log: list[str] = []
        self.steps: set[str] = set()
        self.workers: dict[str, Worker] = {}
        self.programs = 0
        self.credential = 1
        self.rejected: set[int] = set()
        self.knows_deaths = True
        self._seconds = 0.0
        self._alone: Worker | None = None
        self.store: Any
        if scene.sqlite:
            self.store = sqlite_anew(scene.start)
        elif scene.postgresql:
            self.store = postgresql_anew(scene.start)
        else:
            self.store = MemoryStore()
            self.store._tenants = begun.tenants
        self.factor = Factor(scene.taking, self)
        manners = PLACES[scene.place]
        self.server: Any = (
            mount.WatchedMount(self)
            if manners is None
            else SimulatedServer(
                manners=manners,
                fate=self.fate,
                done=self.served,
                between=self._amid,
                on_arrival=self.factor.arrival,
                wait=self.sleep,
                accepts=lambda client: self.credential not in self.rejected,
            )
        )

    def __enter__(self) -> Self:
        if isinstance(self.server, mount.WatchedMount):
            mount.watch(self.server)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(self.server, mount.WatchedMount):
            mount.watch(None)
            self.server.close()

    # Workers

    def ports(self, name: str) -> Ports:
        """Return the outside world of a new worker, which is the running one from now on."""
        worker = self.workers[name] = Worker(name)
        self.programs += 1
        worker.login = lambda: Login(username=f"carrier-{self.credential}", password=Secret("simulated"))
        self._alone = worker
        profiles = {"sim": self.scene.start.profile}
        return Ports(
            tenant=TENANT,
            actor=EVERYBODY,
            settings=self.settings,
            store=WatchedStore(self, worker),
            blobs=WatchedBlobs(self, worker),
            clock=self.clock,
            timer=SimulatedTimer(self),
            worker=SimulatedProgram(self, worker),
            retry=SimulatedRetry(self),
            chance=SeededChance(f"{name} {self.programs}"),
            profiles=profiles,
            templates=(),
            reports=_READER,
            loads=_LOADS,
            binder=WatchedBinder(self, worker),
            drawer=_DRAWER,
            folder=lambda connection: self._open(worker),
        )

    def worker(self) -> Worker:
        """Return the worker that runs now."""
        if self.strands is not None and self.strands.running:
            return self.workers[self.strands.running]
        assert self._alone is not None
        return self._alone

    def _open(self, worker: Worker) -> RemoteFolder:
        if worker.folder is None:
            if isinstance(self.server, mount.WatchedMount):
                worker.folder = self.server.folder()
            else:
                worker.folder = MarkedFolder(self.server, worker.name, login=worker.login)
        opened: RemoteFolder = worker.folder
        return opened

    # Time

    @property
    def now(self) -> float:
        """Seconds since the world began; they never go back."""
        return self._seconds if self.strands is None else self.strands.now

    def sleep(self, seconds: float) -> None:
        """Let time pass; others go on meanwhile, unless the store is held."""
        if self.strands is None:
            self._seconds += seconds
        elif self.worker_may_switch():
            self.strands.sleep(seconds)
        else:
            self.strands.now += seconds

    def worker_may_switch(self) -> bool:
        """Say whether the running worker holds nothing that another would wait for."""
        return self.strands is not None and bool(self.strands.running) and not self.worker().inside

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Let nobody else go on meanwhile."""
        worker = self.worker()
        worker.inside += 1
        try:
            yield
        finally:
            worker.inside -= 1

    def _tick(self) -> None:
        if self.strands is None:
            self._seconds += TICK
        else:
            self.strands.now += TICK

    # Points

    def point_of(
        self, worker: Worker, what: str, name: str = "", *, step: str = "", committed: tuple[str, ...] = ()
    ) -> Point:
        """Name a call of a worker."""
        return Point(
            worker=worker.name,
            what=what,
            name=name,
            step=step or _commit_step(committed),
            committed=committed,
        )

    def note(self, line: str) -> None:
        """Write a line into the log, by which runs are compared."""
        self.log.append(f"{self.now:.3f} {line}")

    def pause(self, worker: Worker) -> None:
        """Let others go on, where there are any; the dead do nothing any more."""
        if worker.dead:
            raise Killed
        self._tick()
        if self.strands is not None and not worker.inside:
            self.strands.maybe_switch(self.switch)
        if worker.dead:
            raise Killed

    def struck(self, worker: Worker, point: Point) -> Stroke | None:
        """Return what strikes at a point; a death before it is raised here."""
        if worker.dead:
            raise Killed
        stroke = self.strike(point)
        self.note(f"{point}{'' if stroke is None else f' !! {stroke.name}'}")
        self.steps.update(point.step.split("/"))
        if stroke is Stroke.KILL_BEFORE:
            self.kill(worker)
        return stroke

    def kill(self, worker: Worker) -> None:
        """End a worker here and now."""
        worker.dead = True
        self.note(f"{worker.name} is killed")
        raise Killed

    def local(self, worker: Worker, what: str, name: str, effect: Callable[[], T], *, step: str) -> T:
        """Let a call inside the worker's own process meet its fate."""
        self.pause(worker)
        stroke = self.struck(worker, self.point_of(worker, what, name, step=step))
        if stroke is not None and stroke is not Stroke.KILL_AFTER:
            raise StorageError("It failed.", code="store_failed")
        result = effect()
        if stroke is Stroke.KILL_AFTER:
            self.kill(worker)
        return result

    def committed(self, worker: Worker, point: Point, stroke: Stroke | None) -> None:
        """Look at the laws after a commit; a death after it is raised here."""
        if "file:publishing" in point.committed:
            worker.phase = "S21"
        if "batch:delivered" in point.committed:
            worker.phase = "S27"
        if not _SILENT.issuperset(point.committed):
            laws.check(self)
        if stroke is Stroke.KILL_AFTER:
            self.kill(worker)
        self.pause(worker)

    def fate(self, asked: Request) -> Fate:
        """Decide about one request at the server."""
        worker = self.workers[asked.client]
        assert_outside(worker, asked.verb)
        self.pause(worker)
        step = REMOTE.get(asked.verb, worker.phase if asked.verb == "find" else "extra")
        if asked.verb == "sync":
            step = "S21" if worker.phase == "S22" else "S17"
        if asked.verb == "close" or (asked.verb == "sync" and worker.phase == "S13"):
            worker.phase = "S18"
        if asked.verb == "rename":
            worker.phase = "S22"
        point = self.point_of(worker, asked.verb, asked.name, step=step)
        stroke = self.struck(worker, point)
        worker.last = (point, stroke)
        if asked.verb == "login":
            self._log_in(stroke)
            return Fate.SERVED if stroke is Stroke.ERROR else _FATES[stroke]
        return _FATES[stroke]

    def serve_late(self) -> None:
        """Let the server do the oldest of what its clients have given up."""
        before = set(self.server.files)
        self.server.serve_late(0)
        for name in before - set(self.server.files):
            self.factor.taken_back(name)

    def served(self, asked: Request) -> None:
        """Go on after a request was served; a death after it is raised here."""
        worker = self.workers[asked.client]
        if asked.verb in ("remove", "unlink"):
            self.factor.taken_back(asked.name)
        if asked.verb == "rename":
            laws.check(self)
        if worker.last is not None and worker.last[1] is Stroke.KILL_AFTER:
            self.kill(worker)

    def _amid(self, asked: Request) -> None:
        """Let others go on amid a renaming of two steps; for the dead, the server does the rest alone."""
        client = self.workers[asked.client]
        if not client.dead:
            self.pause(client)

    def _log_in(self, stroke: Stroke | None) -> None:
        if stroke is Stroke.ERROR:
            self.rejected.add(self.credential)

    def batches(self) -> Sequence[Batch]:
        """Return every batch, as committed."""
        with self.store.reading(TENANT) as tx:
            found: Sequence[Batch] = tx.find(Batch)
        return found


class MarkedFolder(SimulatedFolder):
    """A simulated folder whose credential is recognised at once: the real mark is slow on purpose."""

    def credential_mark(self, salt: str) -> str:
        """Return the name of the credential, hashed once."""
        return hashlib.sha256(f"{salt}{self._login().username}".encode()).hexdigest()


def _commit_step(committed: tuple[str, ...]) -> str:
    """Name the steps of the protocol that one transaction is."""
    # Every record renews the lease; a transaction that does nothing else takes it.
    alone = set(committed) == {"lease:taken"}
    steps = ["S05"] if alone else [step for word, step in _COMMITS if word in committed]
    return "/".join(dict.fromkeys(steps)) or "extra"


_COMMITS = (
    ("batch:sealed", "S04"),
    ("batch:sending", "S06"),
    ("file:planned", "S14"),
    ("file:staged", "S19"),
    ("file:publishing", "S20"),
    ("file:published", "S23"),
    ("batch:delivered", "S24"),
    ("lease:released", "S26"),
    ("Subscription", "S29"),
)
_FILE_STATES = ("planned", "staged", "publishing", "published", "abandoned", "revoked")
_SILENT = frozenset(
    (
        *("lease:taken", "lease:released", "AuditEntry", "login", "Subscription"),
        "removed:StagedFile",
        *(f"file:{state}" for state in _FILE_STATES),
    )
)
"""Records of which no law speaks."""

_READER, _LOADS, _DRAWER = TableReportReader(), TableLoadsReader(), PdfInvoiceDrawer()
