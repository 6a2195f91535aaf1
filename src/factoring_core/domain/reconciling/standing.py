"""Where each load stands: its sales, or what its customer paid directly, read as one status."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from attrs import frozen

from factoring_core.domain.reconciling.decisions import Resolution
from factoring_core.domain.reconciling.evidence import EvidenceKey
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.posting import Decisions
from factoring_core.domain.reconciling.sale_fold import SaleFold
from factoring_core.domain.reconciling.sales import sale_order
from factoring_core.domain.reconciling.settling import accepting
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState
from factoring_core.domain.vocabulary.lifecycle import Ending, Facts, LoadStatus, Route, status_of
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.domain.vocabulary.parties import InvoicingMethod
from factoring_core.domain.vocabulary.profile import EvidenceType

if TYPE_CHECKING:
    from factoring_core.domain.reconciling.world import Book


@frozen(kw_only=True)
class DirectDebt:
    """What the customer owes the subsidiary itself.  Cents."""

    owed: int
    paid: int
    written_off: int = 0

    @property
    def open(self) -> int:
        """What is still to be collected."""
        return self.owed - self.paid - self.written_off


@frozen(kw_only=True)
class LoadFold:
    """One load: its standing, the facts that decide it, and the sale that counts now.

    ``stated``: payments a person stated, in cents; on a load that is not the
    subsidiary's to collect they settle nothing.
    """

    standing: Standing
    facts: Facts
    sale: SaleFold | None
    direct: DirectDebt | None
    stated: int = 0


def load_subject(number: str) -> str:
    """Name a load that has no assignment to name."""
    return f"load:{number}"


def stand(
    book: "Book",
    sales: Mapping[str, SaleFold],
    batches: Mapping[str, Batch],
    stated: Mapping[EvidenceKey, Fact],
    decisions: Decisions,
) -> dict[str, LoadFold]:
    """Say for every load where it stands."""
    by_load: dict[str, list[Assignment]] = {}
    for sale in book.assignments:
        if sale.batch is None or batches[sale.batch].state not in (BatchState.CANCELLED, BatchState.DRAFT):
            by_load.setdefault(sale.load, []).append(sale)
    said: dict[str, int] = {}
    for fact in stated.values():
        load = fact.first.invoice_key.removeprefix("load:")
        fact.posted = 1
        sign = -1 if fact.first.type is EvidenceType.PAYMENT_REVERSAL else 1
        said[load] = said.get(load, 0) + sign * fact.amount
    return {
        number: _stand(
            load,
            [sales[sale.id] for sale in _ordered(by_load.get(number, []))],
            batches,
            said.get(number, 0),
            decisions,
            book.subsidiary.tolerance,
        )
        for number, load in book.loads.items()
    }


def _ordered(sold: list[Assignment]) -> list[Assignment]:
    return sorted(sold, key=sale_order) if len(sold) > 1 else sold


def _stand(
    load: Load,
    sales: list[SaleFold],
    batches: Mapping[str, Batch],
    stated: int,
    decisions: Decisions,
    tolerance: int,
) -> LoadFold:
    current, own = None, sales
    for fold in sales:
        if fold.ending is None:
            current = fold
        elif fold.ending is Ending.BOUGHT_OUT:
            # It has gone on as the sale that took it over.
            own = [one for one in sales if one.ending is not Ending.BOUGHT_OUT]
    delivered = current is not None and _delivered(current.sale, batches)
    position = current.position if current is not None and delivered else None
    charged_back = position is not None and position.fully_charged_back
    method_direct = load.method is not None and load.method.method is InvoicingMethod.DIRECT
    route = Route.DIRECT if charged_back or method_direct or load.sent_direct_on else Route.FACTORING
    invoice = load.invoice
    direct = None
    if invoice is not None and route is Route.DIRECT:
        owed = position.shortage if position is not None else invoice.face
        direct = _direct(load, owed, stated, decisions, current if charged_back else None)
    settled = (
        direct is not None and direct.open <= tolerance
        if route is Route.DIRECT
        else position is not None and position.settled is not None
    )
    facts, status = _facts(
        route,
        invoice is not None,
        delivered,
        load.sent_direct_on is not None,
        position is not None and position.bought,
        settled,
        charged_back,
        None if delivered or not own else (own[-1].ending or Ending.WITHDRAWN),
    )
    if direct is not None and status is not LoadStatus.QUEUED:
        paid, open_ = direct.paid, direct.open
    elif position is not None:
        paid, open_ = position.net_paid, position.open
        if position.direct_open:
            paid, open_ = paid + stated, open_ - stated
    else:
        paid, open_ = 0, invoice.face if invoice is not None else 0
    said = own[-1].disposition if own else None
    standing = Standing(
        subsidiary=load.subsidiary,
        load=load.number,
        status=status,
        route=route,
        disposition=said.value if said is not None else None,
        batch=current.sale.batch if current is not None else None,
        paid=paid,
        open=open_,
    )
    return LoadFold(
        standing=standing, facts=facts, sale=current if delivered else None, direct=direct, stated=stated
    )


@cache
def _facts(
    route: Route,
    has_invoice: bool,
    sold: bool,
    direct_sent: bool,
    purchased: bool,
    settled: bool,
    fully_charged_back: bool,
    ended_by: Ending | None,
) -> tuple[Facts, LoadStatus]:
    """Return the facts and the status they give; there are few, and many loads share them."""
    facts = Facts(
        route=route,
        has_invoice=has_invoice,
        sold=sold,
        direct_sent=direct_sent,
        purchased=purchased,
        settled=settled,
        fully_charged_back=fully_charged_back,
        ended_by=ended_by,
    )
    return facts, status_of(facts)


def _delivered(sale: Assignment, batches: Mapping[str, Batch]) -> bool:
    return sale.batch is None or batches[sale.batch].state is BatchState.DELIVERED


def _direct(
    load: Load, owed: int, stated: int, decisions: Decisions, charged_back: SaleFold | None
) -> DirectDebt:
    """Work out what the customer still owes the subsidiary."""
    opening = load.direct_opening
    paid = stated
    if opening is not None and charged_back is None:
        paid += owed if opening.settled and opening.paid is None else opening.paid or 0
    shortage = owed - paid
    subjects = [load_subject(load.number)]
    if charged_back is not None:
        subjects.append(f"assignment:{charged_back.sale.id}")
    for subject in subjects:
        # There is no reserve behind what the subsidiary collects itself.
        if accepting(decisions, subject, shortage, (Resolution.WRITE_OFF,)) is not None:
            return DirectDebt(owed=owed, paid=paid, written_off=shortage)
    return DirectDebt(owed=owed, paid=paid)
