"""From the typed cells of a report to the facts its rows state."""

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any

from attrs import field, frozen

from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.reconciling.evidence import Attributes, Evidence
from factoring_core.domain.vocabulary.canonical import canonical_reference
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.domain.vocabulary.profile import (
    Disposition,
    EntryRule,
    EvidenceType,
    Measure,
    Posting,
    ReportLayout,
)
from factoring_core.errors import Fault


@frozen(kw_only=True)
class RowFacts:
    """Every fact of a report, in row order, with what a person should know about the reading.

    ``unknown``: how many rows say each status that the layout does not know.
    """

    evidence: tuple[Evidence, ...]
    faults: tuple[Fault, ...] = ()
    unknown: Mapping[str, int] = field(factory=dict)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said of words that nobody knows."""
        return tuple(
            f"unknown_status: {count} row(s) say {word!r}, a word this layout does not know;"
            " they moved nothing"
            for word, count in sorted(self.unknown.items())
        )


PURCHASE_SIDE = frozenset(
    {EvidenceType.PURCHASE, EvidenceType.ADVANCE, EvidenceType.RESERVE_HELD, EvidenceType.FEE}
)


def read_facts(content: ReportColumns, *, report: str) -> RowFacts:
    """Turn each row into one fact per money movement and one per disposition.

    Args:
        content: The typed cells.
        report: The id of the report the facts will belong to.
    """
    layout = content.layout
    rules = {word: rule for rule in layout.entries for word in rule.words}
    words = content.column("type")
    statuses = content.column("status")
    keys = invoice_keys(content)
    attributes = _attributes(content)
    cells = {name: content.column(name, None) for name in layout.amount_fields}
    dates = {name: content.column(name, None) for name in _named_dates(layout)}
    references = {name: content.column(name) for name in _named_references(layout)}

    compared, new = _Compared(), tuple.__new__

    evidence: list[Evidence] = []
    faults: list[Fault] = []
    unknown_statuses: dict[str, int] = {}

    for index, (row, line) in enumerate(zip(content.rows, content.lines, strict=True)):
        rule = rules.get(words[index])
        if rule is None:
            faults.append(
                Fault(
                    code="not_in_list",
                    message=f"the type is none of {_listed(rules)}",
                    row=row,
                    line=line,
                    column="type",
                    excerpt=words[index],
                )
            )
            continue
        disposition, on = rule.disposition, rule.disposition_date
        status = statuses[index]
        if status and layout.statuses:
            disposition, on = layout.statuses.get(status), layout.status_date
            if disposition is None:
                # A word we do not know never moves a load: the row is kept as information.
                unknown_statuses[status] = unknown_statuses.get(status, 0) + 1
                continue
        key, seq = keys[index], 0
        if disposition is not None:
            day, said = _at(dates, on, index), status or words[index]
            evidence.append(_disposed(report, row, line, key, disposition, day, said, attributes[index]))
            seq = 1
        if rule.information:
            continue
        # Held, denied, or only received so far: such a row buys nothing, whatever amounts it shows.
        buys = disposition in (None, Disposition.PURCHASED)
        for posting in rule.posts:
            if not buys and posting.type in PURCHASE_SIDE:
                continue
            column, amount = _first_filled(cells, posting, index)
            if amount is None and not (posting.primary and layout.bare_list):
                if posting.primary:
                    faults.append(_missing_amount(posting, row, line))
                continue
            if amount == 0 and not posting.primary:
                continue
            kind, cents = posting.type, amount
            if amount is not None and amount < 0 and not posting.signed:
                if posting.negative is None:
                    faults.append(
                        Fault(
                            code="bad_amount",
                            message="the amount is negative; the type carries the sign here",
                            row=row,
                            line=line,
                            column=column,
                            excerpt=decimal_text(amount),
                        )
                    )
                    continue
                kind, cents = posting.negative, -amount
            reference = references[posting.reference][index] if posting.reference else ""
            evidence.append(
                new(
                    Evidence,
                    (
                        report,
                        row,
                        seq,
                        line,
                        kind,
                        key,
                        cents,
                        "",
                        _at(dates, posting.date, index),
                        reference,
                        compared[reference],
                        posting.measure,
                        posting.posts,
                        posting.primary,
                        rule.account and not key,
                        attributes[index],
                    ),
                )
            )
            seq += 1

    return RowFacts(evidence=tuple(evidence), faults=tuple(faults), unknown=unknown_statuses)


class _Compared(dict[str, str]):
    """References in the form in which they are compared; each different one is worked out once."""

    def __missing__(self, reference: str) -> str:
        found = self[reference] = canonical_reference(reference) if reference else ""
        return found


def _listed(rules: Mapping[str, EntryRule]) -> str:
    return ", ".join(sorted(word or "blank" for word in rules))


def _missing_amount(posting: Posting, row: int, line: int) -> Fault:
    return Fault(
        code="required",
        message="the amount is empty; it cannot be guessed",
        row=row,
        line=line,
        column=posting.amount[0] if posting.amount else None,
    )


def _at(dates: Mapping[str, Sequence[Any]], name: str | None, index: int) -> dt.date | None:
    if name is None:
        return None
    found: dt.date | None = dates[name][index]
    return found


def _first_filled(
    cells: Mapping[str, Sequence[Any]], posting: Posting, index: int
) -> tuple[str | None, int | None]:
    for name in posting.amount:
        amount: int | None = cells[name][index]
        if amount is not None:
            return name, amount
    return None, None


def _disposed(
    report: str,
    row: int,
    line: int,
    key: str,
    disposition: Disposition,
    on: dt.date | None,
    said: str,
    attributes: Attributes,
) -> Evidence:
    return Evidence(
        report,
        row,
        0,
        line,
        EvidenceType.DISPOSITION,
        key,
        None,
        disposition.value,
        on,
        said,
        "",
        Measure.INFORMATION,
        True,
        False,
        False,
        attributes,
    )


def invoice_keys(content: ReportColumns) -> Sequence[str]:
    """Name the invoice of each row: its number, else ``po:`` or ``load:`` and text, else nothing."""
    numbers = content.column("invoice_number")
    if all(numbers):
        return numbers
    orders, loads = content.column("po_number"), content.column("load_number")
    return [
        number or (f"load:{load}" if load else f"po:{order}" if order else "")
        for number, order, load in zip(numbers, orders, loads, strict=True)
    ]


def _attributes(content: ReportColumns) -> list[Attributes]:
    columns = [
        content.column("invoice_amount", None),
        content.column("load_number"),
        content.column("po_number"),
        content.column("customer"),
        content.column("debtor_number"),
        content.column("mc_number"),
        content.column("schedule_number"),
        content.column("batch_number"),
        content.column("currency"),
        content.column("closed", None),
    ]
    # Like `Attributes._make`, in a third of the time.
    return list(map(tuple.__new__, repeat(Attributes), zip(*columns, strict=True)))


def _named_dates(layout: ReportLayout) -> set[str]:
    named = {posting.date for rule in layout.entries for posting in rule.posts}
    named |= {rule.disposition_date for rule in layout.entries} | {layout.status_date}
    return {name for name in named if name}


def _named_references(layout: ReportLayout) -> set[str]:
    return {posting.reference for rule in layout.entries for posting in rule.posts if posting.reference}
