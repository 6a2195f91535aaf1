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
    """Something about one subject that a person must look at.

    ``amount`` and ``amounts`` in cents: what is at risk, and which of several may be right.
    ``owed_by`` and ``owed_to`` as of `ExceptionItem`.
    """

    type: ExceptionType
    subject: str
    amount: int
    facts: tuple[Fact, ...] = ()
    note: str = ""
    sale: str | None = None
    load: str | None = None
    amounts: tuple[int, ...] = ()
    due: dt.date | None = None
    owed_by: str | None = None
    owed_to: str | None = None


Decisions = Mapping[str, Sequence[Decision]]
"""Live decisions by subject, oldest first."""


def amount_subject(kind: EvidenceType, sale: str, amount: int) -> str:
    """Name (type, assignment, amount)."""
    return f"amount:{kind}:{sale}:{amount}"


def cheque_subject(kind: EvidenceType, sale: str, on: dt.date, reference: str) -> str:
    """Name (type, assignment, date, reference), both filled."""
    return f"cheque:{kind}:{sale}:{on.isoformat()}:{reference}"


def account_subject(connection: str) -> str:
    """Name the account of a connection, where money without an invoice goes."""
    return f"account:{connection}"


def latest(
    decisions: Decisions, subject: str, *resolutions: Resolution, connection: str | None = None
) -> Decision | None:
    """Return the last live decision on *subject* of one of these kinds.

    *connection*: leave out what was decided for another one; invoice numbers repeat between them.
    """
    found = [
        one
        for one in decisions.get(subject, ())
        if one.resolution in resolutions and connection in (None, one.connection or connection)
    ]
    return found[-1] if found else None


def post_account(connection: str, facts: Sequence[Fact], decisions: Decisions) -> list[Finding]:
    """Decide how often money without an invoice posts to the account of one connection."""
    return _post(None, account_subject(connection), facts, decisions)


def post(sale: str, facts: Iterable[Fact], decisions: Decisions) -> list[Finding]:
    """Decide how often each fact of one sale posts; returns the questions that raises.

    Sets ``posted`` and ``questioned`` on the facts.
    """
    return _post(sale, sale, facts, decisions)


def _post(sale: str | None, name: str, facts: Iterable[Fact], decisions: Decisions) -> list[Finding]:
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
        alone = len(members) == 1 and len(members[0].copies) == 1
        # A count that a person gave stands even where one row is left of what they counted.
        if alone and not (decisions and amount_subject(kind, name, amount) in decisions):
            members[0].posted = 1
        else:
            findings += _repeats(sale, name, kind, amount, members, decisions)
    # Lines of one cheque are several amounts of one type.
    if sale is not None and len(groups) > len({kind for kind, _ in groups}):
        findings += _cheques(sale, groups, decisions)
    return findings


def _repeats(
    sale: str | None,
    name: str,
    kind: EvidenceType,
    amount: int,
    members: list[Fact],
    decisions: Decisions,
) -> list[Finding]:
    """Post the facts of one type and amount, with what is doubled or repeated among them."""
    subject = amount_subject(kind, name, amount)
    findings: list[Finding] = []
    same_: list[Decision] = []
    for decision, seen in _said_of(decisions.get(subject, ()), members):
        if decision.resolution is Resolution.SAME:
            same_.append(decision)
            continue
        members = [fact for fact in members if fact not in seen]
        findings += _as_counted(decision, subject, amount, seen, sale)

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
        blank = on is None or not reference
        fuller = [other for other in standing if _agrees(fact, other)] if blank else []
        standing.append(fact)
        if fuller:
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
    for type_, asked in ((ExceptionType.DUPLICATE_ROW, doubled), (ExceptionType.POSSIBLE_REPEAT, repeated)):
        if asked and any(_same(decision, asked) for decision in same_):
            for fact in asked:
                fact.questioned = fact.repeated = False
        elif asked:
            findings.append(_finding(type_, subject, amount, asked, sale))
    return findings


def _agrees(fact: Fact, fuller: Fact) -> bool:
    """Say whether *fuller* contradicts none of the filled identity cells of *fact*.

    It comes before *fact* in the order of `_fullness`, so that it has a date if *fact* has one.
    """
    on, reference = fact.key[4], fact.key[5]
    same_day = on is None or fuller.key[4] == on
    return same_day and (not reference or not fuller.key[5] or fuller.key[5] == reference)


