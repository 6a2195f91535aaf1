"""A batch that was begun at one account while the settings name another now.

What is missing at the other account proves nothing: a temp that is gone would pass for a file
that the factor has taken.
"""

from attrs import evolve, frozen

from factoring_core.domain.selling.account import Account, account_at, same_account
from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.selling.batch_states import BatchEvent, batch_next
from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.errors import DeliveryInDoubtError, StateError
from factoring_core.usecases.delivering.holding import Hold
from factoring_core.usecases.naming import batch_name

_WHY = "it was begun at another account than its connection has now"


@frozen(kw_only=True)
class Whose:
    """By which account an attempt is made, and with which version of its credential (None: without)."""

    account: Account
    version: int | None

    @property
    def facts(self) -> dict[str, int]:
        """What the trail says of it."""
        return {} if self.version is None else {"credential": self.version}


def is_elsewhere(batch: Batch, connection: Connection) -> bool:
    """Say whether a batch was begun at another account."""
    return batch.account is not None and not same_account(batch.account, account_at(connection))


def doubt_elsewhere(hold: Hold, batch: Batch) -> DeliveryInDoubtError | None:
    """Record that nobody can see what became of a half-sent batch; None where it changed meanwhile.

    Raises:
        LeaseLostError: the lease is not ours any more.
    """
    ports = hold.ports
    with ports.store.transaction(ports.tenant) as tx:
        hold.assert_held(tx)
        if tx.get(Batch, batch.id) != batch:
            return None
        doubtful = evolve(batch, state=batch_next(batch.state, BatchEvent.DOUBT))
        hold.finish(tx, doubtful, "doubt_batch", why=_WHY)
    name = batch_name(batch)
    return DeliveryInDoubtError(
        f"Nobody knows whether batch {name} arrived: {_WHY}.",
        where={"batch": name, "connection": batch.connection},
    )


def refuse_elsewhere(batch: Batch, connection: Connection) -> None:
    """Let a batch pass of which the account can be asked.

    Raises:
        StateError: code ``begun_elsewhere``.
    """
    begun = batch.state in (BatchState.SENDING, BatchState.IN_DOUBT)
    if begun and is_elsewhere(batch, connection):
        name = batch_name(batch)
        raise StateError(
            f"Batch {name} cannot be taken back: {_WHY}.",
            code="begun_elsewhere",
            remedy="Put the former settings back, or ask the factor and use `batches settle`.",
            where={"batch": name, "connection": batch.connection},
        )
