"""Sales that one row of a report pays and that are alike in everything the rules look at.

A large report is nearly all such sales.  Of each sort one is folded by the rules; what follows for
it follows for the others, with their own numbers and amounts.  What is of no sort, or raises more
than one thing to look at, is left to the fold.  A property holds both to one answer.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from attrs import evolve, frozen

from factoring_core.domain.reconciling.buckets import Bucket, bucket_of
from factoring_core.domain.reconciling.evidence import Evidence, key_text
from factoring_core.domain.reconciling.findings import ExceptionItem, exception_id
from factoring_core.domain.reconciling.placing import Placement
from factoring_core.domain.reconciling.sale_fold import sale_subject
from factoring_core.domain.reconciling.touched import Key, Ledger, Sold
from factoring_core.domain.reconciling.world import connection_of, fold
from factoring_core.domain.selling.batch import Assignment, Frozen
from factoring_core.domain.vocabulary.lifecycle import Facts, LoadStatus, Route
from factoring_core.domain.vocabulary.load import Load, Opening, Standing
from factoring_core.domain.vocabulary.profile import EvidenceType, Measure

NOTHING = (None,) * 5


class Before(NamedTuple):
    """Where a load stands without the new report; see `Standing`."""

    load: str
    status: LoadStatus
    route: Route
    disposition: str | None
    batch: str | None
    paid: int
    open: int
    flags: tuple[str, ...]


@frozen
class Outcome:
    """What follows for every sale of one sort, apart from numbers and amounts.

    ``item``: the one thing that a person must look at, if there is one.
    """

    standing: Standing
    facts: Facts
    placement: Placement
    bucket: Bucket
    item: ExceptionItem | None


class Paid(NamedTuple):
    """One sale, the one row that pays it, and what follows."""

    sale: Sold
    row: Evidence
    before: Before
    outcome: Outcome

    @property
    def standing(self) -> Standing:
        """Where its load stands now."""
        sale, paid = self.sale, self.row.amount or 0
        return standing_like(
            self.outcome, sale.subsidiary, sale.load, sale.batch, paid=paid, left=sale.face - paid
        )

    @property
    def placement(self) -> Placement:
        """Where its row belongs."""
        like, sale = self.outcome.placement, self.sale
        return Placement(sale.id, sale.load, sale.invoice_number, like.tier, like.fields)

    def item(self, tenant: str) -> ExceptionItem | None:
        """Return what a person must look at, if there is anything."""
        like = self.outcome.item
        return None if like is None else _item_of(like, tenant, self.sale, self.row)


def standing_like(
    outcome: Outcome, subsidiary: str, load: str, batch: str | None, *, paid: int, left: int
) -> Standing:
    """Return where a load stands of which *paid* cents are paid and *left* cents are open."""
    like = outcome.standing
    return Standing(
        subsidiary=subsidiary,
        load=load,
        status=like.status,
        route=like.route,
        disposition=like.disposition,
        batch=batch,
        paid=paid,
        open=left,
        flags=like.flags,
    )


def paid_alike(
    ledger: Ledger,
    before: Mapping[str, Before],
    sample: Callable[[str], tuple[Load, Assignment]],
    *,
    apart: frozenset[str],
    sorts: "Sorts | None" = None,
) -> dict[str, Paid]:
    """Return the sales that one row of the new report pays, and of which nothing else is said, by key.

    Args:
        ledger: The book with the new report in it.
        before: Where the loads stand without it.
        sample: Gives a load and its one sale; asked for once for each sort.
        apart: Loads that have to be folded for another reason.
        sorts: What is known of each sort by what came before in the same report.
    """
    pool, settled, loose, sales = connection_of(ledger.report), ledger.settled, ledger.loose, ledger.sales
    stated = Counter([one.invoice_key for one in ledger.new])
    apart = apart | ledger.not_alone
    known = Sorts() if sorts is None else sorts
    known.forget_objects()
    new, outcomes = tuple.__new__, known.outcomes
    found: dict[str, Paid] = {}
    for one in ledger.new:
        number = one.invoice_key
        key = (pool, number)
        sale = sales.get(key)
        if sale is None or key in loose or stated[number] > 1 or sale.load in apart:
            continue
        standing = before.get(sale.load)
        sort = None if standing is None else _sort(one, sale, settled[key], standing, known)
        if standing is None or sort is None:
            continue
        if sort not in outcomes:
            outcomes[sort] = _outcome(ledger, key, one, sample(sale.load))
        outcome = outcomes[sort]
        if outcome is not None:
            found[number] = new(Paid, (sale, one, standing, outcome))
    return found


class Sorts:
    """What follows for each sort of sale; None where it cannot be said of others.

    Equal terms have one number.  Most are one object, which is quicker to know again than its value.
    """

    def __init__(self) -> None:
        self.outcomes: dict[Any, Outcome | None] = {}
        self._by_value: dict[Frozen, int] = {}
        self._by_object: dict[int, int] = {}

    def forget_objects(self) -> None:
        """Know terms by their values alone, because others may stand now where they stood."""
        self._by_object.clear()

    def number(self, frozen_: Frozen) -> int:
        """Return the number of these terms."""
        found = self._by_object.get(id(frozen_))
        if found is None:
            found = self._by_value.setdefault(frozen_, len(self._by_value))
            self._by_object[id(frozen_)] = found
        return found


def _sort(one: Evidence, sale: Sold, facts: Sequence[Evidence], before: Before, terms: Sorts) -> Any:
    """Return all that decides what *one* means for a sale; None where something else does as well."""
    _, _, _, _, kind, _, amount, _, on, reference, _, _, _, _, _, _ = one
    if kind is not EvidenceType.PAYMENT or not _plain(one, sale):
        return None
    face, opening, frozen_ = sale.face, sale.opening, sale.frozen
    tolerance = frozen_.tolerance
    if amount is None or not 0 < amount <= face or face <= tolerance:
        return None
    _, status, route, disposition, batch, paid, open_, flags = before
    if route is not Route.FACTORING or batch != sale.batch or paid or open_ != face or flags:
        return None
    bought = None
    if len(facts) > 1:
        other = facts[0] if facts[1] is one else facts[1]
        if len(facts) > 2 or not (_plain(other, sale) and _buys(other, face)):
            return None
        bought = (other.on is None, other.reference == "")
    begun = None
    if opening is not None:
        begun = _begun(opening, face, on)
        if begun is None:
            return None
    short = face - amount > tolerance
    number = terms.number(frozen_)
    return (short, on is None, reference == "", bought, begun, id(status), disposition, batch is None, number)


def _buys(one: Evidence, face: int) -> bool:
    return one.type is EvidenceType.PURCHASE and one.amount == face


def _plain(one: Evidence, sale: Sold) -> bool:
    """Say whether a row moves money in the sale's currency, and closes nothing."""
    seen = one.attributes
    return (
        one.posts
        and one.measure is Measure.MOVEMENT
        and not seen.closed
        and seen.currency in ("", sale.currency)
    )


