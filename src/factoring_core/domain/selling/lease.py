"""Who may send a batch, and for how long: a lease with an epoch that only ever grows.

A lease keeps workers out of each other's way.  It makes nothing safe by itself, because whoever
holds it may be stopped at any instant and wake when it is over: that every record asserts the
epoch, and that a new holder first moves what the last one staged, does.

All times are on a scale of the store's own, in milliseconds.  Wall clocks decide nothing.
"""

from attrs import evolve, frozen

LEASE_MS = 120_000
RENEW_SECONDS = 30.0
"""After how long a holder renews."""
PUBLISH_SECONDS = LEASE_MS / 2 / 1000
"""By its own clock: a holder whose renewal is older than half the lease publishes nothing."""
BUSY_SECONDS = 30.0
"""How long a command waits for other workers, in all."""

_KIB_64 = 64 * 1024
_ATTEMPT_SECONDS, _LONGEST_ATTEMPT = 15 * 60.0, 2 * 3600.0
_OPERATION_SECONDS = 120.0


@frozen(kw_only=True)
class StoreTime:
    """An instant by the store's own clock; instants of different scales cannot be compared.

    ``scale``: a database that has a clock of its own, or else this start of this machine, whose
    monotonic time it is.
    """

    scale: str
    ms: int


@frozen(kw_only=True)
class Lease:
    """Who is sending a batch.

    ``owner``: the one attempt that holds it, empty where none does; ``worker``: the running
    program it is part of, empty while it rests.  ``until`` and ``quiet`` in milliseconds on
    ``scale``; at ``quiet`` everything that earlier holders had begun at the server is over.
    """

    batch: str
    epoch: int = 0
    owner: str = ""
    worker: str = ""
    scale: str = ""
    until: int = 0
    quiet: int = 0


def is_held(lease: Lease, now: StoreTime) -> bool:
    """Say whether somebody's time is not over yet.

    An end on another scale, or farther away than any lease lasts, is of a clock that has begun anew.
    """
    left = lease.until - now.ms
    return bool(lease.owner) and lease.scale == now.scale and 0 < left <= LEASE_MS


def taken(lease: Lease, now: StoreTime, *, owner: str, worker: str, operation_ms: int) -> Lease:
    """Return the lease in the hands of *owner*, under the next epoch.

    Args:
        lease: As it is; that it can be taken has been seen.
        now: By the store's clock.
        owner: The attempt.
        worker: The program it is part of.
        operation_ms: How long what the last holder began last may take.
    """
    quiet = lease.quiet if lease.scale == now.scale else 0
    if lease.owner and lease.scale == now.scale:
        quiet = max(quiet, lease.until + operation_ms)
    return Lease(
        batch=lease.batch,
        epoch=lease.epoch + 1,
        owner=owner,
        worker=worker,
        scale=now.scale,
        until=now.ms + LEASE_MS,
        quiet=quiet,
    )


def renewed(lease: Lease, now: StoreTime) -> Lease:
    """Return the lease with its whole time ahead again."""
    return evolve(lease, scale=now.scale, until=now.ms + LEASE_MS)


def released(lease: Lease, *, until: int = 0) -> Lease:
    """Return the lease in nobody's hands; the epoch stays.

    *until*, in milliseconds, tells when trying again is of use, where that is known.
    """
    return evolve(lease, owner="", worker="", until=until)


def resting(lease: Lease, now: StoreTime) -> Lease:
    """Return the lease held for its whole time by no program, so that nobody sees its holder gone."""
    return evolve(lease, worker="", scale=now.scale, until=now.ms + LEASE_MS)


def operation_seconds(size: int) -> float:
    """Return how long one operation at a server may take that sends *size* bytes."""
    return _OPERATION_SECONDS + size / _KIB_64


def attempt_seconds(size: int) -> float:
    """Return how long one attempt at a batch of *size* bytes may take."""
    return min(_ATTEMPT_SECONDS + size / _KIB_64, _LONGEST_ATTEMPT)
