"""Delivering one file to a server that cannot rename: it is written under its final name.

Until the last byte is there the factor may see a part of it, and after a broken write nobody can
know whether somebody took what there was.  So this is done only where the settings ask for it, and
what cannot be seen to have arrived is in doubt.
"""

from factoring_core.domain.selling.delivery import Journal, Seen, Step

_FITS = (Seen.EQUAL, Seen.SAME_SIZE)


def next_direct_step(journal: Journal, final: Seen, *, idle: bool) -> Step:
    """Decide the next step for one file.

    Args:
        journal: What our record says; once it says publishing, a byte may have left.
        final: What was seen under the final name.
        idle: The factor does nothing before the list arrives, whose writing has not begun: then
            a part of another file is worth nothing to it, and may be written again.
    """
    if journal is Journal.PUBLISHED:
        return Step.DONE
    if final is Seen.UNTRUSTED:
        return Step.LOOK_AGAIN
    if journal is not Journal.PUBLISHING:
        return _before(final)
    if final in _FITS:
        return Step.RECORD_PUBLISHED
    if final in (Seen.DIFFERENT, Seen.LONGER):
        return Step.CONFLICT
    if not idle:
        return Step.DOUBT
    return Step.STAGE if final is Seen.ABSENT else Step.REMOVE_TEMP


def _before(final: Seen) -> Step:
    """Decide for a file of which no byte of ours can be there."""
    if final is Seen.ABSENT:
        return Step.STAGE
    if final is Seen.EQUAL:
        return Step.ADOPT
    return Step.DOUBT if final is Seen.SAME_SIZE else Step.CONFLICT
