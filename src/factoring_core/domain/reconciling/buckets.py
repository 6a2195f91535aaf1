"""Where the money of each row of one report went, and the proof that none was lost on the way."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from attrs import frozen

from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.reconciling.evidence import Evidence, EvidenceKey
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.reconciling.placing import Placement
from factoring_core.domain.vocabulary.packed import Packed
from factoring_core.domain.vocabulary.profile import EvidenceType, Measure


class Bucket(StrEnum):
    """The five places a row can be; every row is in exactly one."""

    MATCHED = "matched"
    ALREADY_KNOWN = "already_known"
    NON_FACTORED = "non_factored"
    EXCEPTIONS = "exceptions"
    INFORMATION = "information"


NOWHERE = (0, Bucket.INFORMATION)
"""No row has the number 0."""

_RANK = (Bucket.MATCHED, Bucket.EXCEPTIONS, Bucket.NON_FACTORED, Bucket.INFORMATION, Bucket.ALREADY_KNOWN)
"""A row with several facts is where the first of these says."""


@frozen(kw_only=True)
class Conservation:
    """One money column: what was read, and what each bucket holds of it.  Cents."""

    read: int
    buckets: Mapping[Bucket, int]

    @property
    def holds(self) -> bool:
        """Whether every cent read is in a bucket."""
        return self.read == sum(self.buckets.values())


def multiplicities(evidence: Iterable[Evidence], reports: Iterable[str]) -> dict[EvidenceKey, int]:
    """Say how often each key is held by any one of *reports*."""
    wanted = frozenset(reports)
    counts = Counter((one.report, one.key) for one in evidence if one.report in wanted)
    highest: dict[EvidenceKey, int] = {}
    for (_, key), count in counts.items():
        highest[key] = max(count, highest.get(key, 0))
    return highest


def sort_rows(
    content: ReportColumns,
    evidence: Sequence[Evidence],
    facts: Mapping[EvidenceKey, Fact],
    placements: Mapping[EvidenceKey, Placement],
    known: Mapping[EvidenceKey, int],
    *,
    sorted_: Iterable[tuple[int, Bucket]] = (),
) -> Sequence[Bucket]:
    """Put every row of *content* into its bucket, in row order.

    Args:
        content: The report.
        evidence: Its facts, in row order.
        facts: The joined facts of the connection after the fold, this report included.
        placements: Where the fold placed them.
        known: How often each key was held before, by any other live report.
        sorted_: Rows, in order, whose buckets are known already; *evidence* has nothing of them.
    """
    seen: dict[EvidenceKey, int] = {}
    by_row: dict[int, Bucket] = {}
    for one in evidence:
        key = one.key
        fact = facts[key]
        nth = seen[key] = seen.get(key, 0) + 1
        bucket = bucket_of(one, fact, placements[key], nth, known.get(key, 0))
        before = by_row.get(one.row)
        if before is None or _RANK.index(bucket) < _RANK.index(before):
            by_row[one.row] = bucket
    return Packed(_in_row_order(content.rows, by_row, sorted_))


def _in_row_order(
    rows: Iterable[int], by_row: Mapping[int, Bucket], sorted_: Iterable[tuple[int, Bucket]]
) -> Iterator[Bucket]:
    waiting = iter(sorted_)
    at, bucket = next(waiting, NOWHERE)
    for row in rows:
        if row == at:
            yield bucket
            at, bucket = next(waiting, NOWHERE)
        else:
            yield by_row.get(row, Bucket.INFORMATION)


def bucket_of(one: Evidence, fact: Fact, placement: Placement, occurrence: int, known: int) -> Bucket:
    """Say where the money of one fact of a row went.

    Args:
        one: The fact as the row states it.
        fact: The same, joined and folded.
        placement: Where the fold placed it.
        occurrence: The how manieth of its report it is.
        known: How often other live reports hold it.
    """
    if occurrence <= known and not fact.repeated:
        return Bucket.ALREADY_KNOWN
    if placement.miss is not None:
        return Bucket.NON_FACTORED if placement.miss is ExceptionType.NON_FACTORED else Bucket.EXCEPTIONS
    if fact.questioned or (fact.repeated and len(fact.reports) > 1 and occurrence <= known):
        return Bucket.EXCEPTIONS
    if one.type is EvidenceType.DISPOSITION:
        return Bucket.MATCHED
    if not one.posts or one.measure is Measure.INFORMATION:
        return Bucket.INFORMATION
    if occurrence <= fact.posted:
        return Bucket.MATCHED
    if fact.posted == 0 and occurrence == 1:
        # A fuller key says the same: it is held, under a better name.
        return Bucket.ALREADY_KNOWN
    return Bucket.EXCEPTIONS


def conserve(content: ReportColumns, buckets: Sequence[Bucket]) -> dict[str, Conservation]:
    """Add up every money column of the file, as read and by bucket."""
    answer = {}
    for name in content.layout.amount_fields:
        cells = content.columns.get(name)
        if cells is None:
            continue
        sums = dict.fromkeys(Bucket, 0)
        for cell, bucket in zip(cells, buckets, strict=True):
            if cell:
                sums[bucket] += cell
        answer[name] = Conservation(read=sum(cell for cell in cells if cell), buckets=sums)
    return answer
