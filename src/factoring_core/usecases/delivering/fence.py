"""Claim by rename: what earlier attempts staged is moved out of their reach before anything is published.

An earlier worker may only be asleep, and wake with its next request already on its lips.  A file
server knows nothing of leases; but of two renamings of one file only one succeeds.  So a new
attempt first moves every temp that its journal shows as whole to a name of its own.  Where that
succeeds the sleeper will find its temp gone; where the temp is gone already, it was published.
"""

from attrs import evolve

from factoring_core.errors import DeliveryInDoubtError, RemoteRefusedError, UnreachableError
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.storage import StagedFile
from factoring_core.usecases.delivering.delivery_journal import Attempt
from factoring_core.usecases.delivering.journal_rows import ABANDONED, REVOKED

MOST_TRIES = 5


class NotYetError(Exception):
    """What an earlier attempt began may not be over; the lease tells until when."""


class PublishedSinceError(Exception):
    """A temp that a person's word made worthless is gone: a sleeper has published it after all."""


def fence(attempt: Attempt, folder: RemoteFolder) -> None:
    """Move every temp that an earlier attempt may still publish to a name of this one.

    Where the server renames in several steps, a file that loses may show its final name for an
    instant: there this waits until all that earlier attempts have begun is over.

    Raises:
        NotYetError: that moment has not come.
        PublishedSinceError: a file was published of a batch that was settled as not delivered.
        LeaseLostError: the batch is not ours any more.
        TransportError: it could not be done; nothing was published.
    """
    rows = [row for row in (*attempt.strays.values(), *attempt.rows.values()) if row.earlier]
    if not rows:
        return
    if not folder.renames_at_once() and attempt.hold.waits_for_earlier():
        raise NotYetError
    gone = set()
    for row in rows:
        attempt.hold.beat()
        if not _moved(folder, row) and row.state == REVOKED:
            gone.add(row.name)
    attempt.record(
        evolve(row, earlier=(), state=ABANDONED if row.state == REVOKED else row.state)
        for row in rows
        if row.name not in gone
    )
    if gone:
        raise PublishedSinceError("a file was published after the batch was settled as not delivered")


def _moved(folder: RemoteFolder, row: StagedFile) -> bool:
    """Move a temp to its new name from wherever it is; say False of one that is nowhere."""
    for _ in range(MOST_TRIES):
        try:
            # The oldest name first: a file only ever moves on, so that none is passed over.
            for name in row.earlier:
                if _renamed(folder, name, row.temp_name):
                    return True
        except DeliveryInDoubtError:
            if folder.stat(row.temp_name) is not None:
                return True
        else:
            return False
    raise UnreachableError("A file of an earlier attempt could not be moved.", where={"file": row.name})


def _renamed(folder: RemoteFolder, old: str, new: str) -> bool:
    try:
        folder.rename(old, new)
    except RemoteRefusedError as refused:
        if refused.code == "no_such_file":
            return False
        # The new name is nobody else's: an earlier try, whose answer was lost, has succeeded.
        if refused.code != "name_taken":
            raise
    return True
