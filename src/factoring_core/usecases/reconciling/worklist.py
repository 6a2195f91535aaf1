"""The exceptions as a worklist: written down for a spreadsheet, and decided line by line when it is back."""

import hashlib
from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionRecord
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.errors import AccessError, FactoringError, StateError, UsageError
from factoring_core.ports.storage import Transaction
from factoring_core.ports.worklist import DecidedLine, WorkLine
from factoring_core.usecases.books import Change, plan_change, read_book, settle_books
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.deciding import Choice, choice_of, decide
from factoring_core.usecases.reconciling.resolve_exception import (
    audit_decision,
    closed_already,
    find_exception,
    refuse_other_words,
)
from factoring_core.usecases.reconciling.view_exceptions import exceptions
from factoring_core.usecases.results import ExceptionView, Reason, Worked, WorkRefusal, WorkResult

R = Resolution
EXCLUSIVE = ((R.ASSIGN, R.NON_FACTORED), (R.COUNT_EACH, R.SAME, R.USE_ROW), (R.RETURN_TO_QUEUE, R.RESELL))
"""Of each of these, one subject takes one."""


def worklist(ports: Ports, subsidiary: str | None = None) -> tuple[WorkLine, ...]:
    """Return every open exception as a line, in the order of the list."""
    return tuple(_line(view) for view in exceptions(ports, subsidiary))


def _line(view: ExceptionView) -> WorkLine:
    item = view.item
    return WorkLine(
        exception=item.id,
        type=item.type.value,
        severity=item.severity.value,
        subsidiary=item.subsidiary,
        connection=item.connection,
        load=item.load,
        amount_at_risk=item.amount_at_risk,
        age_days=view.age_days,
        about="; ".join(_about(item)),
        suggested=view.suggested,
        resolutions=view.resolutions,
        rows=", ".join(f"{report} row {row}" for report, row in item.rows[:10]),
        seen=seen(item),
    )


def _about(item: ExceptionItem) -> Iterable[str]:
    if item.subject.startswith("invoice:"):
        yield f"invoice number {item.subject.removeprefix('invoice:') or '(none)'}"
    if item.amounts:
        yield f"amounts {', '.join(map(decimal_text, item.amounts))}"
    if item.note:
        yield item.note
    for one in item.candidates:
        yield f"not {one.invoice_number} of load {one.load}, because {one.reason}"


def seen(item: ExceptionItem) -> str:
    """Name what a line was written from: the facts and amounts, and no report or row."""
    parts = (item.id, *item.judged, str(item.amount_at_risk), *map(str, item.amounts))
    # A letter first, so that no spreadsheet takes it for a number.
    return f"v-{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()[:12]}"


@frozen
class _Asked:
    """A line whose words make sense, and the exception it is about."""

    line: DecidedLine
    record: ExceptionRecord
    choice: Choice

    def contradicts(self, other: "_Asked") -> bool:
        """Say whether not both can be meant."""
        mine, theirs = self.choice, other.choice
        if self.record.id == other.record.id:
            return evolve(mine, reason="") != evolve(theirs, reason="")
        here, there = self.record.item, other.record.item
        if (here.subsidiary, here.connection, here.subject) != (
            there.subsidiary,
            there.connection,
            there.subject,
        ):
            return False
        exclusive = any({mine.resolution, theirs.resolution} <= {*group} for group in EXCLUSIVE)
        return exclusive and evolve(mine, reason="") != evolve(theirs, reason="")


