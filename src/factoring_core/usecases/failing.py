"""What a failure on the way to a factor means: try again, say what is missing there, or doubt."""

import datetime as dt

from factoring_core.domain.selling.archive import sending_order
from factoring_core.domain.selling.batch import Batch
from factoring_core.domain.selling.delivery import Journal
from factoring_core.errors import DeliveryInDoubtError, RemoteRefusedError, UnreachableError
from factoring_core.ports.remote_folder import REMOVAL_UNCLEAR
from factoring_core.usecases.delivery_journal import Attempt
from factoring_core.usecases.looking import LISTING_UNTRUSTED
from factoring_core.usecases.naming import batch_name

_SHORT_WAIT = 2
UNTRUSTED_FOR = dt.timedelta(hours=24)
"""How long after its sealing a batch waits for a server that contradicts itself, before it is in doubt."""

_STAYING = ("attempt_deadline", "folder_missing", LISTING_UNTRUSTED, REMOVAL_UNCLEAR)
"""Failures that some seconds do not mend."""


def may_pass(error: Exception) -> bool:
    """Say whether an error of the way may have passed after some seconds."""
    if isinstance(error, UnreachableError):
        return error.code not in _STAYING
    if not isinstance(error, RemoteRefusedError) or asks_for_time(error):
        return False
    return error.retryable and error.code != "remote_full"


def asks_for_time(refused: RemoteRefusedError) -> bool:
    """Say whether a server named the seconds to wait, and they are more than a command waits."""
    return int(refused.where.get("retry_after", 0)) > _SHORT_WAIT


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
