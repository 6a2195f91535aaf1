"""Carriers with known truth through the whole road: nothing posted wrongly, and no cent lost."""

from __future__ import annotations

import pytest

from corpus_truth.corpus import make
from corpus_truth.road import drive, score, world_of

FAST = 2
WORLDS = 20


@pytest.mark.parametrize(
    "seed", [*range(FAST), *(pytest.param(n, marks=pytest.mark.slow) for n in range(FAST, WORLDS))]
)
def test_no_row_is_posted_wrongly_and_nearly_all_that_can_be_found_is(seed: int) -> None:
    truth = make(seed)
    desk, results = drive(truth)
    found = score(truth, desk, results)

    assert found.wrong == []
    assert found.recoverable > 800
    assert found.recovered / found.recoverable >= 0.995, found.missed

    # Every row in one bucket, every cent in one sum.
    for file, result in zip(truth.files, results, strict=True):
        rows = result.rows
        assert rows.read == len(file.rows)
        parts = (rows.matched, rows.already_known, rows.non_factored, rows.exceptions, rows.information)
        assert rows.read == sum(parts)
        for column in result.conservation.values():
            assert column["read"] == sum(cents for name, cents in column.items() if name != "read")

    # What was found is what counts, once, though the periods overlap.
    world = world_of(desk)
    missed = {text.split(" of ")[1].split(" went")[0] for text in found.missed}
    told = {sale: cents for sale, cents in truth.paid.items() if sale in world.sales and sale not in missed}
    assert len(told) > 150
    assert {sale: world.position(sale).net_paid for sale in told} == told
    once = sum(cents for place in world.sales.values() if (cents := place.position.net_paid))
    assert once <= sum(row.cents for file in truth.files for row in file.rows if row.kind == "payment")


def test_the_corpus_is_the_same_each_time_and_holds_every_trick() -> None:
    assert make(3) == make(3)
    tricks = {row.trick for seed in range(3) for file in make(seed).files for row in file.rows}
    assert {
        "exact",
        "lost zeros",
        "by load",
        "by PO",
        "swapped digits",
        "credit or rebill",
        "stranger",
    } < tricks
    rows = [row for file in make(0).files for row in file.rows]
    overlaps = len(rows) - len({tuple(row.cells.values()) for row in rows})
    assert overlaps > 100
    assert {row.kind for row in rows} == {"purchase", "payment", "chargeback"}
    assert any(row.sale is not None and row.sale.endswith("#2") for row in rows)
    assert sum(row.sale is None for row in rows) > 20