def apply_worklist(ports: Ports, lines: Sequence[DecidedLine]) -> WorkResult:
    """Decide every line that has a decision; what cannot be done is refused line by line.

    All that can be done is done in one transaction, from one look at the books: no line
    changes what another was written from.  The same worklist again changes nothing.

    Raises:
        AccessError: a line is about a subsidiary for which the actor may not decide.
    """
    wanted = [line for line in lines if line.decision is not None]
    with ports.store.transaction(ports.tenant) as tx:
        refused: list[WorkRefusal] = []
        asked: list[_Asked] = []
        unchanged: list[Worked] = []
        for line in wanted:
            try:
                found = _asked(tx, ports, line)
                made = _already(tx, ports, found)
            except AccessError:
                raise
            except FactoringError as error:
                refused.append(_refusal(line, error))
                continue
            if made is None:
                asked.append(found)
            else:
                unchanged.append(_worked(found, made))
        clear = []
        for one in asked:
            against = [other.line.line for other in asked if one.contradicts(other)]
            if against:
                where = ", ".join(map(str, against))
                reason = Reason(code="contradictory", message=f"Line {where} says something else of it.")
                refused.append(_refused(one.line, reason))
            else:
                clear.append(one)
        changed, again, late, changes = _decide(tx, ports, clear)
    refused += late
    return WorkResult(
        rows=len(lines),
        changed=tuple(changed),
        unchanged=tuple(sorted([*unchanged, *again], key=lambda one: one.row)),
        refused=tuple(sorted(refused, key=lambda one: one.row)),
        transitions=tuple(step for change in changes for step in change.transitions),
    )


def _asked(tx: Transaction, ports: Ports, line: DecidedLine) -> _Asked:
    record = find_exception(tx, ports, line.exception)
    require(ports.actor, Right.BILLING, record.subsidiary)
    choice = choice_of(
        record,
        line.decision or "",
        load=line.load,
        batch=line.batch,
        amount=line.amount,
        count=_whole(line.count),
        reason=line.reason or "",
    )
    return _Asked(line, record, choice)


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError("The count must be a whole number.")
    return int(text)


def _already(tx: Transaction, ports: Ports, one: _Asked) -> Decision | None:
    """Return the decision that says this already; None for an exception still as it was written down."""
    item, choice = one.record.item, one.choice
    if not one.record.open:
        made = closed_already(tx, one.record, choice.resolution)
        refuse_other_words(tx, ports, made, choice)
        return made
    if one.line.seen != seen(item):
        raise StateError(
            "What it is about has changed since it was written down.",
            code="stale",
            remedy="Export the exceptions again and look at it once more.",
        )
    own = [
        made
        for made in tx.find(Decision, subsidiary=item.subsidiary)
        if made.live and made.exception_id == item.id and made.judged == item.judged
    ]
    if choice.resolution in (R.WAIT, R.DISPUTE) and own and own[-1].resolution is choice.resolution:
        return own[-1]
    return None


Outcome = tuple[list[Worked], list[Worked], list[WorkRefusal], list[Change]]


def _decide(tx: Transaction, ports: Ports, clear: Sequence[_Asked]) -> Outcome:
    """Write the decisions down, and settle the books of each subsidiary once."""
    changed: list[Worked] = []
    again: list[Worked] = []
    refused: list[WorkRefusal] = []
    made: dict[str, Decision] = {}
    subsidiaries = sorted({one.record.subsidiary for one in clear})
    worlds = {id_: plan_change(tx, ports, read_book(tx, ports, id_)).world for id_ in subsidiaries}
    for one in clear:
        known = made.get(one.record.id)
        if known is not None:
            again.append(_worked(one, known))
            continue
        try:
            decision = decide(tx, ports, worlds[one.record.subsidiary], one.record.item, one.choice)
        except FactoringError as error:
            refused.append(_refusal(one.line, error))
            continue
        made[one.record.id] = decision
        audit_decision(tx, ports, decision)
        changed.append(_worked(one, decision))
    changes = []
    for id_ in subsidiaries:
        own = [decision.id for decision in made.values() if decision.subsidiary == id_]
        if own:
            changes.append(settle_books(tx, ports, id_, cause=f"decision:{own[0]}"))
    return changed, again, refused, changes


def _worked(one: _Asked, decision: Decision) -> Worked:
    return Worked(
        row=one.line.row,
        line=one.line.line,
        exception=one.record.id,
        subsidiary=one.record.subsidiary,
        load=decision.load,
        resolution=decision.resolution.value,
        decision=decision.id,
    )


def _refusal(line: DecidedLine, error: FactoringError) -> WorkRefusal:
    return _refused(line, Reason(code=error.code, message=f"{error.message} {error.remedy}"))


def _refused(line: DecidedLine, reason: Reason) -> WorkRefusal:
    return WorkRefusal(
        row=line.row,
        line=line.line,
        exception=line.exception,
        resolution=line.decision or "",
        reasons=(reason,),
    )
