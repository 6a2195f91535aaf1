"""What was seen: evidence joined by key, one pool for each connection."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from factoring_core.domain.reconciling.evidence import Evidence, key_text
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.vocabulary.canonical import canonical_reference, normal_mc, normal_name
from factoring_core.domain.vocabulary.profile import ReportKind

ATTRIBUTES = (
    "invoice_amount",
    "load_number",
    "po_number",
    "customer",
    "debtor_number",
    "mc_number",
    "schedule_number",
    "batch_number",
    "currency",
    "closed",
)


@dataclass(eq=False)
class Seen:
    """One key, with everything that was ever seen of it."""

    kind: str
    invoice_key: str
    amount: int | None
    word: str
    on: dt.date | None
    reference: str
    copies: list[Evidence]
    times: int
    """The highest multiplicity in any one report."""
    reports: set[str]
    legal: bool
    cells: dict[str, Any] = field(default_factory=dict)
    disputed: set[str] = field(default_factory=set)
    posts_times: int = 0

    @property
    def cents(self) -> int:
        """The amount, 0 where there is none."""
        return self.amount or 0

    @property
    def text(self) -> str:
        """The key as decisions remember it."""
        return key_text(self.copies[0].key)

    @property
    def posts(self) -> bool:
        """Whether any copy comes from a report that posts this type."""
        return any(copy.posts for copy in self.copies)

    @property
    def measure(self) -> str:
        """What the amount measures."""
        return str(self._telling.measure.value)

    @property
    def account(self) -> bool:
        """Whether it is money without an invoice."""
        return self._telling.account

    @property
    def _telling(self) -> Evidence:
        return next((copy for copy in self.copies if copy.posts), self.copies[0])

    @property
    def primary(self) -> bool:
        """Whether this is the row's own amount."""
        return self._telling.primary

    @property
    def fullness(self) -> int:
        """3 both identity cells, 2 the date, 1 the reference, 0 neither."""
        return (2 if self.on else 0) + (1 if self.reference else 0)


def pools(book: Book) -> dict[str, list[Seen]]:
    """Join the evidence of every connection; statements of a person are a pool of their own."""
    by_pool: dict[str, dict[Any, list[Evidence]]] = {}
    for one in book.evidence:
        report = book.reports[one.report]
        stated = report.kind is ReportKind.STATEMENT or report.connection is None
        pool = "stated" if stated else str(report.connection)
        key = (str(one.type), one.invoice_key, one.amount, one.word, one.on, one.reference_key)
        by_pool.setdefault(pool, {}).setdefault(key, []).append(one)
    return {
        pool: [_seen(book, key, copies) for key, copies in keys.items()] for pool, keys in by_pool.items()
    }


def _seen(book: Book, key: Any, copies: list[Evidence]) -> Seen:
    copies = sorted(copies, key=lambda copy: (copy.report, copy.row, copy.seq))
    # Where one report posts a type and another only compares it, what posts is counted.
    counted = [copy for copy in copies if copy.posts] or copies
    per_report = Counter(copy.report for copy in counted)
    repeated = [name for name, times in per_report.items() if times > 1]
    result = Seen(
        *key,
        copies=copies,
        times=max(per_report.values()),
        reports=set(per_report),
        legal=all(book.reports[name].repeats_legal for name in repeated),
    )
    if not repeated:
        result.legal = False
    for name in ATTRIBUTES:
        values = [getattr(copy.attributes, name) for copy in copies]
        filled = sorted({value for value in values if value is not None and value != ""})
        if len({same(name, value) for value in filled}) > 1:
            result.disputed.add(name)
            filled = []
        result.cells[name] = filled[0] if filled else None
    return result


def same(name: str, value: Any) -> Any:
    """Return what two cells are compared by."""
    if not isinstance(value, str):
        return value
    if name == "customer":
        return normal_name(value)
    if name == "mc_number":
        return normal_mc(value)
    return canonical_reference(value)
