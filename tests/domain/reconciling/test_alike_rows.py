"""Sales that are alike, kept as columns, say of each sale what was said of it before."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from domain.reconciling.test_alike import alike, paid_once, stood
from factoring_core.domain.reconciling.alike import Paid
from factoring_core.domain.reconciling.alike_rows import AlikeRows
from factoring_core.domain.reconciling.world import fold
from properties.test_touched_laws import without


def kept(found: Collection[Paid], tenant: str) -> AlikeRows:
    """Keep *found* in two parts."""
    rows = AlikeRows(tenant, "S", "R1")
    ordered = sorted(found, key=lambda one: one.row.row)
    rows.take(ordered[: len(ordered) // 2])
    rows.take(())
    rows.take(ordered[len(ordered) // 2 :])
    return rows


def test_they_say_of_each_sale_what_was_said_of_it() -> None:
    book, _ = paid_once()
    found = alike(book, stood(fold(without(book, "R1"))))
    rows = kept(found.values(), book.tenant)

    assert len(rows) == len(found)
    assert list(rows.rows) == sorted(rows.rows)
    assert list(rows.standings()) == [found[load].standing for load in sorted(found)]
    items = {rows.loads[place]: rows.item(place) for place in rows.raised()}
    wanted = {load: item for load, one in found.items() if (item := one.item(book.tenant)) is not None}
    assert items == wanted
    assert wanted


def test_those_of_some_loads_can_be_left_out() -> None:
    book, _ = paid_once()
    found = alike(book, stood(fold(without(book, "R1"))))
    rows = kept(found.values(), book.tenant)
    some = frozenset(sorted(found)[::3])

    fewer = rows.without({*some, "L-unheard-of"})

    assert (fewer.tenant, fewer.subsidiary, fewer.report) == (rows.tenant, rows.subsidiary, rows.report)
    assert fewer.left_out == some
    assert set(fewer.loads) == found.keys() - some
    assert rows.rows_of(some) == sorted(one.row.row for load, one in found.items() if load in some)
    others = kept([one for load, one in found.items() if load not in some], book.tenant)
    assert list(fewer.standings()) == list(others.standings())
    assert [fewer.item(place) for place in fewer.raised()] == [
        others.item(place) for place in others.raised()
    ]
    assert fewer.without({"L-unheard-of"}) is fewer
    again = fewer.without(frozenset(fewer.loads[:1]))
    assert again.left_out == some | {fewer.loads[0]}


def test_where_nobody_must_look_there_is_nothing_to_look_at() -> None:
    book, _ = paid_once()
    rows = kept(alike(book, stood(fold(without(book, "R1")))).values(), book.tenant)
    quiet = next(place for place in range(len(rows)) if place not in set(rows.raised()))
    with pytest.raises(LookupError, match=str(quiet)):
        rows.item(quiet)


def test_columns_that_are_not_of_one_length_are_not_gone_through() -> None:
    book, _ = paid_once()
    rows = kept(alike(book, stood(fold(without(book, "R1")))).values(), book.tenant)
    rows.loads.extend(["Z-1"])
    with pytest.raises(ValueError, match="zip"):
        rows.rows_of(frozenset())


def test_a_row_that_pays_nothing_leaves_all_open() -> None:
    book, _ = paid_once()
    one = next(iter(alike(book, stood(fold(without(book, "R1")))).values()))
    rows = kept([one._replace(row=one.row._replace(amount=None))], book.tenant)
    assert (list(rows.paid), list(rows.left)) == ([0], [one.sale.face])
