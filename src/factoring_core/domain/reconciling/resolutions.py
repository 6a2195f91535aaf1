"""What a person may decide about each type of exception: one table, from which the docs are made."""

from collections.abc import Mapping

from attrs import frozen

from factoring_core.domain.reconciling.decisions import Resolution
from factoring_core.domain.reconciling.findings import ExceptionType

R = Resolution
X = ExceptionType


@frozen(kw_only=True)
class Effect:
    """What a resolution does, and which parameters it takes (those in brackets may be left out)."""

    parameters: tuple[str, ...]
    does: str


EFFECTS: Mapping[Resolution, Effect] = {
    R.WRITE_OFF: Effect(
        parameters=("[amount]",),
        does="Accepts the shortage: it is written off while it is not larger than the amount accepted.",
    ),
    R.CHARGE_TO_RESERVE: Effect(
        parameters=("[amount]",),
        does="Accepts the shortage and takes it from the reserve, under the same rule as a write-off.",
    ),
    R.DISPUTE: Effect(parameters=(), does="Rests the exception while the factor is asked; settles nothing."),
    R.WAIT: Effect(parameters=(), does="Rests the exception until its evidence changes; settles nothing."),
    R.ASSIGN: Effect(
        parameters=("load", "[batch]"),
        does="Says which load's sale the rows with this invoice number mean; no import ever moves it.",
    ),
    R.NON_FACTORED: Effect(parameters=(), does="Says that the rows are of an invoice that was never sold."),
    R.COUNT_EACH: Effect(
        parameters=("[count]",),
        does="Says that the equal rows are separate facts, and how many of them count.",
    ),
    R.SAME: Effect(parameters=(), does="Says that the rows are one fact: it counts once."),
    R.USE_ROW: Effect(
        parameters=("amount",), does="Says which of the conflicting amounts stands, while they are the same."
    ),
    R.RETURN_TO_QUEUE: Effect(parameters=(), does="Ends the sale and puts the load back into the queue."),
    R.RESELL: Effect(parameters=(), does="Ends the charged-back sale so that the invoice can be sold again."),
    R.COLLECT_DIRECT: Effect(
        parameters=(), does="Takes note that the subsidiary collects what was charged back from the customer."
    ),
    R.TREAT_AS_FULL: Effect(
        parameters=(), does="Treats the chargeback as one of the whole sale, while its net amount stays."
    ),
    R.IGNORE: Effect(parameters=(), does="Closes the exception until its evidence changes; moves nothing."),
}

_RESTING = (R.WAIT, R.DISPUTE, R.IGNORE)
_PLACING = (R.ASSIGN, R.NON_FACTORED, *_RESTING)

ALLOWED: Mapping[ExceptionType, tuple[Resolution, ...]] = {
    X.UNKNOWN_INVOICE: _PLACING,
    X.AMBIGUOUS: _PLACING,
    X.NON_FACTORED: (R.ASSIGN, R.WAIT, R.IGNORE),
    X.OTHER_PROVIDER: _PLACING,
    X.NEVER_SUBMITTED: _PLACING,
    X.CURRENCY_DIFFERS: _RESTING,
    X.DUPLICATE_ROW: (R.SAME, R.COUNT_EACH, *_RESTING),
    X.POSSIBLE_REPEAT: (R.SAME, R.COUNT_EACH, *_RESTING),
    X.CONFLICTING_ROWS: (R.USE_ROW, R.COUNT_EACH, *_RESTING),
    X.AMOUNT_DIFFERS: _RESTING,
    X.SHORT_PAID: (R.WRITE_OFF, R.CHARGE_TO_RESERVE, *_RESTING),
    X.OVER_PAID: _RESTING,
    X.PAYMENT_BEFORE_PURCHASE: (R.WAIT, R.DISPUTE, R.IGNORE),
    X.MISSING_FROM_REPORT: (R.WAIT, R.RETURN_TO_QUEUE, R.DISPUTE, R.IGNORE),
    X.HELD: (R.RETURN_TO_QUEUE, *_RESTING),
    X.DENIED: (R.RETURN_TO_QUEUE, *_RESTING),
    X.REJECTED: (R.RETURN_TO_QUEUE, *_RESTING),
    X.CHARGED_BACK: (R.COLLECT_DIRECT, R.RESELL, R.WRITE_OFF, R.TREAT_AS_FULL, *_RESTING),
    X.PAID_AFTER_CHARGEBACK: (R.ASSIGN, *_RESTING),
    X.BOUGHT_AFTER_RETURN: (R.ASSIGN, *_RESTING),
    X.BASIS_WITHDRAWN: _RESTING,
    X.RESERVE_OVERDUE: (R.DISPUTE, R.WAIT, R.IGNORE),
    X.TERMS_VARIANCE: (R.DISPUTE, R.WAIT, R.IGNORE),
    X.CREDIT_DECLINED: (R.WAIT, R.IGNORE),
    X.DELIVERY_IN_DOUBT: (R.WAIT,),
    X.UNACKNOWLEDGED_BATCH: (R.WAIT, R.IGNORE),
}
"""The resolutions of each type; the first is the one suggested."""


def suggested(kind: ExceptionType) -> Resolution:
    """Return what to try first."""
    return ALLOWED[kind][0]


def markdown_table() -> str:
    """Write the table for the docs: per type, what may be decided; then what each decision does."""
    lines = ["| Exception | Resolutions, the suggested one first |", "| --- | --- |"]
    lines += [
        f"| `{kind.value}` | {', '.join(f'`{one.value}`' for one in allowed)} |"
        for kind, allowed in ALLOWED.items()
    ]
    lines += ["", "| Resolution | Parameters | Effect |", "| --- | --- | --- |"]
    lines += [
        f"| `{one.value}` | {', '.join(effect.parameters) or 'none'} | {effect.does} |"
        for one, effect in EFFECTS.items()
    ]
    return "\n".join([*lines, ""])
