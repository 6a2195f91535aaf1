"""Giving the lease of a batch back, whatever becomes of the work that is done under it."""

from collections.abc import Callable
from contextlib import suppress

from factoring_core.errors import FactoringError, StorageError
from factoring_core.usecases.delivering.fence import NotYetError
from factoring_core.usecases.delivering.holding import Hold, LeaseLostError
from factoring_core.usecases.delivering.readiness import BusyError


def given_back(hold: Hold, work: Callable[[], FactoringError | None]) -> FactoringError | None:
    """Do *work*, which gives the lease back where it comes to its end; return what kept it from that.

    Raises:
        StorageError, BusyError: as *work* did.
    """
    try:
        return work()
    except NotYetError:
        hold.release(until=hold.lease.quiet)
        return None
    except LeaseLostError:
        return None
    except (BusyError, StorageError, KeyboardInterrupt):
        with suppress(StorageError):
            hold.release()
        raise
    except FactoringError as error:
        hold.leave(error)
        return error