def _begun(opening: Opening, face: int, on: dt.date | None) -> tuple[bool, ...] | None:
    """Return how a sale was when it was imported, if it had been bought and nothing more."""
    amount = opening.purchased_amount
    others = (opening.advanced, opening.reserve_held, opening.fees, opening.paid, opening.paid_on)
    if opening.settled or not opening.purchased or amount not in (None, face) or others != NOTHING:
        return None
    return (amount is None, opening.purchased_on is None, on is not None and on <= opening.as_of)


def _outcome(ledger: Ledger, key: Key, one: Evidence, sample: tuple[Load, Assignment]) -> Outcome | None:
    """Fold one sale by the rules; None where what follows cannot be said of others."""
    book, (load, sale) = ledger.book, sample
    alone = evolve(
        book,
        loads={load.number: load},
        assignments=(sale,),
        batches={id_: batch for id_, batch in book.batches.items() if id_ == sale.batch},
        evidence=ledger.settled[key],
    )
    world, pool = fold(alone), key[0]
    standing, placement = world.standings[load.number], world.placements[pool][one.key]
    items = [*world.exceptions.values(), *world.later.values()]
    paid = (standing.paid, standing.open, placement.sale) == (one.amount, sale.face - standing.paid, sale.id)
    (sold,) = ledger.of_load[load.number]
    short = all(item.due is None and _item_of(item, book.tenant, sold, one) == item for item in items)
    if not (paid and short) or len(items) > 1 or world.sales[sale.id].ending is not None:
        return None
    bucket = bucket_of(one, world.facts[pool][one.key], placement, 1, 0)
    facts = world.loads[load.number].facts
    return Outcome(standing, facts, placement, bucket, items[0] if items else None)


def _item_of(like: ExceptionItem, tenant: str, sale: Sold, one: Evidence) -> ExceptionItem:
    return item_like(
        like,
        id_=exception_id(tenant, sale.connection, like.type, sale_subject(sale.id)),
        sale=sale.id,
        connection=sale.connection,
        load=sale.load,
        left=sale.face - (one.amount or 0),
        on=one.on,
        row=(one.report, one.row),
        judged=key_text(one.key),
    )


def item_like(
    like: ExceptionItem,
    *,
    id_: str,
    sale: str,
    connection: str,
    load: str,
    left: int,
    on: dt.date | None,
    row: tuple[str, int],
    judged: str,
) -> ExceptionItem:
    """Return what *like* says of another sale: the same, with this sale's numbers and shortage.

    Args:
        id_: What it is called; see `exception_id`.
        sale: The id of the other one.
        left: What its payment leaves open, in cents.
        on: The day of that payment.
        row: The report and the row that state it.
        judged: The key of that fact as text.
    """
    return ExceptionItem(
        id=id_,
        type=like.type,
        severity=like.severity,
        subsidiary=like.subsidiary,
        connection=connection,
        subject=sale_subject(sale),
        load=load,
        amount_at_risk=left,
        since=on,
        rows=(row,),
        judged=(judged,),
    )
