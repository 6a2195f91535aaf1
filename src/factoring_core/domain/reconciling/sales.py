"""Which sale of an invoice a fact belongs to, where it was sold more than once."""

import datetime as dt
from collections.abc import Mapping, Sequence

from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.canonical import canonical_reference
from factoring_core.domain.vocabulary.profile import EvidenceType

LEANS_ON: Mapping[EvidenceType, EvidenceType] = {
    EvidenceType.PURCHASE_REVERSAL: EvidenceType.PURCHASE,
    EvidenceType.PAYMENT_REVERSAL: EvidenceType.PAYMENT,
    EvidenceType.FEE: EvidenceType.PURCHASE,
    EvidenceType.FEE_REVERSAL: EvidenceType.FEE,
    EvidenceType.REBATE: EvidenceType.PURCHASE,
    EvidenceType.REBATE_REVERSAL: EvidenceType.REBATE,
    EvidenceType.CHARGEBACK: EvidenceType.PURCHASE,
    EvidenceType.CHARGEBACK_REVERSAL: EvidenceType.CHARGEBACK,
}
"""What a fact of each type reverses or settles, and therefore where it belongs."""

ORDER: tuple[tuple[EvidenceType, ...], ...] = (
    tuple(kind for kind in EvidenceType if kind not in LEANS_ON),
    (
        EvidenceType.PURCHASE_REVERSAL,
        EvidenceType.PAYMENT_REVERSAL,
        EvidenceType.FEE,
        EvidenceType.REBATE,
        EvidenceType.CHARGEBACK,
    ),
    (EvidenceType.FEE_REVERSAL, EvidenceType.REBATE_REVERSAL, EvidenceType.CHARGEBACK_REVERSAL),
)
"""The order in which facts find their sale: what is leaned on comes before what leans."""


def sale_order(sale: Assignment) -> tuple[dt.date, int, str]:
    """Order the sales of one invoice: by sealing date, then batch number."""
    return (sale.sealed_on, sale.batch_number or 0, sale.id)


def choose_sale(
    sales: Sequence[Assignment],
    fact: Fact,
    *,
    held: Mapping[str, frozenset[EvidenceType]],
    undated: dt.date | None = None,
    claimed: frozenset[str] = frozenset(),
) -> Assignment:
    """Choose among the sales of one invoice, given in `sale_order`.

    Args:
        sales: At least one.
        fact: What is to be placed.
        held: By sale id, the types of fact it holds already (openings count).
        undated: The earliest date seen with the fact's type, amount and reference; used
            where the fact has none.
        claimed: The batches that the reports holding the fact were accepted for: a report
            of one batch names it for each of its rows.
    """
    named = [sale for sale in sales if _named(sale, fact)]
    if not named:
        named = [sale for sale in sales if sale.batch in claimed]
    if len(named) == 1:
        return named[0]
    on = fact.key[4] or undated
    if on is None:
        return sales[0]
    begun = [sale for sale in sales if sale.sealed_on <= on]
    needed = LEANS_ON.get(fact.first.type)
    if needed is not None:
        holding = [sale for sale in begun if needed in held.get(sale.id, frozenset())]
        if holding:
            return holding[-1]
    return begun[-1] if begun else sales[0]


def _named(sale: Assignment, fact: Fact) -> bool:
    """Say whether the row names this sale's schedule or batch."""
    seen = fact.attributes
    if seen.schedule_number and sale.schedule_number:
        if canonical_reference(seen.schedule_number) == canonical_reference(sale.schedule_number):
            return True
    if seen.batch_number and sale.batch_number is not None:
        return canonical_reference(seen.batch_number) == str(sale.batch_number)
    return False
