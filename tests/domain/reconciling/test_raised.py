"""What exceptions are read from: which sale took over which, in a whole book and in a part of one."""

from __future__ import annotations

import pytest
from attrs import evolve

from factoring_core.domain.reconciling.raised import Raised
from worlds import a_batch, a_book, a_load, a_sale


@pytest.mark.parametrize("folded", [["A1", "A2"], ["A1"], ["A2"], []])
def test_who_took_a_sale_over_is_known_whichever_of_the_two_is_folded(folded: list[str]) -> None:
    load = a_load()
    old = a_sale(load, a_batch("B1"), id_="A1")
    new = a_sale(load, a_batch("B2", connection="C2"), id_="A2", takes_over="A1")
    sales = [old, new]
    book = evolve(
        a_book(load, sales=[one for one in sales if one.id in folded]),
        other_sales=[one for one in sales if one.id not in folded],
    )
    raised = Raised(book, {}, {}, {}, {}, {}, {}, {})
    assert raised.taken_over == {"A1": new}
    assert raised.handed_on == {("C1", "C2")}


def test_a_sale_that_took_over_one_that_is_not_there_hands_nothing_on() -> None:
    sale = a_sale(a_load(), a_batch("B2", connection="C2"), id_="A2", takes_over="A1")
    raised = Raised(a_book(sales=[sale]), {}, {}, {}, {}, {}, {}, {})
    assert raised.taken_over == {"A1": sale}
    assert raised.handed_on == frozenset()
