"""The ports of one worker, each call of which can be struck; behind them are the real adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from factoring_core.domain.selling.batch import Batch
from factoring_core.domain.selling.lease import Lease, StoreTime
from factoring_core.errors import DocumentError, StorageError, StoreBusyError
from factoring_core.ports.packet_binder import Packet, PacketOrder, Paper
from factoring_core.ports.storage import KnownCredential, StagedFile
from simulation.points import Point, Stroke
from simulation.strands import Violation
from usecases.desk import PlainBinder

if TYPE_CHECKING:
    from simulation.world import Worker, World

T = TypeVar("T")


class WatchedStore:
    """One worker's way to the store."""

    def __init__(self, world: World, worker: Worker) -> None:
        self._world, self._worker = world, worker

    @contextmanager
    def reading(self, tenant: str) -> Iterator[WatchedReading]:
        """Open a look."""
        step = "S27" if self._worker.phase == "S27" else "S01"
        self._world.local(self._worker, "read", "", lambda: None, step=step)
        with self._world.store.reading(tenant) as tx, self._inside():
            yield WatchedReading(tx, self._world)

    @contextmanager
    def transaction(self, tenant: str) -> Iterator[WatchedTransaction]:
        """Open a transaction; what strikes does so when it is to become durable."""
        world, worker = self._world, self._worker
        world.pause(worker)
        stroke: Stroke | None = None
        point: Point | None = None
        with world.store.transaction(tenant) as tx, self._inside():
            watched = WatchedTransaction(tx, world)
            yield watched
            if watched.wrote:
                point = world.point_of(worker, "commit", committed=tuple(watched.wrote))
                stroke = world.struck(worker, point)
                if stroke in (Stroke.ERROR, Stroke.RESET):
                    raise StorageError("The store failed.", code="store_failed")
                if stroke is Stroke.HANG:
                    world.sleep(30.0)
                    raise StoreBusyError("Another transaction kept the store for too long.")
        if point is not None:
            world.committed(worker, point, stroke)
            if stroke is Stroke.LOST:
                raise StorageError("Nobody knows whether it was made durable.", code="commit_unknown")

    def close(self) -> None:
        """Keep what is there."""

    @contextmanager
    def _inside(self) -> Iterator[None]:
        self._worker.inside += 1
        try:
            yield
        finally:
            self._worker.inside -= 1


class WatchedReading:
    """A look whose clock is the world's."""

    def __init__(self, tx: Any, world: World) -> None:
        self._tx, self._world = tx, world

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def time(self) -> StoreTime:
        """Return the world's time."""
        return StoreTime(scale="simulated", ms=int(self._world.now * 1000))


class WatchedTransaction(WatchedReading):
    """Changes, with a word for what each of them is to the protocol."""

    def __init__(self, tx: Any, world: World) -> None:
        super().__init__(tx, world)
        self.wrote: list[str] = []

    def put(self, record: Any) -> None:
        """Keep a record."""
        self._note([record])
        self._tx.put(record)

    def put_all(self, records: Iterable[Any], *, fields: Sequence[str] | None = None) -> None:
        """Keep records."""
        given = list(records)
        self._note(given)
        self._tx.put_all(given, fields=fields)

    def add_all(self, records: Iterable[Any]) -> None:
        """Add records."""
        given = list(records)
        self._note(given)
        self._tx.add_all(given)

    def remove(self, kind: type[Any], *key: Any) -> None:
        """Remove a record."""
        self._word(f"removed:{kind.__name__}")
        self._tx.remove(kind, *key)

    def _note(self, records: Sequence[Any]) -> None:
        for record in records:
            if isinstance(record, Batch):
                self._word(f"batch:{record.state.value}")
            elif isinstance(record, StagedFile):
                self._word(f"file:{record.state}")
            elif isinstance(record, Lease):
                self._word("lease:taken" if record.owner else "lease:released")
            elif isinstance(record, KnownCredential):
                self._word("login")
            else:
                self._word(type(record).__name__)

    def _word(self, word: str) -> None:
        if word not in self.wrote:
            self.wrote.append(word)


class WatchedBlobs:
    """One worker's way to the kept bytes."""

    def __init__(self, world: World, worker: Worker) -> None:
        self._world, self._worker = world, worker

    def put(self, content: bytes) -> str:
        """Keep bytes."""
        return self._call("keep", "S03", lambda: self._world.blobs.put(content))

    def get(self, sha256: str) -> bytes:
        """Return bytes."""
        return self._call("fetch", "extra", lambda: self._world.blobs.get(sha256))

    def has(self, sha256: str) -> bool:
        """Say whether they are kept."""
        return self._world.blobs.has(sha256)

    def _call(self, what: str, step: str, effect: Callable[[], T]) -> T:
        return self._world.local(self._worker, what, "", effect, step=step)


class WatchedBinder:
    """One worker's binder."""

    def __init__(self, world: World, worker: Worker) -> None:
        self._world, self._worker = world, worker
        self._binder = PlainBinder()

    def bind_all(self, orders: Iterable[PacketOrder]) -> Iterator[Packet | DocumentError]:
        """Bind packets."""
        for order in orders:
            made: list[Packet | DocumentError] = []

            def effect(order: PacketOrder = order, made: list[Packet | DocumentError] = made) -> None:
                made.extend(self._binder.bind_all([order]))

            try:
                self._world.local(self._worker, "bind", order.title, effect, step="S02")
            except StorageError:
                made = [DocumentError("The packet process ended.", code="parser_crashed")]
            yield made[0]

    def check(self, paper: Paper, **named: Any) -> None:
        """Check a paper."""
        self._binder.check(paper)


class SimulatedRetry:
    """Tries a few times, with waits that the world's time pays for."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, work: Callable[[], T], *, again: Callable[[Exception], bool], seconds: float) -> T:
        """Do *work*, at most three times."""
        end = self._world.now + seconds
        for wait in (0.5, 1.0):
            try:
                return work()
            except Exception as error:
                if not again(error) or self._world.now + wait > end:
                    raise
            self._world.sleep(wait)
        return work()


class SimulatedTimer:
    """The world's time."""

    def __init__(self, world: World) -> None:
        self._world = world

    def seconds(self) -> float:
        """Return the seconds since the world began."""
        return self._world.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._world.sleep(seconds)


class SimulatedProgram:
    """How workers know each other."""

    def __init__(self, world: World, worker: Worker) -> None:
        self._world, self._worker = world, worker

    @property
    def name(self) -> str:
        """This worker's name."""
        return self._worker.name

    def is_gone(self, name: str) -> bool:
        """Say whether a worker is dead, where that can be known."""
        return self._world.knows_deaths and self._world.workers[name].dead


def assert_outside(worker: Worker, what: str) -> None:
    """Break a law when a server is asked while the store is held: no transaction is open over the network."""
    if worker.inside:
        raise Violation(f"{worker.name} asks for {what} while it holds the store")
