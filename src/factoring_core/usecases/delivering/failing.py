"""What a failure of a delivery means: a doubt, or nothing left there."""

import datetime as dt

from factoring_core.domain.selling.archive import sending_order
from factoring_core.domain.selling.batch import Batch
from factoring_core.domain.selling.delivery import Journal
from factoring_core.errors import DeliveryInDoubtError, RemoteRefusedError, UnreachableError
from factoring_core.ports.remote_folder import LISTING_UNTRUSTED
from factoring_core.usecases.delivering.delivery_journal import Attempt
from factoring_core.usecases.naming import batch_name

UNTRUSTED_FOR = dt.timedelta(hours=24)
"""How long after its sealing a batch waits for a server that contradicts itself, before it is in doubt."""


def is_overdue(attempt: Attempt, error: UnreachableError) -> bool:
    """Say whether a server has contradicted itself for too long about the list, on which all rests.

    While it does so about packets only, the list is provably not to be seen: that is no doubt.
    A clock that is set back gives more time, and one that jumps ahead an earlier doubt.
    """
    last = sending_order(attempt.batch.files)[-1]
    begun = attempt.rows[last.name].state == Journal.PUBLISHING.value
    waited = attempt.ports.clock.now() - attempt.batch.sealed_at
    return error.code == LISTING_UNTRUSTED and begun and waited > UNTRUSTED_FOR


def in_doubt(attempt: Attempt, why: str) -> DeliveryInDoubtError:
    """Record the doubt, and return the error that names it."""
    attempt.doubt(why)
    name = batch_name(attempt.batch)
    return DeliveryInDoubtError(
        f"Nobody knows whether batch {name} arrived: {why}.",
        where={"batch": name, "connection": attempt.batch.connection},
    )


def rename_unsupported(batch: Batch, refused: RemoteRefusedError) -> RemoteRefusedError:
    """Say that a server does not rename, after what was staged there was removed."""
    return RemoteRefusedError(
        f"Nothing of batch {batch_name(batch)} was published, because files cannot be renamed there: "
        f"{refused.message}",
        code="rename_unsupported",
        remedy="Ask the factor for the right; if it copes with files that grow, set non_atomic = true.",
        where=refused.where,
    )
