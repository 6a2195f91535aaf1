"""The cells of the frames about facts: what every row states, and which invoice it was matched to."""

from collections.abc import Sequence

from factoring_core.analysis.cells import Cells, Snapshots, gathered
from factoring_core.analysis.reading import Snapshot
from factoring_core.analysis.schemas import EVIDENCE, MATCHES
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.placing import Placement
from factoring_core.domain.reconciling.world import STATED


def evidence(snapshots: Snapshots) -> Cells:
    """Return the cells of `evidence`.

    ``counts`` shares out how often a fact posts among its copies, so that what is counted adds
    up to the positions and accounts.
    """
    return gathered(EVIDENCE, (_evidence(one) for one in snapshots))


def _evidence(one: Snapshot) -> Cells:
    stated, pools = one.book.evidence, one.pools
    facts = [fact for fact, _ in one.placed]
    return {
        "report": [fact.report for fact in stated],
        "row": [fact.row for fact in stated],
        "seq": [fact.seq for fact in stated],
        "subsidiary": [one.subsidiary.id] * len(stated),
        "connection": list(pools),
        "type": [fact.type._value_ for fact in stated],
        "invoice_key": [fact.invoice_key for fact in stated],
        "amount": [fact.amount for fact in stated],
        "word": [fact.word or None for fact in stated],
        "on": [fact.on for fact in stated],
        "reference": [fact.reference for fact in stated],
        "measure": [fact.measure._value_ for fact in stated],
        "posts": [fact.posts for fact in stated],
        "counts": _counts(stated, facts),
        "questioned": [fact.questioned for fact in facts],
        "account": [fact.account for fact in stated],
        "assignment": [fact.sale for fact in facts],
        "load": [
            where.load
            if where is not None
            else (fact.invoice_key.removeprefix("load:") if pool == STATED else None)
            for fact, pool, (_, where) in zip(stated, pools, one.placed, strict=True)
        ],
    }


def _counts(stated: Sequence[Evidence], facts: Sequence[Fact]) -> list[int]:
    """Say of each copy of a fact how often it posts: the first ones do, as often as the fact does."""
    counts = []
    seen: dict[int, int] = {}
    for copy, fact in zip(stated, facts, strict=True):
        if not fact.posted or copy.posts is not fact.first.posts or copy.amount is None:
            counts.append(0)
        elif fact.posted == 1 and len(fact.copies) == 1:
            counts.append(1)
        else:
            nth = seen[id(fact)] = seen.get(id(fact), 0) + 1
            held = sum(other.posts is fact.first.posts for other in fact.copies)
            # A person may count more than the reports hold; the last copy stands for those.
            more = fact.posted - held if nth == held < fact.posted else 0
            counts.append(int(nth <= fact.posted) + more)
    return counts


def matches(snapshots: Snapshots) -> Cells:
    """Return the cells of `matches`: one row for each report row whose invoice was found."""
    return gathered(MATCHES, (_matches(one) for one in snapshots))


def _matches(one: Snapshot) -> Cells:
    found: list[tuple[Evidence, str, Placement]] = []
    last: tuple[str, int] | None = None
    for fact, pool, (_, placed) in zip(one.book.evidence, one.pools, one.placed, strict=True):
        row = (fact.report, fact.row)
        if row != last and placed is not None and placed.sale is not None and placed.load is not None:
            last = row
            found.append((fact, pool, placed))
    fields = {used: ",".join(used) for used in {placed.fields for _, _, placed in found}}
    return {
        "report": [fact.report for fact, _, _ in found],
        "row": [fact.row for fact, _, _ in found],
        "line": [fact.line for fact, _, _ in found],
        "subsidiary": [one.subsidiary.id] * len(found),
        "connection": [pool for _, pool, _ in found],
        "load": [placed.load for _, _, placed in found],
        "assignment": [placed.sale for _, _, placed in found],
        "invoice_number": [placed.invoice_number for _, _, placed in found],
        "tier": [placed.tier for _, _, placed in found],
        "fields": [fields[placed.fields] for _, _, placed in found],
    }
