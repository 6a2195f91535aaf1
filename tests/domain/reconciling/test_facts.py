"""Joining what was seen: per key the highest number in one report, and other cells merged."""

from __future__ import annotations

import datetime as dt

from factoring_core.domain.reconciling.evidence import Attributes, key_text
from factoring_core.domain.reconciling.facts import join_facts, merge_attributes
from worlds import numbered, row


def test_a_key_counts_as_often_as_the_report_that_holds_it_most_often() -> None:
    one = row("payment", 40_00, 9, "77")
    (fact,) = join_facts([*numbered("R1", [one]), *numbered("R2", [one] * 3)]).values()
    assert (fact.count, fact.reports, len(fact.copies)) == (3, {"R1", "R2"}, 4)
    assert (fact.amount, fact.text) == (40_00, "payment|1001|4000||2025-03-09|77")


def test_repeats_are_legal_only_if_every_report_that_repeats_says_so() -> None:
    one = row("payment", 40_00, 9, "77")
    seen = [*numbered("R1", [one] * 2), *numbered("R2", [one] * 2)]
    for legal, expected in (({"R1", "R2"}, True), ({"R1"}, False), (set(), False)):
        (fact,) = join_facts(seen, legal=frozenset(legal)).values()
        assert fact.legal is expected
    once = [*numbered("R1", [one] * 2), *numbered("R2", [one])]
    (fact,) = join_facts(once, legal=frozenset({"R1"})).values()
    assert fact.legal
    (alone,) = join_facts(numbered("R1", [one]), legal=frozenset({"R1"})).values()
    assert alone.legal


def test_of_other_cells_the_filled_one_wins_and_two_different_ones_are_blank() -> None:
    seen = [
        Attributes(customer="Acme, Inc.", invoice_amount=100_00, mc_number="MC 7", load_number="007"),
        Attributes(customer="ACME", debtor_number="D-7", mc_number="7", load_number="7"),
        Attributes(invoice_amount=90_00),
    ]
    merged, disputed = merge_attributes(seen)
    assert merged == Attributes(customer="ACME", mc_number="7", load_number="007", debtor_number="D-7")
    assert disputed == {"invoice_amount"}
    assert merge_attributes(seen[:1] * 2) == (seen[0], frozenset())


def test_a_key_as_text_can_be_told_apart_from_every_other() -> None:
    plain = row("payment", None, None, "a|b", invoice="x")
    other = row("payment", None, None, "b", invoice="x|||a")
    assert key_text(plain.key) == "payment|x||||a\\|b"
    assert key_text(plain.key) != key_text(other.key)
    assert plain.key[4] is None or isinstance(plain.key[4], dt.date)
