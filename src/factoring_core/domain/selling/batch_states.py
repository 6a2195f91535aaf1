"""Where a batch can go from where it stands: one table, and a refusal that says what to do instead."""

from collections.abc import Mapping
from enum import Enum

from factoring_core.domain.selling.batch import BatchState
from factoring_core.errors import StateError

S = BatchState


class BatchEvent(Enum):
    """What can happen to a batch."""

    SEAL = "seal"
    SEND = "send"
    """Bytes begin to leave."""
    DELIVER = "deliver"
    """Looked at after publishing, or again after a doubt: it is there."""
    CONFIRM = "confirm"
    """A person handed it over."""
    DOUBT = "doubt"
    """Nothing proves that it arrived, or that it did not."""
    SETTLE_DELIVERED = "settle as delivered"
    SETTLE_NOT_DELIVERED = "settle as not delivered"
    CANCEL = "cancel"


E = BatchEvent

TABLE: Mapping[tuple[BatchState, BatchEvent], BatchState] = {
    (S.DRAFT, E.SEAL): S.SEALED,
    (S.DRAFT, E.CANCEL): S.CANCELLED,
    (S.SEALED, E.SEND): S.SENDING,
    (S.SEALED, E.CONFIRM): S.DELIVERED,
    (S.SEALED, E.SETTLE_DELIVERED): S.DELIVERED,
    (S.SEALED, E.SETTLE_NOT_DELIVERED): S.SEALED,
    (S.SEALED, E.CANCEL): S.CANCELLED,
    (S.SENDING, E.DELIVER): S.DELIVERED,
    (S.SENDING, E.DOUBT): S.IN_DOUBT,
    (S.IN_DOUBT, E.DELIVER): S.DELIVERED,
    (S.IN_DOUBT, E.SETTLE_DELIVERED): S.DELIVERED,
    (S.IN_DOUBT, E.SETTLE_NOT_DELIVERED): S.SEALED,
    (S.IN_DOUBT, E.CANCEL): S.CANCELLED,
    (S.DELIVERED, E.SETTLE_NOT_DELIVERED): S.SEALED,
}
"""Every step there is.  Whether a cancelled batch provably never left is the use case's to see."""

REMEDIES: Mapping[BatchState, str] = {
    S.DRAFT: "Submit its loads.",
    S.SEALED: "Use `resume` to send it, `batches confirm` if a person hands it over, or `batches cancel`.",
    S.SENDING: "Run `resume`; it finishes or settles the batch.",
    S.IN_DOUBT: "Ask the factor whether it has the batch, then use `batches settle`.",
    S.DELIVERED: "If the factor never got it, use `batches settle` with not-delivered.",
    S.CANCELLED: "Submit its loads again; they make a new batch.",
}
"""What can be done with a batch in each state."""


def batch_next(state: BatchState, event: BatchEvent, *, batch: str = "The batch") -> BatchState:
    """Return where *event* leads from *state*.

    Raises:
        StateError: nowhere; names *batch*, its state and what is possible instead.
    """
    target = TABLE.get((state, event))
    if target is None:
        raise StateError(
            f"{batch} is {state.value}; {event.value} is not possible from there.",
            remedy=REMEDIES[state],
            where={"batch": batch, "state": state.value},
        )
    return target
