"""Whether a failure of the way to a factor may pass by itself within seconds."""

from factoring_core.errors import RemoteRefusedError, UnreachableError
from factoring_core.ports.remote_folder import LISTING_UNTRUSTED, REMOVAL_UNCLEAR

_SHORT_WAIT = 2
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
