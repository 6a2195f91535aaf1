"""Gathering what a person must look at into exceptions, and seeing which are resolved already."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from attrs import evolve, frozen

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.findings import (
    ExceptionItem,
    ExceptionSeverity,
    ExceptionType,
    exception_id,
)
from factoring_core.domain.reconciling.placing import Placement
from factoring_core.domain.reconciling.posting import Finding, judged
from factoring_core.domain.reconciling.raised import Raised
from factoring_core.domain.reconciling.raised_by_batches import raised_by_batches
from factoring_core.domain.reconciling.raised_by_rows import raised_by_rows
from factoring_core.domain.reconciling.raised_by_sales import raised_by_sales
from factoring_core.domain.reconciling.resolutions import KINDS
from factoring_core.domain.reconciling.sale_fold import sale_subject

CLOSING = (Resolution.IGNORE, Resolution.COLLECT_DIRECT)
RESTING = (Resolution.WAIT, Resolution.DISPUTE)
LASTING = (Resolution.ASSIGN, Resolution.NON_FACTORED)
"""Resolutions that never lapse."""


@frozen
class Gathered:
    """What there is to look at, by id; for what is resolved, the decision that closed it.

    ``later``: what time will raise; each says from which business date on.
    """

    open: Mapping[str, ExceptionItem]
    later: Mapping[str, ExceptionItem]
    resolved: Mapping[str, str]


def gather(raised: Raised) -> Gathered:
    """Make exceptions of all findings, and see which a person has resolved."""
    items: dict[str, ExceptionItem] = {}
    for connection, finding, placement in chain(
        raised_by_rows(raised), raised_by_sales(raised), raised_by_batches(raised)
    ):
        item = _item(raised, connection, finding, placement)
        known = items.get(item.id)
        items[item.id] = item if known is None else _joined(known, item)
    # Only now is each whole: a decision judged all of it, whichever finding came first.
    open_: dict[str, ExceptionItem] = {}
    later: dict[str, ExceptionItem] = {}
    resolved: dict[str, str] = {}
    for item in items.values():
        made = raised.decisions.get(item.subject, ())
        closing, left = _decided(raised, made, item) if made else (None, item)
        if closing is not None:
            resolved[item.id] = closing.id
        else:
            (open_ if item.due is None else later)[item.id] = left
    return Gathered(open_, later, resolved)


def _item(
    raised: Raised, connection: str | None, finding: Finding, placement: Placement | None
) -> ExceptionItem:
    load = finding.load
    if load is None and finding.sale is not None:
        load = raised.sales[finding.sale].sale.load
    dates = [fact.key[4] for fact in finding.facts if fact.key[4] is not None]
    return ExceptionItem(
        id=exception_id(
            raised.book.tenant, connection or raised.book.subsidiary.id, finding.type, finding.subject
        ),
        type=finding.type,
        severity=KINDS[finding.type].severity,
        subsidiary=raised.book.subsidiary.id,
        connection=connection,
        subject=finding.subject,
        load=load,
        amount_at_risk=finding.amount,
        since=finding.due or min(dates, default=None),
        rows=_rows(finding.facts),
        candidates=placement.candidates if placement is not None else (),
        judged=judged(finding.facts),
        note=finding.note,
        amounts=finding.amounts,
        due=finding.due,
        owed_by=finding.owed_by,
        owed_to=finding.owed_to,
    )


def _rows(facts: Iterable[Fact]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted({(copy.report, copy.row) for fact in facts for copy in fact.copies}))


def _joined(first: ExceptionItem, second: ExceptionItem) -> ExceptionItem:
    """Make one exception of two findings about one subject."""
    return evolve(
        first,
        amount_at_risk=max(first.amount_at_risk, second.amount_at_risk),
        rows=tuple(sorted({*first.rows, *second.rows})),
        judged=tuple(sorted({*first.judged, *second.judged})),
        note="; ".join(sorted({text for text in (first.note, second.note) if text})),
        since=min((day for day in (first.since, second.since) if day is not None), default=None),
        amounts=tuple(sorted({*first.amounts, *second.amounts})),
    )


def _decided(
    raised: Raised, made: Sequence[Decision], item: ExceptionItem
) -> tuple[Decision | None, ExceptionItem]:
    """Return the decision that closes *item*, or what is left of it: resting, or open once more."""
    own = [
        one for one in made if one.exception_type == item.type and one.connection in (None, item.connection)
    ]
    closing = [one for one in own if _closes(raised, one, item)]
    if closing:
        return closing[-1], item
    if any(one.resolution in RESTING and _as_judged(one, item) for one in own):
        return None, evolve(item, severity=ExceptionSeverity.WAITING)
    lapsed = [one for one in own if one.resolution not in LASTING]
    if not lapsed:
        return None, item
    again = f"{lapsed[-1].id} ({lapsed[-1].resolution}) does not cover what is there now"
    return None, evolve(item, note="; ".join(text for text in (item.note, again) if text))


def _closes(raised: Raised, decision: Decision, item: ExceptionItem) -> bool:
    if decision.resolution in CLOSING:
        return _as_judged(decision, item)
    if item.type is not ExceptionType.CHARGED_BACK:
        return False
    position = raised.sales[item.subject.removeprefix(sale_subject(""))].position
    if decision.resolution is Resolution.TREAT_AS_FULL:
        return position.fully_charged_back and decision.amount == item.amount_at_risk
    if decision.resolution is Resolution.WRITE_OFF:
        return position.written_off > 0 and decision.judged == item.judged
    return False


def _as_judged(decision: Decision, item: ExceptionItem) -> bool:
    """Say whether the item is still what the decision saw: the same facts, the same money."""
    return decision.judged == item.judged and decision.amount in (None, item.amount_at_risk)
