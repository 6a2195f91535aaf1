"""Where the money of a row went: one place for each fact, for each row, and for each cent."""

from __future__ import annotations

from typing import Any

import pytest

from factoring_core.domain.reconciling.buckets import (
    Bucket,
    Conservation,
    bucket_of,
    conserve,
    multiplicities,
    sort_rows,
)
from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.facts import Fact, join_facts
from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.reconciling.placing import Placement
from factoring_core.domain.vocabulary.profile import CellKind, LayoutField, Measure, ReportKind, ReportLayout
from worlds import numbered, row, said

ON_A_SALE = Placement("A1", "L-1", "1001", 1, ("invoice_number",))
PAID = row("payment", 40_00, 9, "77")


def a_fact(one: Evidence, *reports: str, **folded: Any) -> Fact:
    """The fact that these reports hold, as the fold left it."""
    copies = [copy for report in reports or ("R1",) for copy in numbered(report, [one])]
    (fact,) = join_facts(copies).values()
    for name, value in folded.items():
        setattr(fact, name, value)
    return fact


@pytest.mark.parametrize(
    ("one", "fact", "occurrence", "known", "bucket"),
    [
        (PAID, a_fact(PAID, posted=1), 1, 0, Bucket.MATCHED),
        (PAID, a_fact(PAID, posted=1), 2, 0, Bucket.EXCEPTIONS),
        (PAID, a_fact(PAID, posted=2), 2, 0, Bucket.MATCHED),
        (PAID, a_fact(PAID, posted=1), 1, 1, Bucket.ALREADY_KNOWN),
        (PAID, a_fact(PAID, posted=2), 2, 1, Bucket.MATCHED),
        (PAID, a_fact(PAID, posted=1, questioned=True), 1, 0, Bucket.EXCEPTIONS),
        (PAID, a_fact(PAID, posted=0), 1, 0, Bucket.ALREADY_KNOWN),
        (PAID, a_fact(PAID, posted=0), 2, 0, Bucket.EXCEPTIONS),
        # A weak key in two reports: only what the others hold too may be the same once more.
        (PAID, a_fact(PAID, "R1", "R2", posted=1, repeated=True), 1, 1, Bucket.EXCEPTIONS),
        (PAID, a_fact(PAID, "R1", "R2", posted=2, repeated=True), 2, 1, Bucket.MATCHED),
        (PAID, a_fact(PAID, "R1", posted=1, repeated=True), 1, 1, Bucket.MATCHED),
        (said("held", 3), a_fact(said("held", 3)), 1, 0, Bucket.MATCHED),
        (PAID._replace(posts=False), a_fact(PAID, posted=1), 1, 0, Bucket.INFORMATION),
        (PAID._replace(measure=Measure.INFORMATION), a_fact(PAID, posted=1), 1, 0, Bucket.INFORMATION),
    ],
)
def test_a_fact_on_a_sale_is_where_its_posting_says(
    one: Evidence, fact: Fact, occurrence: int, known: int, bucket: Bucket
) -> None:
    assert bucket_of(one, fact, ON_A_SALE, occurrence, known) is bucket


@pytest.mark.parametrize(
    ("miss", "known", "bucket"),
    [
        (ExceptionType.NON_FACTORED, 0, Bucket.NON_FACTORED),
        (ExceptionType.UNKNOWN_INVOICE, 0, Bucket.EXCEPTIONS),
        (ExceptionType.AMBIGUOUS, 0, Bucket.EXCEPTIONS),
        (ExceptionType.UNKNOWN_INVOICE, 1, Bucket.ALREADY_KNOWN),
    ],
)
def test_a_fact_on_no_sale_is_where_its_exception_says(
    miss: ExceptionType, known: int, bucket: Bucket
) -> None:
    assert bucket_of(PAID, a_fact(PAID), Placement(miss=miss), 1, known) is bucket


def test_how_often_a_key_is_held_is_the_most_of_any_one_report() -> None:
    other = row("payment", 1_00, 9)
    evidence = [*numbered("R1", [PAID, PAID, other]), *numbered("R2", [PAID]), *numbered("R3", [PAID] * 3)]
    assert multiplicities(evidence, ["R1", "R2"]) == {PAID.key: 2, other.key: 1}
    assert multiplicities(evidence[::-1], ["R1", "R2"]) == {PAID.key: 2, other.key: 1}
    assert multiplicities(evidence, []) == {}


LAYOUT = ReportLayout(
    id="x/payment_report/v1",
    provider="x",
    kind=ReportKind.PAYMENT,
    version=1,
    entries=(),
    fields=(
        LayoutField(name="reference", aliases=("Reference",)),
        LayoutField(name="fee", aliases=("Fee",), kind=CellKind.AMOUNT),
        LayoutField(name="paid", aliases=("Paid",), kind=CellKind.AMOUNT),
    ),
)


def content(**columns: list[Any]) -> ReportColumns:
    """A report with these columns."""
    rows = range(2, 2 + len(next(iter(columns.values()))))
    return ReportColumns(layout=LAYOUT, rows=rows, lines=rows, columns=columns)


def test_a_row_of_several_facts_is_where_the_first_of_them_in_rank_is() -> None:
    fee, gone = row("fee", 1_00, 9), row("fee", 2_00, 9, invoice="9")
    evidence = numbered("R1", [[PAID, gone], [gone, PAID], [PAID], [fee, said("held", 9)], [fee]])
    facts = join_facts(evidence)
    facts[PAID.key].posted = 2
    places = dict.fromkeys(facts, ON_A_SALE)
    places[gone.key] = Placement(miss=ExceptionType.NON_FACTORED)
    lines = content(reference=[""] * 7)
    known = {fee.key: 2}
    assert sort_rows(lines, evidence, facts, places, known, sorted_=[(7, Bucket.ALREADY_KNOWN)]) == [
        Bucket.MATCHED,
        Bucket.MATCHED,
        Bucket.EXCEPTIONS,
        Bucket.MATCHED,
        Bucket.ALREADY_KNOWN,
        Bucket.ALREADY_KNOWN,
        Bucket.INFORMATION,
    ]


def test_every_cent_of_every_money_column_is_in_a_bucket() -> None:
    places = [Bucket.MATCHED, Bucket.EXCEPTIONS, Bucket.MATCHED, Bucket.INFORMATION]
    found = conserve(content(paid=[5, -2, 7, None]), places)
    assert list(found) == ["paid"]
    assert (found["paid"].read, found["paid"].holds) == (10, True)
    assert {bucket: cents for bucket, cents in found["paid"].buckets.items() if cents} == {
        Bucket.MATCHED: 12,
        Bucket.EXCEPTIONS: -2,
    }
    assert set(conserve(content(paid=[1], fee=[2]), [Bucket.MATCHED])) == {"paid", "fee"}
    assert not Conservation(read=10, buckets={Bucket.MATCHED: 9}).holds
    with pytest.raises(ValueError, match="shorter"):
        conserve(content(paid=[5, -2]), places[:1])
