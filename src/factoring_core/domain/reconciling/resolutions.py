"""What a person may decide about each type of exception: one table, from which the docs are made."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from factoring_core.domain.reconciling.decisions import Resolution
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionSeverity, ExceptionType

R = Resolution
X = ExceptionType
WAITING = ExceptionSeverity.WAITING
WRONG = ExceptionSeverity.WRONG


@frozen(kw_only=True)
class Effect:
    """What a resolution does, and which parameters it takes (those in brackets may be left out).

    ``lapses``: when it counts for nothing any more, or not yet again.
    """

    parameters: tuple[str, ...]
    does: str
    lapses: str


SEEN = "while other facts or another amount are there than it judged"

EFFECTS: Mapping[Resolution, Effect] = {
    R.WRITE_OFF: Effect(
        parameters=("[amount]",),
        does="Accepts the shortage: exactly what is missing is written off, and the sale is settled.",
        lapses="while more is missing than was accepted; of a partial chargeback also while other"
        " chargebacks are there than it judged",
    ),
    R.CHARGE_TO_RESERVE: Effect(
        parameters=("[amount]",),
        does="Accepts the shortage and takes it from the reserve: what is missing counts as written off, and"
        " as no longer held in reserve.",
        lapses="while more is missing than was accepted",
    ),
    R.DISPUTE: Effect(
        parameters=(), does="Rests the exception while the factor is asked; settles nothing.", lapses=SEEN
    ),
    R.WAIT: Effect(
        parameters=(), does="Rests the exception while time does its work; settles nothing.", lapses=SEEN
    ),
    R.ASSIGN: Effect(
        parameters=("load", "[batch]"),
        does="Says which load's sale is meant: by all rows with this invoice number, now and later; of rows"
        " without a number, and of rows that came to another sale, by those that were judged.",
        lapses="never; no import moves it",
    ),
    R.NON_FACTORED: Effect(
        parameters=(),
        does="Says that the rows are of an invoice that was never sold: they move to that bucket.",
        lapses="never",
    ),
    R.COUNT_EACH: Effect(
        parameters=("[count]",),
        does="Of equal rows: says that they are separate facts, and how many of them count (all, if no"
        " number is given). Of several amounts for one cheque: says that they are its lines and add.",
        lapses="of equal rows never; the exception is back if one report holds more. Of a cheque while its"
        " amounts are others",
    ),
    R.SAME: Effect(
        parameters=(),
        does="Says that the rows are one fact; it counts once, as it did.",
        lapses="never; the exception is back if one report holds more",
    ),
    R.USE_ROW: Effect(
        parameters=("amount",),
        does="Says which of the amounts in conflict stands.",
        lapses="while the amounts in conflict are others",
    ),
    R.RETURN_TO_QUEUE: Effect(
        parameters=(),
        does="Ends the sale and puts the load back into the queue, to be sold again.",
        lapses="never; `basis_withdrawn` says that its ground has gone",
    ),
    R.RESELL: Effect(
        parameters=(),
        does="Ends the sale that was charged back in full, so that the invoice can be sold again.",
        lapses="never; `basis_withdrawn` says that its ground has gone",
    ),
    R.COLLECT_DIRECT: Effect(
        parameters=(),
        does="Takes note that the subsidiary collects what was charged back from the customer itself;"
        " what comes is stated with `loads pay`.",
        lapses=SEEN,
    ),
    R.TREAT_AS_FULL: Effect(
        parameters=(),
        does="Treats the chargeback as one of the whole sale: the receivable is the subsidiary's again.",
        lapses="while the net amount charged back is another",
    ),
    R.IGNORE: Effect(parameters=(), does="Closes the exception; moves nothing.", lapses=SEEN),
}


@frozen(kw_only=True)
class Kind:
    """One type of exception.

    ``at_risk``: what its amount is.  ``age``: from when it is counted, the day it was first seen
    where none of its rows has a date.  ``resolutions``: what may be decided, the suggested first.
    """

    raised: str
    severity: ExceptionSeverity
    at_risk: str
    resolutions: tuple[Resolution, ...]
    age: str = "earliest date of its rows"


ROWS = "the rows' own amounts, added"
FACE = "the face"
FIRST_SEEN = "day it was first seen"

_RESTING = (R.WAIT, R.DISPUTE, R.IGNORE)
_ASKING = (R.DISPUTE, R.WAIT, R.IGNORE)
_PLACING = (R.ASSIGN, R.NON_FACTORED, *_RESTING)
_COUNTING = (R.SAME, R.COUNT_EACH, *_RESTING)

KINDS: Mapping[ExceptionType, Kind] = {
    X.UNKNOWN_INVOICE: Kind(
        raised="No tier finds an invoice for the row, or the row names none and ought to.",
        severity=WRONG,
        at_risk=ROWS,
        resolutions=_PLACING,
    ),
    X.AMBIGUOUS: Kind(
        raised="There are candidates, and none is the only one, or something contradicts it.",
        severity=WRONG,
        at_risk=ROWS,
        resolutions=_PLACING,
    ),
    X.NON_FACTORED: Kind(
        raised="The row is of an invoice whose route is direct, or a person said that it was never sold.",
        severity=WAITING,
        at_risk=ROWS,
        resolutions=(R.WAIT, R.ASSIGN, R.IGNORE),
    ),
    X.OTHER_PROVIDER: Kind(
        raised="The row is of an invoice that was sold through another connection.",
        severity=WRONG,
        at_risk=ROWS,
        resolutions=_PLACING,
    ),
    X.NEVER_SUBMITTED: Kind(
        raised="The row is of an invoice that is queued or released, and in no batch that has left.",
        severity=WRONG,
        at_risk=ROWS,
        resolutions=_PLACING,
    ),
    X.CURRENCY_DIFFERS: Kind(
        raised="The row is in another currency than the sale; nothing is converted.",
        severity=WRONG,
        at_risk=ROWS,
        resolutions=_RESTING,
    ),
    X.DUPLICATE_ROW: Kind(
        raised="One report holds the same fact more than once; it counts once.",
        severity=WRONG,
        at_risk="the amount of one row",
        resolutions=_COUNTING,
    ),
    X.POSSIBLE_REPEAT: Kind(
        raised="Two rows could be one fact or two: without date and reference in two reports, or"
        " another spelling of one number. It counts once.",
        severity=WRONG,
        at_risk="the amount of one row",
        resolutions=_COUNTING,
    ),
    X.CONFLICTING_ROWS: Kind(
        raised="Rows contradict each other: amounts of one date and reference, figures of one date,"
        " several purchases of one invoice, an opening and what came before it, or other cells of equal"
        " rows. The amount that leaves more open stands, of purchases the smallest and then the latest.",
        severity=WRONG,
        at_risk="between the smallest and the largest amount; of equal purchases, their amount; of other"
        " cells, the rows' own amounts",
        resolutions=(R.USE_ROW, R.COUNT_EACH, *_RESTING),
    ),
    X.AMOUNT_DIFFERS: Kind(
        raised="The invoice or purchase amount is not ours; the row counts.",
        severity=WRONG,
        at_risk="the largest difference",
        resolutions=_RESTING,
    ),
    X.SHORT_PAID: Kind(
        raised="Something was paid, or it was called closed, and more than the tolerance is open.",
        severity=WRONG,
        at_risk="what is open",
        resolutions=(R.WRITE_OFF, R.CHARGE_TO_RESERVE, *_RESTING),
    ),
    X.OVER_PAID: Kind(
        raised="More was paid than was owed, or stated as paid to us for what is not ours to collect.",
        severity=WRONG,
        at_risk="what is too much",
        resolutions=_RESTING,
    ),
    X.PAYMENT_BEFORE_PURCHASE: Kind(
        raised="A payment came for an invoice that no report has called bought; a purchase settles it.",
        severity=WAITING,
        at_risk="net paid",
        resolutions=_RESTING,
    ),
    X.MISSING_FROM_REPORT: Kind(
        raised="A report that lists its batch completely leaves the invoice out.",
        severity=WRONG,
        at_risk=FACE,
        resolutions=(R.WAIT, R.RETURN_TO_QUEUE, R.DISPUTE, R.IGNORE),
        age=FIRST_SEEN,
    ),
    X.HELD: Kind(
        raised="The factor's latest word is that it holds the invoice.",
        severity=WRONG,
        at_risk=FACE,
        resolutions=(R.RETURN_TO_QUEUE, *_RESTING),
    ),
    X.DENIED: Kind(
        raised="The factor's latest word is that it will not buy.",
        severity=WRONG,
        at_risk=FACE,
        resolutions=(R.RETURN_TO_QUEUE, *_RESTING),
    ),
    X.REJECTED: Kind(
        raised="The factor's latest word is that something about the invoice is not in order.",
        severity=WRONG,
        at_risk=FACE,
        resolutions=(R.RETURN_TO_QUEUE, *_RESTING),
    ),
    X.CHARGED_BACK: Kind(
        raised="The factor has put money back on the subsidiary, in full or in part.",
        severity=WRONG,
        at_risk="net charged back",
        resolutions=(R.COLLECT_DIRECT, R.RESELL, R.WRITE_OFF, R.TREAT_AS_FULL, *_RESTING),
    ),
    X.PAID_AFTER_CHARGEBACK: Kind(
        raised="A payment came for a sale that has ended or was charged back in full; it completes nothing.",
        severity=WRONG,
        at_risk="what was paid so, less what bounced",
        resolutions=(R.ASSIGN, *_RESTING),
    ),
    X.MISDIRECTED_PAYMENT: Kind(
        raised="The wrong one received a payment, and owes it: the old factor for what was bought out of it"
        " before, the new one for what was left with the old, or the subsidiary for what its factor"
        " bought (`loads pay --misdirected`).",
        severity=WRONG,
        at_risk="what was received so, less what bounced",
        resolutions=(R.DISPUTE, R.WAIT, R.ASSIGN, R.IGNORE),
    ),
    X.BOUGHT_AFTER_RETURN: Kind(
        raised="The factor bought an invoice that was taken back; it blocks every other live sale.",
        severity=WRONG,
        at_risk="the purchase amount, else the face",
        resolutions=(R.ASSIGN, *_RESTING),
    ),
    X.BASIS_WITHDRAWN: Kind(
        raised="What a return or resale was based on has been undone.",
        severity=WRONG,
        at_risk=FACE,
        resolutions=_RESTING,
        age=FIRST_SEEN,
    ),
    X.RESERVE_OVERDUE: Kind(
        raised="The sale is settled, and reserve is held longer than the terms say (30 days if they do"
        " not) after the last payment. Time raises it, by the subsidiary's business date.",
        severity=WAITING,
        at_risk="reserve held, less rebates",
        resolutions=_ASKING,
        age="day from which it is overdue",
    ),
    X.TERMS_VARIANCE: Kind(
        raised="A report states another amount of a fee, reserve, advance, rebate, purchase or payment than"
        " the kind of report that counts.",
        severity=WAITING,
        at_risk="the largest difference",
        resolutions=_ASKING,
    ),
    X.CREDIT_DECLINED: Kind(
        raised="The factor's last answer about the customer's credit came after the invoice was sold and"
        " declines it, and the factor has neither bought nor denied the invoice. Another answer, a purchase"
        " or the end of the sale clears it.",
        severity=WRONG,
        at_risk=FACE,
        resolutions=(R.WAIT, R.IGNORE),
        age=FIRST_SEEN,
    ),
    X.DELIVERY_IN_DOUBT: Kind(
        raised="Nobody knows whether the batch arrived, or a row names one settled as not delivered;"
        " `batches settle` clears it.",
        severity=WRONG,
        at_risk="the batch's amount",
        resolutions=(R.WAIT,),
    ),
    X.UNACKNOWLEDGED_BATCH: Kind(
        raised="No report has named a delivered batch after the provider's usual delay. Time raises it, by"
        " the subsidiary's business date; factors that send no purchase reports are left out.",
        severity=WAITING,
        at_risk="the batch's amount",
        resolutions=(R.WAIT, R.IGNORE),
        age="day after the usual delay",
    ),
}
"""Every type there is."""


def allowed(item: ExceptionItem) -> tuple[Resolution, ...]:
    """Return what may be decided about *item*, the suggested first: of its type's, what its subject takes.

    Only lines of one cheque can each count, and there is nothing to choose between copies of one
    row that differ in other cells.  Behind an invoice that goes directly to the customer is no
    reserve.
    """
    kind, _, _ = item.subject.partition(":")
    out: tuple[Resolution, ...] = ()
    if item.type is X.CONFLICTING_ROWS:
        out = {"cheque": (), "invoice": (R.USE_ROW, R.COUNT_EACH)}.get(kind, (R.COUNT_EACH,))
    elif item.type is X.MISDIRECTED_PAYMENT and kind == "load":
        out = (R.ASSIGN,)
    elif item.type is X.SHORT_PAID and kind == "load":
        out = (R.CHARGE_TO_RESERVE,)
    return tuple(one for one in KINDS[item.type].resolutions if one not in out)


def markdown_table() -> str:
    """Write the tables for the docs: what there is to look at, and what each decision does."""
    kinds = [
        (f"`{kind}`", about.raised, about.severity, about.at_risk, about.age, _names(about.resolutions))
        for kind, about in KINDS.items()
    ]
    effects = [
        (f"`{one}`", ", ".join(effect.parameters) or "none", effect.does, effect.lapses)
        for one, effect in EFFECTS.items()
    ]
    heading = ("Exception", "Raised when", "Severity", "Amount at risk", "Age from", "Resolutions")
    return "\n".join(
        [*_table(heading, kinds), "", *_table(("Resolution", "Parameters", "Effect", "Lapses"), effects), ""]
    )


def _names(resolutions: Iterable[Resolution]) -> str:
    return ", ".join(f"`{one}`" for one in resolutions)


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for cells in (heading, ["---"] * len(heading), *rows):
        yield f"| {' | '.join(cells)} |"
