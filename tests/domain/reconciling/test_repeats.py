"""How often each fact of one sale posts and which are asked about, told fact by fact."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.evidence import Evidence, key_text
from factoring_core.domain.reconciling.facts import Fact, join_facts
from factoring_core.domain.reconciling.posting import Finding, latest, post
from factoring_core.domain.vocabulary.profile import Measure
from worlds import decision, numbered, row

SUBJECT = "amount:payment:A1:4000"


def payment(on: int | None = None, reference: str = "", cents: int = 40_00, **more: object) -> Evidence:
    return row("payment", cents, on, reference, **more)  # type: ignore[arg-type]


def posted(
    *reports: Sequence[Evidence], made: Sequence[Decision] = (), legal: frozenset[str] = frozenset()
) -> tuple[dict[str, Fact], list[Finding]]:
    """Return the facts of the reports by key as text, and what is asked about them."""
    rows = [one for n, some in enumerate(reports, start=1) for one in numbered(f"R{n}", some)]
    facts = {fact.text: fact for fact in join_facts(rows, legal=legal).values()}
    by_subject: dict[str, list[Decision]] = {}
    for one in made:
        by_subject.setdefault(one.subject, []).append(one)
    return facts, post("A1", facts.values(), by_subject)


def text(one: Evidence) -> str:
    return key_text(one.key)


def judging(word: str, *rows: Evidence, subject: str = SUBJECT, **more: object) -> Decision:
    return decision(subject, word, judged=tuple(sorted(map(text, rows))), **more)


def told(found: Sequence[Finding]) -> list[tuple[str, set[str]]]:
    return [(one.type.value, {fact.text for fact in one.facts}) for one in found]


@pytest.mark.parametrize(
    ("decided_for", "asked_for", "found"),
    [
        ("C1", "C1", True),
        ("C2", "C1", False),
        (None, "C1", True),
        ("C2", None, True),
    ],
)
def test_a_decision_for_one_connection_is_none_for_another(
    decided_for: str | None, asked_for: str | None, found: bool
) -> None:
    made = decision("invoice:9", "ignore", connection=decided_for)
    answer = latest({"invoice:9": [made]}, "invoice:9", Resolution.IGNORE, connection=asked_for)
    assert answer is (made if found else None)


@pytest.mark.parametrize(
    ("on", "measure", "times"),
    [
        (9, Measure.BALANCE, 1),
        (9, Measure.CUMULATIVE, 1),
        (None, Measure.BALANCE, 0),
        (9, Measure.INFORMATION, 0),
    ],
)
def test_a_figure_posts_once_where_a_day_says_what_it_is_of(
    on: int | None, measure: Measure, times: int
) -> None:
    figure = row("reserve_held", 5_00, on, measure=measure)
    facts, asked = posted([figure])
    assert (facts[text(figure)].posted, asked) == (times, [])


def test_each_of_two_counts_is_asked_about_again_when_a_file_holds_more() -> None:
    one, two = payment(9, "77"), payment(12, "78")
    facts, asked = posted(
        [one, one, two, two], made=[judging("count_each", one, count=1), judging("count_each", two, count=1)]
    )
    assert told(asked) == [("duplicate_row", {text(two)}), ("duplicate_row", {text(one)})]
    assert [fact.posted for fact in facts.values()] == [1, 1]


def test_one_file_holds_what_several_of_its_keys_hold_together() -> None:
    one, two = payment(9, "77"), payment(12, "78")
    _, asked = posted([one, two], made=[judging("count_each", one, two, count=1)])
    assert told(asked) == [("duplicate_row", {text(one), text(two)})]
    _, fine = posted([one], [two], made=[judging("count_each", one, two, count=1)])
    assert fine == []


def test_of_three_counts_the_newest_on_a_fact_sets_every_older_one_aside() -> None:
    one, two = payment(9, "77"), payment(12, "78")
    facts, _ = posted(
        [one, two],
        made=[
            judging("count_each", one, count=5),
            judging("count_each", two, count=2),
            judging("count_each", one, count=1),
        ],
    )
    assert (facts[text(one)].posted, facts[text(two)].posted) == (1, 2)


def test_of_several_keys_the_earliest_post_first_whatever_their_references() -> None:
    early, late = payment(9, "99"), payment(12, "10")
    for rows in permutations([early, late]):
        facts, _ = posted(list(rows), made=[judging("count_each", early, late, count=1)])
        assert (facts[text(early)].posted, facts[text(late)].posted) == (1, 0)


def test_of_two_spellings_of_an_invoice_the_same_one_posts_in_any_order() -> None:
    plain, spelled = payment(9, "77"), payment(9, "77", invoice="INV-1001")
    for rows in permutations([plain, spelled]):
        facts, asked = posted(*([one] for one in rows))
        assert (facts[text(plain)].posted, facts[text(spelled)].posted) == (1, 0)
        assert (facts[text(plain)].questioned, facts[text(spelled)].questioned) == (False, True)
        assert told(asked) == [("possible_repeat", set(facts))]


def test_all_that_are_spelled_twice_are_asked_about_together() -> None:
    rows = [payment(on, ref, invoice=how) for on, ref in ((9, "77"), (12, "78")) for how in ("1001", "I1001")]
    facts, asked = posted(*([one] for one in rows))
    assert told(asked) == [("possible_repeat", set(facts))]
    assert [facts[text(one)].posted for one in rows] == [1, 0, 1, 0]


def test_all_that_are_doubled_in_one_file_are_asked_about_together() -> None:
    rows = [payment(9, "77"), payment(9), payment(12, "78"), payment(12)]
    facts, asked = posted(rows)
    assert told(asked) == [("duplicate_row", set(facts))]
    assert [facts[text(one)].posted for one in rows] == [1, 0, 1, 0]
    assert [facts[text(one)].questioned for one in rows] == [False, True, False, True]


def test_all_that_may_be_another_one_are_asked_about_together() -> None:
    rows = [payment(9, "77"), payment(12, "78")]
    weaker = [payment(9), payment(12)]
    facts, asked = posted(rows, weaker * 2)
    assert told(asked) == [("possible_repeat", set(facts))]
    assert [facts[text(one)].posted for one in (*rows, *weaker)] == [1, 1, 0, 0]
    assert [facts[text(one)].questioned for one in (*rows, *weaker)] == [False, False, True, True]


def test_what_comes_after_a_key_that_a_fuller_one_explains_posts_for_itself() -> None:
    full, explained, another = payment(9, "77"), payment(9), payment(12)
    facts, asked = posted([full], [explained, another])
    assert [facts[text(one)].posted for one in (full, explained, another)] == [1, 0, 1]
    assert asked == []


def test_what_comes_after_a_key_that_is_doubled_posts_for_itself() -> None:
    full, doubled, another = payment(9, "77"), payment(9), payment(12)
    facts, asked = posted([full, doubled], [another])
    assert [facts[text(one)].posted for one in (full, doubled, another)] == [1, 0, 1]
    assert told(asked) == [("duplicate_row", {text(full), text(doubled)})]


def test_rows_without_day_and_reference_that_may_repeat_in_one_file_are_no_question() -> None:
    weak = payment()
    facts, asked = posted([weak, weak], legal=frozenset({"R1"}))
    assert (facts[text(weak)].posted, facts[text(weak)].repeated, asked) == (2, False, [])


def test_what_a_person_called_the_same_is_in_question_no_more() -> None:
    full, weak = payment(9, "77"), payment(9)
    facts, asked = posted([full, weak], made=[judging("same", full, weak, count=2)])
    assert asked == []
    for fact in facts.values():
        assert fact.questioned is False
        assert fact.repeated is False
    again, asked = posted([full, weak], made=[judging("same", full, weak, count=1)])
    assert told(asked) == [("duplicate_row", set(again))]


def test_a_cheque_that_a_person_ruled_on_hides_no_other() -> None:
    first = [payment(9, "77", 60_00), payment(9, "77", 40_00)]
    second = [payment(12, "78", 30_00), payment(12, "78", 20_00)]
    chosen = judging("use_row", *first, subject="cheque:payment:A1:2025-03-09:77", amount=60_00)
    facts, asked = posted([first[0], second[0]], [first[1], second[1]], made=[chosen])
    assert told(asked) == [("conflicting_rows", set(map(text, second)))]
    assert [facts[text(one)].posted for one in (*first, *second)] == [1, 0, 0, 1]
    assert [facts[text(one)].questioned for one in (*first, *second)] == [False, False, True, False]
