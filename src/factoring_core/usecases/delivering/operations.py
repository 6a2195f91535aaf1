"""A submission under an id of its caller's: what it sealed is found again, and nothing is sealed twice."""

from attrs import evolve

from factoring_core.errors import StaleVersionError
from factoring_core.ports.storage import Operation, Reading, Transaction
from factoring_core.usecases.ports import Ports


def batches_begun(tx: Reading, ports: Ports) -> tuple[str, ...]:
    """Return the batches that an earlier call of the same operation sealed."""
    known = None if ports.operation is None else tx.get(Operation, ports.operation.id)
    return () if known is None else known.batches


def note_begun(tx: Transaction, ports: Ports, batches: tuple[str, ...]) -> None:
    """Keep with the operation, if there is one, what it seals in this transaction.

    Raises:
        StaleVersionError: another call of the same operation was quicker.
    """
    if ports.operation is None:
        return
    if tx.get(Operation, ports.operation.id) is not None:
        raise StaleVersionError("The same operation was begun meanwhile.")
    tx.put(evolve(ports.operation, batches=batches))
