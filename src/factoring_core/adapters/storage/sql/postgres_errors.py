"""What PostgreSQL and its driver say, in our words."""

import psycopg

from factoring_core.adapters.storage.asking import not_storable
from factoring_core.errors import MigrationRequiredError, StorageError, StoreBusyError, StoreCorruptError

DAMAGE = frozenset({"XX001", "XX002"})

_GONE = ("08", "57P", "25P03")
_BUSY = {
    "55P03": ("Another transaction kept the store for too long.", "store_busy"),
    "40001": ("The transaction met another one and was taken back.", "store_conflict"),
    "40P01": ("The transaction and another one waited for each other; it was taken back.", "store_conflict"),
    "57014": ("The store took too long and was told to stop.", "store_busy"),
    "53300": ("The server of the store has no connection free.", "store_busy"),
}
_FULL = ("53100", "53200")


def lost(error: BaseException) -> bool:
    """Say whether an error of the driver means that the connection is gone, or never came to be."""
    state: str | None = getattr(error, "sqlstate", None)
    if state is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return state.startswith(_GONE)


def translated(error: BaseException) -> StorageError | None:
    """Return what an error of the driver means; None where another row has the key."""
    state: str | None = getattr(error, "sqlstate", None)
    if state == "23505":
        return None
    if lost(error):
        return StorageError(
            "The connection to the store was lost or could not be made.",
            code="store_lost",
            remedy="See that the server can be reached, and do the same again; nothing is done twice.",
            retryable=True,
        )
    if state in _BUSY:
        message, code = _BUSY[state]
        return StoreBusyError(message, code=code)
    if state in DAMAGE:
        return StoreCorruptError("The store is damaged.")
    if state in _FULL:
        return StorageError(
            "There is no room left for the store.",
            code="store_full",
            remedy="Nothing was changed; make room and try again.",
        )
    if state in ("42501", "25006"):
        return StorageError(
            "The store cannot be written to.",
            code="store_unwritable",
            remedy="Check the rights of the role, and that the server is not a read-only copy.",
        )
    if state in ("42P01", "42703", "3F000"):
        return MigrationRequiredError("The tables of the store are not those of this program.")
    if state is None or state.startswith(("22", "23")):
        return not_storable(_sort(error))
    return StorageError(f"The store failed: {_sort(error)} ({state}).")


def _sort(error: BaseException) -> str:
    """Name the sort of an error; its text may hold values."""
    return type(error).__name__
