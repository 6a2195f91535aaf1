"""Delivering one file: what is known in, the next step out.

A file travels under a private name (the temp) and gets its final name in one step.  After any
interruption two looks, at the temp and at the final name, and our own journal decide what to do.
Nothing here does anything: `next_step` is a table.
"""

from collections.abc import Iterable
from enum import Enum

from attrs import frozen


class Journal(Enum):
    """How far our own record says a file has come."""

    PLANNED = "planned"
    STAGED = "staged"
    PUBLISHING = "publishing"
    PUBLISHED = "published"


class Seen(Enum):
    """What a look at one name found, compared with what ought to be there."""

    ABSENT = "absent"
    EQUAL = "equal"
    """Size and hash."""
    SAME_SIZE = "same_size"
    """The size; a hash could not be had."""
    SHORTER = "shorter"
    DIFFERENT = "different"
    LONGER = "longer"
    UNTRUSTED = "untrusted"
    """The look failed, or two ways of looking disagree."""


class Proof(Enum):
    """By what it is known that a file arrived, the best first."""

    HASH = "hash"
    """The hash of what is there is the right one."""
    SIZE = "size"
    """It is there under its name, with the right size."""
    CONSUMED = "consumed"
    """It was whole under its temp name, which only our own renaming can take away, and is gone."""
    REPLY = "reply"
    """The server said so, and lets nobody look."""


def weakest(proofs: Iterable[Proof]) -> Proof:
    """Return what a whole batch rests on."""
    order = list(Proof)
    return max(proofs, key=order.index)


class Step(Enum):
    """What to do next with one file."""

    STAGE = "stage"
    """Write it under a new temp name."""
    APPEND = "append"
    """Go on with the temp where it stops."""
    RECORD_STAGED = "record_staged"
    CLAIM = "claim"
    """The temp is another attempt's: make it ours, then publish."""
    PUBLISH = "publish"
    RECORD_PUBLISHED = "record_published"
    RECORD_CONSUMED = "record_consumed"
    """Only our own renaming can remove the temp: it was published, and taken."""
    ADOPT = "adopt"
    """The very bytes are there under the final name."""
    RECORD_AND_REMOVE_TEMP = "record_and_remove_temp"
    REMOVE_TEMP = "remove_temp"
    DONE = "done"
    DOUBT = "doubt"
    CONFLICT = "conflict"
    """Foreign bytes under a name of ours: stop, delete nothing."""
    LOOK_AGAIN = "look_again"


class Way(Enum):
    """How a batch travels."""

    RENAMING = "renaming"
    """Staged under private names, looked at, renamed."""
    BLIND = "blind"
    """As before, without looking: the folder cannot be looked into."""
    DIRECT = "direct"
    """Written under the final names."""


@frozen(kw_only=True)
class Server:
    """What the profile and the settings promise of the factor's server.

    ``vanishing_proves``: renaming works and nobody sweeps temps, so that a staged temp which
    is gone was published.  ``append_from``: size in bytes from which a broken transfer is
    worth going on with; None where it cannot be.  ``waits_for_list``: the factor does nothing
    before the last file arrives.
    """

    way: Way = Way.RENAMING
    vanishing_proves: bool = True
    append_from: int | None = None
    waits_for_list: bool = False


def compare(found: tuple[int, str | None] | None, *, size: int, sha256: str) -> Seen:
    """Compare what a look found (size, and hash if it could be had) with what ought to be there."""
    if found is None:
        return Seen.ABSENT
    found_size, found_hash = found
    if found_size != size:
        return Seen.SHORTER if found_size < size else Seen.LONGER
    if found_hash is None:
        return Seen.SAME_SIZE
    return Seen.EQUAL if found_hash == sha256 else Seen.DIFFERENT


_FITS = (Seen.EQUAL, Seen.SAME_SIZE)


def next_step(
    journal: Journal | None,
    temp: Seen,
    final: Seen,
    *,
    own_epoch: bool = True,
    size: int = 0,
    server: Server = Server(),
) -> Step:
    """Decide the next step for one file.

    Args:
        journal: What our record says; None where it says nothing.
        temp: What was seen under the journaled temp name.
        final: What was seen under the final name.
        own_epoch: The record is of this attempt, not of an earlier one.
        size: Of the file, in bytes.
        server: What the profile promises.
    """
    if Seen.UNTRUSTED in (temp, final):
        return Step.LOOK_AGAIN
    if journal is Journal.PUBLISHED:
        return Step.DONE if temp is Seen.ABSENT else Step.REMOVE_TEMP
    if final is not Seen.ABSENT and final not in _FITS:
        return Step.CONFLICT
    if journal in (Journal.STAGED, Journal.PUBLISHING):
        return _once_staged(temp, final, own_epoch=own_epoch, server=server)
    if final is not Seen.ABSENT:
        # Without a record of staging we cannot have renamed it: only equal bytes are ours.
        return Step.ADOPT if final is Seen.EQUAL else Step.DOUBT
    if temp is Seen.ABSENT or not own_epoch:
        return Step.STAGE
    if temp is Seen.LONGER:
        return Step.CONFLICT
    if temp in _FITS:
        return Step.RECORD_STAGED
    worth_it = server.append_from is not None and size > server.append_from
    return Step.APPEND if temp is Seen.SHORTER and worth_it else Step.STAGE


def proven_by(journal: Journal, final: Seen) -> Proof | None:
    """Say what the look at a final name proves by itself, whatever became of the temp; None for nothing.

    Without a record that our file was whole, only equal bytes are ours.
    """
    if final is Seen.EQUAL:
        return Proof.HASH
    whole = journal in (Journal.STAGED, Journal.PUBLISHING)
    return Proof.SIZE if whole and final is Seen.SAME_SIZE else None


def _once_staged(temp: Seen, final: Seen, *, own_epoch: bool, server: Server) -> Step:
    """Decide for a file that was whole under its temp name."""
    if temp is Seen.ABSENT:
        if final is not Seen.ABSENT:
            return Step.RECORD_PUBLISHED
        return Step.RECORD_CONSUMED if server.vanishing_proves else Step.DOUBT
    if final is not Seen.ABSENT:
        return Step.RECORD_AND_REMOVE_TEMP
    if temp not in _FITS:
        return Step.CONFLICT
    return Step.PUBLISH if own_epoch else Step.CLAIM
