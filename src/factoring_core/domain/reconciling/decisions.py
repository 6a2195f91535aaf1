"""What a person resolved: an input of the fold like evidence, never a change of it."""

import datetime as dt
from enum import StrEnum

from attrs import frozen


class Resolution(StrEnum):
    """What a person can decide about an exception or a sale."""

    WRITE_OFF = "write_off"
    CHARGE_TO_RESERVE = "charge_to_reserve"
    DISPUTE = "dispute"
    WAIT = "wait"
    ASSIGN = "assign"
    NON_FACTORED = "non_factored"
    COUNT_EACH = "count_each"
    SAME = "same"
    USE_ROW = "use_row"
    RETURN_TO_QUEUE = "return_to_queue"
    RESELL = "resell"
    COLLECT_DIRECT = "collect_direct"
    TREAT_AS_FULL = "treat_as_full"
    IGNORE = "ignore"


@frozen(kw_only=True)
class Decision:
    """One decision, with its reason and actor.

    ``subject``: what it is about, in the words of `Subject`.  ``judged``: the joined
    evidence it saw, as sorted key texts; never rows, reports or how often seen.
    ``amount`` in cents: the shortage accepted, the chargeback judged, or the row chosen.
    """

    id: str
    subsidiary: str
    connection: str | None
    subject: str
    resolution: Resolution
    exception_type: str | None = None
    exception_id: str | None = None
    judged: tuple[str, ...] = ()
    load: str | None = None
    assignment: str | None = None
    amount: int | None = None
    count: int | None = None
    reason: str = ""
    actor: str = ""
    at: dt.datetime
    sequence: int
    undone_at: dt.datetime | None = None
    undone_by: str | None = None
    undo_reason: str | None = None

    @property
    def live(self) -> bool:
        """Whether the decision has not been undone; whether it applies is the fold's to say."""
        return self.undone_at is None
