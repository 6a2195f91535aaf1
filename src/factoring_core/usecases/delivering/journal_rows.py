"""Rows of the delivery journal: planned, to be claimed, given up."""

from attrs import evolve

from factoring_core.domain.selling.batch import Batch, SealedFile
from factoring_core.domain.selling.delivery import Journal, Way
from factoring_core.domain.selling.identity import temp_file_name
from factoring_core.errors import StateError
from factoring_core.ports.storage import StagedFile, Transaction
from factoring_core.usecases.naming import batch_name
from factoring_core.usecases.ports import Ports

ABANDONED = "abandoned"
"""A temp that can never be published; the journal keeps its name until it is removed."""

REVOKED = "revoked"
"""A temp that was whole when a person settled the batch: to be moved away before anything is published."""

LYING = "lying"
"""A packet under its own name that a cancelling is to remove; forgotten when the batch is sent after all."""

STRAY = (ABANDONED, REVOKED, LYING)

WHOLE = (Journal.STAGED.value, Journal.PUBLISHING.value, REVOKED)

_TOKEN_BYTES = 8


def reset(tx: Transaction, batch: Batch, *, ours: bool = False) -> None:
    """Forget how far a batch came, because it is to be sent anew; temps stay known.

    One that was whole may be in the hands of a worker that sleeps, and has to be moved away from
    it before the batch is sent again; unless all are *ours*, because that has been done.
    """
    for row in tx.find(StagedFile, batch=batch.id):
        if row.state not in STRAY:
            tx.remove(StagedFile, batch.id, row.name)
            if row.temp_name:
                asleep = row.state in WHOLE and not ours
                tx.put(evolve(abandoned(row), state=REVOKED if asleep else ABANDONED))


def planned(ports: Ports, row: StagedFile, epoch: int, way: Way = Way.RENAMING) -> StagedFile:
    """Plan a file, under a temp name never used before where there is one."""
    temp = "" if way is Way.DIRECT else _temp(ports, row.name, epoch)
    return evolve(row, state=Journal.PLANNED.value, temp_name=temp, epoch=epoch, earlier=())


def never_published(row: StagedFile, way: Way) -> bool:
    """Say whether a file cannot have been published where nobody can look: it was not begun."""
    return way is Way.BLIND and row.state == Journal.STAGED.value


def begun_otherwise(batch: Batch) -> StateError:
    """Say that a batch is half sent in another way than the settings now ask for."""
    name = batch_name(batch)
    return StateError(
        f"Batch {name} was begun in another way than the settings now say.",
        code="begun_otherwise",
        remedy="Set non_atomic back and run `factoring resume`, or cancel the batch.",
        where={"batch": name, "connection": batch.connection},
    )


def to_claim(ports: Ports, row: StagedFile, epoch: int) -> StagedFile:
    """Plan the name to which the temp of an earlier attempt is to be moved."""
    temp = _temp(ports, row.name, epoch)
    return evolve(row, temp_name=temp, epoch=epoch, earlier=(*row.earlier, row.temp_name))


def _temp(ports: Ports, name: str, epoch: int) -> str:
    return temp_file_name(name, epoch=epoch, token=ports.chance.token(_TOKEN_BYTES))


def abandoned(row: StagedFile) -> StagedFile:
    """Return the row of a temp that nobody needs, under its own name."""
    return evolve(row, name=row.temp_name, state=ABANDONED)


def lying(row: StagedFile) -> StagedFile:
    """Return the row of a packet that is to be removed, under a name that no file can have."""
    return evolve(row, name=f"/{row.name}", temp_name=row.name, state=LYING, earlier=())


def blank(batch: Batch, file: SealedFile) -> StagedFile:
    """Return the row of a file with which nothing has been done."""
    return StagedFile(
        batch=batch.id,
        name=file.name,
        state=Journal.PLANNED.value,
        temp_name="",
        epoch=0,
        size=file.size,
        sha256=file.sha256,
    )
