"""Joining evidence: per key, the highest multiplicity in any one report, and merged attributes."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from attrs import define

from factoring_core.domain.reconciling.evidence import (
    NO_ATTRIBUTES,
    Attributes,
    Evidence,
    EvidenceKey,
    key_text,
)
from factoring_core.domain.vocabulary.canonical import canonical_reference, normal_mc, normal_name


@define(eq=False)
class Fact:
    """One fact, however often and in however many reports it was seen.

    ``first``: a copy that posts, if any does; what reports only compare is not counted beside it.
    ``count``: the highest multiplicity in any one report.  ``disputed``: attributes on which
    its copies disagree; they are blank in ``attributes``.  The rest is filled in by the fold:
    the ``sale`` it was matched to, how often it posts, whether it is in question (a repeat,
    a duplicate, a conflict), and whether it is a weak key seen in two reports (``repeated``).
    """

    key: EvidenceKey
    first: Evidence
    copies: list[Evidence]
    count: int
    attributes: Attributes
    disputed: frozenset[str] = frozenset()
    legal: bool = False
    sale: str | None = None
    posted: int = 0
    questioned: bool = False
    repeated: bool = False

    @property
    def amount(self) -> int:
        """The amount in cents; 0 for a disposition or a bare list."""
        return self.first.amount or 0

    @property
    def reports(self) -> frozenset[str]:
        """The live reports that hold it."""
        return frozenset(copy.report for copy in self.copies if copy.posts is self.first.posts)

    @property
    def text(self) -> str:
        """The key as one line."""
        return key_text(self.key)


def join_facts(
    evidence: Iterable[Evidence], *, legal: frozenset[str] = frozenset()
) -> dict[EvidenceKey, Fact]:
    """Join evidence of one connection into facts.

    Args:
        evidence: Of live reports only, in any order.
        legal: Reports whose layout says that equal rows are separate facts.
    """
    groups: dict[EvidenceKey, list[Evidence]] = {}
    for one in evidence:
        # The same tuple as Evidence.key, spelled out: this line runs once per row.
        key = (one.type, one.invoice_key, one.amount, one.word, one.on, one.reference_key)
        found = groups.get(key)
        if found is None:
            groups[key] = [one]
        else:
            found.append(one)
    return {key: _fact(key, copies, legal) for key, copies in groups.items()}


def _fact(key: EvidenceKey, copies: list[Evidence], legal: frozenset[str]) -> Fact:
    first = copies[0]
    if len(copies) == 1:
        return Fact(key, first, copies, 1, first.attributes, legal=first.report in legal)
    copies.sort(key=lambda one: (not one.posts, one.report, one.row, one.seq))
    counts = Counter(one.report for one in copies if one.posts is copies[0].posts)
    attributes, disputed = merge_attributes([one.attributes for one in copies])
    return Fact(
        key,
        copies[0],
        copies,
        max(counts.values()),
        attributes,
        disputed,
        legal=all(report in legal for report, count in counts.items() if count > 1),
    )


_SAME: dict[str, Callable[[str], str]] = {"customer": normal_name, "mc_number": normal_mc}


def merge_attributes(seen: list[Attributes]) -> tuple[Attributes, frozenset[str]]:
    """Merge the attributes of copies: the non-blank wins, two different ones count as blank.

    Returns:
        The merged attributes and the names of those in dispute.
    """
    first = seen[0]
    if all(other == first for other in seen):
        return first, frozenset()
    merged: dict[str, Any] = {}
    disputed = set()
    for name in Attributes._fields:
        values = {value for one in seen if (value := getattr(one, name)) not in ("", None)}
        spelled = {
            _SAME.get(name, canonical_reference)(value) if isinstance(value, str) else value
            for value in values
        }
        if len(spelled) == 1:
            merged[name] = min(values)
        elif spelled:
            disputed.add(name)
    return NO_ATTRIBUTES._replace(**merged), frozenset(disputed)