def _uncertain(fact: Fact, fuller: Sequence[Fact]) -> bool:
    """Say whether an emptier key could still be another fact than the fuller ones it fits."""
    several = sum(1 for other in fuller if other.posted) >= 2
    crossed = bool(fact.key[5]) and not any(other.key[5] for other in fuller)
    return several or crossed or fact.count > max(other.count for other in fuller)


def _said_of(made: Sequence[Decision], members: Sequence[Fact]) -> list[tuple[Decision, list[Fact]]]:
    """Return what persons said of how many of these count, each with the facts it holds for.

    A newer decision on one of its facts sets an older one aside as a whole.
    """
    said = []
    taken: set[str] = set()
    for one in reversed(made):
        if one.resolution in (Resolution.COUNT_EACH, Resolution.SAME):
            seen = [fact for fact in members if fact.text in one.judged]
            texts = {fact.text for fact in seen}
            if seen and not texts & taken:
                said.append((one, seen))
            taken |= texts
    return said


def _same(decision: Decision, facts: Sequence[Fact]) -> bool:
    """Say whether a person has said of all these that they repeat what posts already.

    ``count`` of the decision is how many one report held then; one that holds more asks again.
    """
    if not all(fact.text in decision.judged for fact in facts):
        return False
    return decision.count is None or _most_in_one_report(facts) <= decision.count


def _as_counted(
    decision: Decision, subject: str, amount: int, facts: list[Fact], sale: str | None
) -> list[Finding]:
    """Post as many as a person counted, for as long as one of the keys exists.

    The fullest keys post first.  One report that holds more opens the question again.
    """
    counted = 1 if decision.count is None else decision.count
    facts.sort(key=_fullness)
    for place, fact in enumerate(facts):
        fact.posted = 1 if place < counted else 0
    facts[0].posted += max(0, counted - len(facts))
    if _most_in_one_report(facts) <= counted:
        return []
    return [_finding(ExceptionType.DUPLICATE_ROW, subject, amount, facts, sale)]


def _most_in_one_report(facts: Iterable[Fact]) -> int:
    distinct = {id(fact): fact for fact in facts}.values()
    held = Counter(copy.report for fact in distinct for copy in fact.copies if copy.posts is fact.first.posts)
    return max(held.values())


def _finding(
    kind: ExceptionType, subject: str, amount: int, facts: Sequence[Fact], sale: str | None
) -> Finding:
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
    written: dict[tuple[EvidenceType, dt.date, str], list[Fact]] = {}
    for (kind, _), members in groups.items():
        if kind in (EvidenceType.PURCHASE, EvidenceType.PURCHASE_REVERSAL):
            continue
        for fact in members:
            on, reference = fact.key[4], fact.key[5]
            if on is not None and reference:
                written.setdefault((kind, on, reference), []).append(fact)
    findings = []
    for (kind, on, reference), copies in written.items():
        lines = [fact for fact in copies if fact.posted]
        amounts = tuple(sorted({fact.amount for fact in lines}))
        if len(amounts) < 2 or _one_report_holds(amounts, copies):
            continue
        subject = cheque_subject(kind, sale, on, reference)
        ruling = _ruling(decisions.get(subject, ()), lines)
        if ruling is not None:
            for fact in lines:
                if ruling.resolution is Resolution.USE_ROW and fact.amount != ruling.amount:
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
                amounts=amounts,
            )
        )
    return findings


def _ruling(made: Sequence[Decision], lines: Sequence[Fact]) -> Decision | None:
    """Return the last decision that judged exactly these amounts of one date and reference."""
    seen = judged(lines)
    for one in reversed(made):
        if one.judged != seen:
            continue
        if one.resolution is Resolution.COUNT_EACH:
            return one
        if one.resolution is Resolution.USE_ROW and any(fact.amount == one.amount for fact in lines):
            return one
    return None


def _one_report_holds(amounts: Sequence[int], facts: Iterable[Fact]) -> bool:
    """Say whether one report has every amount, however it spells the invoice."""
    held: dict[str, set[int]] = {}
    for fact in facts:
        for report in fact.reports:
            held.setdefault(report, set()).add(fact.amount)
    return any(seen.issuperset(amounts) for seen in held.values())


def judged(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Write down what a decision saw: keys and amounts, never rows, reports or how often seen."""
    return tuple(sorted(fact.text for fact in facts))
