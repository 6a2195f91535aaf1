"""Which of the facts matched to one sale post, and which raise a question instead.

Nothing here looks at order or at reports' ages: each rule reads the present set only.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.vocabulary.profile import EvidenceType, Measure

LEAST = frozenset({EvidenceType.PAYMENT, EvidenceType.REBATE})
"""Of several amounts in conflict, the smallest leaves most open for these; else the largest."""


@frozen(kw_only=True)
class Finding:
    """Something about one subject that a person must look at.  ``amount`` in cents."""

    type: ExceptionType
    subject: str
    amount: int
    facts: tuple[Fact, ...] = ()
    note: str = ""
    waiting: bool = False
    sale: str | None = None
    load: str | None = None


Decisions = Mapping[str, Sequence[Decision]]
"""Live decisions by subject, oldest first."""


def amount_subject(kind: EvidenceType, sale: str, amount: int) -> str:
    """Name (type, assignment, amount)."""
    return f"amount:{kind}:{sale}:{amount}"


def cheque_subject(kind: EvidenceType, sale: str, on: dt.date, reference: str) -> str:
    """Name (type, assignment, date, reference), both filled."""
    return f"cheque:{kind}:{sale}:{on.isoformat()}:{reference}"


def latest(decisions: Decisions, subject: str, *resolutions: Resolution) -> Decision | None:
    """Return the last live decision on *subject* of one of these kinds."""
    found = [one for one in decisions.get(subject, ()) if one.resolution in resolutions]
    return found[-1] if found else None


def post(sale: str, facts: Iterable[Fact], decisions: Decisions) -> list[Finding]:
    """Decide how often each fact of one sale posts; returns the questions that raises.

    Sets ``posted`` and ``questioned`` on the facts.
    """
    groups: dict[tuple[EvidenceType, int], list[Fact]] = {}
    for fact in facts:
        if fact.first.type is EvidenceType.DISPOSITION or not fact.first.posts:
            continue
        if fact.first.measure is not Measure.MOVEMENT:
            fact.posted = (
                1 if fact.key[4] is not None and fact.first.measure is not Measure.INFORMATION else 0
            )
            continue
        groups.setdefault((fact.first.type, fact.amount), []).append(fact)
    findings: list[Finding] = []
    for (kind, amount), members in groups.items():
        if len(members) == 1 and members[0].count == 1 and len(members[0].copies) == 1:
            members[0].posted = 1
        else:
            findings += _repeats(sale, kind, amount, members, decisions)
    if len(groups) > 1:
        findings += _cheques(sale, groups, decisions)
    return findings


def _repeats(
    sale: str, kind: EvidenceType, amount: int, members: list[Fact], decisions: Decisions
) -> list[Finding]:
    """Post the facts of one type and amount, with what is doubled or repeated among them."""
    subject = amount_subject(kind, sale, amount)
    counted = latest(decisions, subject, Resolution.COUNT_EACH, Resolution.SAME)
    findings: list[Finding] = []
    if counted is not None:
        seen = [fact for fact in members if fact.text in counted.judged]
        members = [fact for fact in members if fact.text not in counted.judged]
        findings += _as_counted(counted, subject, amount, seen, sale)

    spellings: dict[tuple[dt.date | None, str], list[Fact]] = {}
    for fact in sorted(members, key=_fullness):
        spellings.setdefault((fact.key[4], fact.key[5]), []).append(fact)
    doubled: list[Fact] = []
    repeated: list[Fact] = []
    standing: list[Fact] = []
    for same in spellings.values():
        fact = same[0]
        on, reference = fact.key[4], fact.key[5]
        if len(same) > 1:
            # Keys that differ only in the spelling of the invoice are one fact.
            repeated += same
            for other in same[1:]:
                other.questioned = True
        fuller = [other for other in standing if _agrees(fact, other)]
        standing.append(fact)
        if fuller and (on is None or not reference):
            if any(fact.reports & other.reports for other in fuller):
                doubled += [fact, *fuller]
            elif _uncertain(fact, fuller):
                repeated += [fact, *fuller]
            else:
                # The fuller key says the same and more: nothing is in question.
                continue
            fact.questioned = True
            continue
        fact.posted = fact.count if fact.legal else 1
        if fact.count > 1 and not fact.legal:
            doubled.append(fact)
        elif on is None and not reference and len(fact.reports) > 1:
            fact.repeated = True
            repeated.append(fact)
    if doubled:
        findings.append(_finding(ExceptionType.DUPLICATE_ROW, subject, amount, doubled, sale))
    if repeated:
        findings.append(_finding(ExceptionType.POSSIBLE_REPEAT, subject, amount, repeated, sale))
    return findings


def _agrees(fact: Fact, fuller: Fact) -> bool:
    """Say whether *fuller* contradicts none of the filled identity cells of *fact*."""
    on, reference = fact.key[4], fact.key[5]
    same_day = on is None or fuller.key[4] is None or fuller.key[4] == on
    return same_day and (not reference or not fuller.key[5] or fuller.key[5] == reference)


def _uncertain(fact: Fact, fuller: Sequence[Fact]) -> bool:
    """Say whether an emptier key could still be another fact than the fuller ones it fits."""
    full = [other for other in fuller if other.key[4] is not None and other.key[5]]
    crossed = bool(fact.key[5]) and any(not other.key[5] for other in fuller)
    return len(full) >= 2 or crossed or fact.count > max(other.count for other in fuller)


def _as_counted(decision: Decision, subject: str, amount: int, facts: list[Fact], sale: str) -> list[Finding]:
    """Post what a person counted, for as long as one of the keys exists.

    ``count`` of the decision is how many were seen when it was made (`same`) or how many
    are to post (`count_each`); one report that holds more opens the question again.
    """
    if not facts:
        return []
    counted = decision.count or 1
    for fact in facts:
        fact.posted = 0
    facts.sort(key=_fullness)
    facts[0].posted = 1 if decision.resolution is Resolution.SAME else counted
    held = Counter(copy.report for fact in facts for copy in fact.copies)
    if max(held.values()) <= counted:
        return []
    return [_finding(ExceptionType.DUPLICATE_ROW, subject, amount, facts, sale)]


def _finding(kind: ExceptionType, subject: str, amount: int, facts: Sequence[Fact], sale: str) -> Finding:
    distinct = tuple({id(fact): fact for fact in facts}.values())
    return Finding(type=kind, subject=subject, amount=abs(amount), facts=distinct, sale=sale)


def _fullness(fact: Fact) -> tuple[bool, bool, dt.date, str, str]:
    """Order keys: both cells filled, date only, reference only, neither; then by content."""
    on, reference = fact.key[4], fact.key[5]
    return (on is None, not reference, on or dt.date.min, reference, fact.key[1])


def _cheques(
    sale: str, groups: Mapping[tuple[EvidenceType, int], list[Fact]], decisions: Decisions
) -> list[Finding]:
    """Decide on rows of one type with one date and reference and several amounts.

    They are lines of one cheque and add, if one live report holds all of them; otherwise
    they are a correction that nobody declared, and only the one that leaves most open stands.
    """
    cheques: dict[tuple[EvidenceType, dt.date, str], list[Fact]] = {}
    for (kind, _), members in groups.items():
        if kind in (EvidenceType.PURCHASE, EvidenceType.PURCHASE_REVERSAL):
            continue
        for fact in members:
            on, reference = fact.key[4], fact.key[5]
            if on is not None and reference and fact.posted:
                cheques.setdefault((kind, on, reference), []).append(fact)
    findings = []
    for (kind, on, reference), lines in cheques.items():
        if len({fact.amount for fact in lines}) < 2:
            continue
        together = frozenset.intersection(*(fact.reports for fact in lines))
        if together:
            continue
        subject = cheque_subject(kind, sale, on, reference)
        amounts = tuple(sorted(fact.amount for fact in lines))
        decision = latest(decisions, subject, Resolution.USE_ROW, Resolution.COUNT_EACH)
        if decision is not None and decision.judged == judged(lines):
            if decision.resolution is Resolution.USE_ROW:
                for fact in lines:
                    if fact.amount != decision.amount:
                        fact.posted = 0
            continue
        stands = amounts[0] if kind in LEAST else amounts[-1]
        for fact in lines:
            if fact.amount != stands:
                fact.posted = 0
                fact.questioned = True
        findings.append(
            Finding(
                type=ExceptionType.CONFLICTING_ROWS,
                subject=subject,
                amount=amounts[-1] - amounts[0],
                facts=tuple(lines),
                note="several amounts for one date and reference, and no report holds them all",
                sale=sale,
            )
        )
    return findings


def judged(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Write down what a decision saw: keys and amounts, never rows, reports or how often seen."""
    return tuple(sorted(fact.text for fact in facts))
