"""What rows raise by themselves: those that no sale takes, and copies that disagree."""

from collections.abc import Iterator, Sequence

from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.reconciling.placing import Placement, invoice_subject
from factoring_core.domain.reconciling.posting import Finding
from factoring_core.domain.reconciling.raised import Found, Raised, the_factors
from factoring_core.domain.reconciling.sale_fold import misdirected
from factoring_core.domain.vocabulary.profile import EvidenceType

X = ExceptionType


def raised_by_rows(raised: Raised) -> Iterator[Found]:
    """Yield what is said of rows, whatever becomes of the sales."""
    yield from _misplaced(raised)
    yield from _disputed(raised)
    for connection, asked in raised.accounts.items():
        for finding in asked:
            yield connection, finding, None


def _misplaced(raised: Raised) -> Iterator[Found]:
    """Facts that no sale takes, one exception for each invoice key."""
    for connection, placed in raised.placements.items():
        groups: dict[tuple[ExceptionType, str], list[tuple[Fact, Placement]]] = {}
        for key, placement in placed.items():
            if placement.miss is not None:
                found = (raised.facts[connection][key], placement)
                groups.setdefault((placement.miss, key[1]), []).append(found)
        for (miss, invoice_key), members in groups.items():
            # Which of its facts speaks for all must not depend on the order they came in.
            _, placement = min(members, key=lambda member: member[0].text)
            facts = [fact for fact, _ in members]
            load = placement.load if miss is not X.NON_FACTORED else None
            amount = sum(fact.amount for fact in facts if fact.first.primary)
            subject = invoice_subject(invoice_key)
            owner = _left_behind(raised, connection, load, facts) if miss is X.OTHER_PROVIDER else None
            if owner is not None:
                reversed_ = sum(
                    fact.amount for fact in facts if fact.first.type is EvidenceType.PAYMENT_REVERSAL
                )
                yield (
                    connection,
                    misdirected(
                        subject, amount - 2 * reversed_, facts, owed_by=connection, owed_to=owner, load=load
                    ),
                    placement,
                )
                continue
            finding = Finding(type=miss, subject=subject, amount=amount, facts=tuple(facts), load=load)
            yield connection, finding, placement


def _left_behind(raised: Raised, connection: str, load: str | None, facts: Sequence[Fact]) -> str | None:
    """Return whose money it is, where customers pay for what was not taken over to one that did take over.

    Without any buy-out between the two a row about the other's invoice may as well be misplaced.
    """
    fold = raised.loads[load].sale if load is not None and load in raised.loads else None
    if fold is None or not the_factors(fold) or (fold.sale.connection, connection) not in raised.handed_on:
        return None
    paid = all(fact.first.type in (EvidenceType.PAYMENT, EvidenceType.PAYMENT_REVERSAL) for fact in facts)
    return fold.sale.connection if paid else None


def _disputed(raised: Raised) -> Iterator[Found]:
    """Copies of one fact whose other cells disagree."""
    for connection, facts in raised.facts.items():
        groups: dict[str, list[Fact]] = {}
        for fact in facts.values():
            if fact.disputed:
                groups.setdefault(fact.key[1], []).append(fact)
        for invoice_key, disputed in groups.items():
            names = sorted({name for fact in disputed for name in fact.disputed})
            loads = {raised.sales[fact.sale].sale.load for fact in disputed if fact.sale}
            finding = Finding(
                type=X.CONFLICTING_ROWS,
                subject=invoice_subject(invoice_key),
                amount=sum(fact.amount for fact in disputed if fact.first.primary),
                facts=tuple(disputed),
                note="copies of one row disagree on " + ", ".join(names),
                load=min(loads, default=None),
            )
            yield connection, finding, None
