"""How often each key of one sale posts: spellings, fuller keys, repeats, cheques."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from factoring_core.domain.reconciling.world import Book
from oracle.gathering import Found
from oracle.seen import Seen


def post(connection: str, sale: str, things: list[Seen], book: Book) -> list[Found]:
    """Set how often each thing posts; return what a person must look at."""
    found: list[Found] = []
    groups: dict[tuple[str, int], list[Seen]] = {}
    for one in things:
        one.posts_times = 0
        if one.kind == "disposition":
            one.posts_times = 1
        elif not one.posts:
            continue
        elif one.measure != "movement":
            one.posts_times = 1 if one.on is not None and one.measure != "information" else 0
        else:
            groups.setdefault((one.kind, one.cents), []).append(one)
    for (kind, amount), group in groups.items():
        found.extend(_group(connection, sale, kind, amount, group, book))
    if not sale.startswith("account:"):
        found.extend(_cheques(connection, sale, groups, book))
    return found


def decided(book: Book, subject: str, connection: str | None, *words: str) -> list[Any]:
    """Return the live decisions on a subject, oldest first."""
    return sorted(
        (
            one
            for one in book.decisions
            if one.subject == subject
            and one.resolution.value in words
            and one.connection in (None, connection)
        ),
        key=lambda one: one.sequence,
    )


def _order(one: Seen) -> Any:
    return (-one.fullness, one.on or dt.date.min, one.reference, one.invoice_key)


def _group(connection: str, sale: str, kind: str, amount: int, group: list[Seen], book: Book) -> list[Found]:
    subject = f"amount:{kind}:{sale}:{amount}"
    result: list[Found] = []
    silencing = []
    newer: set[str] = set()
    present = {one.text for one in group}
    for ruling in reversed(decided(book, subject, connection, "count_each", "same")):
        about = present & set(ruling.judged)
        overruled, newer = bool(about & newer), newer | about
        if overruled or not about:
            continue
        if ruling.resolution.value == "same":
            silencing.append(ruling)
            continue
        counted = sorted((one for one in group if one.text in about), key=_order)
        group = [one for one in group if one.text not in about]
        wanted = 1 if ruling.count is None else ruling.count
        for place, one in enumerate(counted):
            one.posts_times = 1 if place < wanted else 0
        if wanted > len(counted):
            counted[0].posts_times += wanted - len(counted)
        if _most(counted) > wanted:
            result.append(Found(connection, "duplicate_row", subject, abs(amount), counted))
    duplicate: list[Seen] = []
    repeat: list[Seen] = []
    weak_only = True
    heads: list[Seen] = []
    for one in sorted(group, key=_order):
        twins = [head for head in heads if (head.on, head.reference) == (one.on, one.reference)]
        if twins:  # another spelling of the same fact
            repeat += [twins[0], one]
            weak_only = False
        else:
            heads.append(one)
    for one in heads:
        one.posts_times = 0 if _fuller(one, heads) else 1
    for one in heads:
        fuller = _fuller(one, heads)
        if not fuller:
            one.posts_times = one.times if one.legal else 1
            if one.times > 1 and not one.legal:
                duplicate.append(one)
            elif not one.fullness and len(one.reports) > 1:
                repeat.append(one)
            continue
        standing = [other for other in fuller if other.posts_times]
        if any(one.reports & other.reports for other in fuller):
            duplicate += [one, *fuller]
        elif (
            len(standing) > 1
            or one.times > max(other.times for other in fuller)
            or (one.fullness == 1 and all(other.fullness == 2 for other in fuller))
        ):
            repeat += [one, *fuller]
            weak_only = False

    def asks(cause: list[Seen]) -> bool:
        for ruling in silencing:
            if {one.text for one in cause} <= set(ruling.judged):
                if ruling.count is None or _most(cause) <= ruling.count:
                    return False
        return bool(cause)

    if asks(duplicate):
        result.append(Found(connection, "duplicate_row", subject, abs(amount), duplicate))
    if asks(repeat):
        # A weak payment seen again is only worth a question while the debt could take it.
        kinds = (
            "weak_repeat"
            if weak_only and kind == "payment" and not sale.startswith("account:")
            else "possible_repeat"
        )
        result.append(Found(connection, kinds, subject, abs(amount), repeat))
    return result


def _most(things: list[Seen]) -> int:
    unique = {id(one): one for one in things}.values()
    held = Counter(copy.report for one in unique for copy in one.copies if copy.posts)
    return max(held.values(), default=0)


def _fuller(one: Seen, heads: list[Seen]) -> list[Seen]:
    result = []
    for other in heads:
        if one.fullness == 3 or other.fullness <= one.fullness:
            continue
        if one.on and other.on and one.on != other.on:
            continue
        if one.reference and other.reference and one.reference != other.reference:
            continue
        result.append(other)
    return result


def _cheques(
    connection: str, sale: str, groups: dict[tuple[str, int], list[Seen]], book: Book
) -> list[Found]:
    lines: dict[tuple[str, dt.date | None, str], list[Seen]] = {}
    for (kind, _), group in groups.items():
        for one in group:
            if kind not in ("purchase", "purchase_reversal") and one.fullness == 3:
                lines.setdefault((kind, one.on, one.reference), []).append(one)
    result = []
    for (kind, on, reference), every in lines.items():
        cheque = [one for one in every if one.posts_times]
        amounts = sorted({one.cents for one in cheque})
        if len(amounts) < 2:
            continue
        reports = {name for one in every for name in one.reports}
        if any(set(amounts) <= {one.cents for one in every if name in one.reports} for name in reports):
            continue
        subject = f"cheque:{kind}:{sale}:{on}:{reference}"
        judged = tuple(sorted(one.text for one in cheque))
        rulings = [
            ruling
            for ruling in decided(book, subject, connection, "use_row", "count_each")
            if ruling.judged == judged
            and (ruling.resolution.value == "count_each" or ruling.amount in amounts)
        ]
        if rulings:
            for one in cheque:
                if rulings[-1].resolution.value == "use_row" and one.cents != rulings[-1].amount:
                    one.posts_times = 0
            continue
        stands = amounts[0] if kind in ("payment", "rebate") else amounts[-1]
        for one in cheque:
            if one.cents != stands:
                one.posts_times = 0
        result.append(Found(connection, "conflicting_rows", subject, amounts[-1] - amounts[0], cheque))
    return result
