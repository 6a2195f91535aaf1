"""When a load reached each status, by business date."""

import datetime as dt

from factoring_core.analysis.reading import Snapshot
from factoring_core.domain.reconciling.decisions import Decision
from factoring_core.domain.reconciling.sale_fold import SaleFold
from factoring_core.domain.reconciling.settling import accepting
from factoring_core.domain.reconciling.standing import LoadFold
from factoring_core.domain.reconciling.world import STATED
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Load
from factoring_core.usecases.days import local_day

RANK = {status: place for place, status in enumerate(LoadStatus)}
Days = tuple[dt.date | None, dt.date | None, dt.date | None, dt.date | None, dt.date | None]


class Stages:
    """Dates the way of each load of one subsidiary.

    Released when delivered, queued with the invoice's date, invoiced when its batch arrived,
    financed when bought, completed with the last payment or the decision that closed it.  A
    status is never reached before the one in front of it: a payment that came before the
    purchase completes the load on the day of the purchase.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._arrived = {
            id_: local_day(one.delivery.at, snapshot.subsidiary)
            for id_, one in snapshot.world.batches.items()
            if one.delivery is not None and one.delivery.by != "evidence"
        }
        self._paid: dict[str, dt.date] = {}
        for fact in snapshot.world.facts.get(STATED, {}).values():
            on, load = fact.key[4], fact.first.invoice_key.removeprefix("load:")
            if on is not None and on > self._paid.get(load, dt.date.min):
                self._paid[load] = on
        self._decisions: dict[str, list[Decision]] = {}
        for one in sorted(snapshot.book.decisions, key=lambda one: one.sequence):
            self._decisions.setdefault(one.subject, []).append(one)

    def days(self, load: Load, fold: LoadFold) -> Days:
        """Return the days on which the load was released, queued, invoiced, financed and completed."""
        reached = RANK[fold.standing.status]
        released = load.delivered_on
        queued = load.invoice.date if reached >= 1 and load.invoice is not None else None
        invoiced = self._invoiced(load, fold) if reached >= 2 else None
        financed = self._financed(fold) if reached >= 3 else None
        completed = self._completed(load, fold) if reached >= 4 else None
        return _in_order(released, queued, invoiced, financed, completed)

    def _invoiced(self, load: Load, fold: LoadFold) -> dt.date | None:
        if fold.sale is None:
            return load.sent_direct_on
        sale = fold.sale.sale
        return sale.sealed_on if sale.batch is None else self._arrived.get(sale.batch, sale.sealed_on)

    def _financed(self, fold: LoadFold) -> dt.date | None:
        if fold.sale is None:
            return None
        position = fold.sale.position
        return position.purchased_on or (position.last_paid_on if position.implied else None)

    def _completed(self, load: Load, fold: LoadFold) -> dt.date | None:
        opening = load.direct_opening
        days = [self._paid.get(load.number)]
        if fold.sale is not None:
            opening = fold.sale.sale.opening or opening
            days.append(fold.sale.position.last_paid_on)
            if self._decisions:
                days.append(self._accepted(fold.sale))
        if opening is not None:
            days.append(opening.paid_on)
        known = [day for day in days if day is not None]
        return max(known) if len(known) > 1 else known[0] if known else None

    def _accepted(self, fold: SaleFold) -> dt.date | None:
        subject, shortage = f"assignment:{fold.sale.id}", fold.position.shortage
        found = accepting(self._decisions, subject, shortage)
        return local_day(found.at, self._snapshot.subsidiary) if found is not None else None


def _in_order(*days: dt.date | None) -> Days:
    """Move a day that lies before the one of an earlier status onto that."""
    latest, found = dt.date.min, list(days)
    for place, day in enumerate(days):
        if day is not None:
            if day < latest:
                found[place] = latest
            else:
                latest = day
    return found[0], found[1], found[2], found[3], found[4]
