"""What ought to be so, computed the slow and obvious way; it knows nothing of the fold.

The factor's ledger is the truth; a report is a part of it.  A load's standing follows from
which movements the host has been told of, and from nothing else: not their order, not how often.
"""

import datetime as dt
from collections.abc import Iterable

from attrs import define, field, frozen


@frozen
class Movement:
    """One line of the factor's ledger; ``amount`` in cents.

    ``kind``: purchase, denied, payment, bounce or chargeback.
    """

    load: str
    batch: int
    kind: str
    amount: int
    on: dt.date
    cheque: str


@define
class ModelBatch:
    """What arrived at a factor: ``known`` once the host has said so without being told by a report."""

    at: int
    connection: str
    loads: tuple[str, ...]
    known: bool = False


@define
class ModelLoad:
    """One load: ``sale`` is the batch it was last sold in, None where it was taken back since."""

    face: int
    advance: int
    invoiced: bool = False
    sale: int | None = None
    accepted: list[int] = field(factory=list)
    stated: int = 0


@frozen
class Expected:
    """What a host must show; ``open`` is None where the carrier collects, and it says nothing of it."""

    statuses: frozenset[str]
    paid: int | None
    open: int | None


@define
class Model:
    """Everything that happened."""

    loads: dict[str, ModelLoad] = field(factory=dict)
    batches: list[ModelBatch] = field(factory=list)
    ledger: list[Movement] = field(factory=list)
    reports: dict[str, frozenset[Movement]] = field(factory=dict)
    """The reports that count, by the host's id of them."""

    def arrived(self, connection: str, loads: Iterable[str]) -> ModelBatch:
        """Note that a factor holds a batch now."""
        batch = ModelBatch(at=len(self.batches), connection=connection, loads=tuple(loads))
        self.batches.append(batch)
        for number in batch.loads:
            self.loads[number].sale = batch.at
        return batch

    def told(self) -> set[Movement]:
        """Return every movement that a report which counts tells of."""
        return {one for rows in self.reports.values() for one in rows}

    def moves(self, load: str) -> list[Movement]:
        """Return the ledger's lines about the present sale of a load."""
        return [one for one in self.ledger if one.load == load and one.batch == self.loads[load].sale]

    def spoken_of(self, batch: int) -> bool:
        """Say whether a report that counts names the batch: who is named has arrived."""
        return any(one.batch == batch for one in self.told())

    def expected(self, number: str) -> Expected:
        """Say what the host must show of one load."""
        load = self.loads[number]
        if not load.invoiced:
            return Expected(frozenset({"released"}), 0, None)
        if load.sale is None:
            return Expected(frozenset({"queued"}), 0, load.face)
        batch = self.batches[load.sale]
        if not batch.known and not self.spoken_of(batch.at):
            # It is there, and the host may or may not know it yet.
            return Expected(frozenset({"queued", "invoiced"}), 0, load.face)
        return self._sold(load, [one for one in self.told() if one.load == number and one.batch == batch.at])

    def _sold(self, load: ModelLoad, rows: list[Movement]) -> Expected:
        def total(kind: str) -> int:
            return sum(one.amount for one in rows if one.kind == kind)

        bought = total("purchase") > 0
        paid = total("payment") - total("bounce")
        back = total("chargeback")
        last = max((one.on for one in rows if one.kind == "chargeback"), default=dt.date.max)
        before = sum(one.amount for one in rows if one.kind == "payment" and one.on <= last)
        bounced = total("bounce")
        if back > 0 and before - bounced == 0 and back >= (load.advance if bought else load.face):
            done = "completed" if load.stated >= load.face else "invoiced"
            return Expected(frozenset({done}), None, None)
        short = load.face - paid
        written = short if short > 0 and any(one >= short for one in load.accepted) else 0
        if not bought:
            return Expected(frozenset({"invoiced"}), paid, short - written)
        status = "completed" if short - written <= 0 else "financed"
        return Expected(frozenset({status}), paid, short - written)
