"""The frames: their schemas, their totals, and what was true on a day."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.kept import SOME, office_of
from factoring_core.analysis import RECONCILIATION, SCHEMAS, Frames, frames
from factoring_core.analysis.building import from_records
from factoring_core.analysis.schema import Sort, TableSchema
from factoring_core.domain.reconciling.world import Book
from factoring_core.errors import NotFoundError, UsageError
from factoring_core.usecases.results import StatusView
from worlds import books, day, one_sale, row

STORED = [name for name in SCHEMAS if name != "rows"]
"""Rows are read from the files again, and these worlds have none; see test_reconcile."""


def check(frame: pd.DataFrame, schema: TableSchema) -> None:
    """Hold a frame to its schema."""
    extra = list(frame.columns)[len(schema.columns) :]
    assert list(frame.columns) == [*schema.names, *extra]
    assert not extra or schema.more_cents
    for column in schema.columns:
        found = frame[column.name]
        assert str(found.dtype) == column.sort.dtype, column.name
        if column.sort is Sort.WORD:
            assert tuple(found.cat.categories) == column.words
        if not column.missing:
            assert not found.isna().any(), column.name
    assert not frame.duplicated(list(schema.key)).any()


@SOME
@given(books())
def test_every_frame_is_as_its_schema_says_and_adds_up_to_the_status(book: Book) -> None:
    """One world serves all of this: keeping and showing it costs more than looking at it."""
    with office_of(book) as office:
        found, status = frames(office), office.status()
    for name in STORED:
        check(found[name], SCHEMAS[name])
    the_totals_are_those_of_the_status(found, status)
    counted_evidence_adds_up_to_the_positions(found, book)
    the_frames_agree_with_each_other(found)


def the_totals_are_those_of_the_status(found: Frames, status: StatusView) -> None:
    by_status = found.loads.groupby("status", observed=False)
    assert by_status.size().to_dict() == {one.status: one.count for one in status.counts}
    for column in ("amount", "paid", "open"):
        sums = {one.status: getattr(one, column) for one in status.counts}
        assert by_status[column].sum().to_dict() == sums
    assert found.positions["reserve"].sum() == status.reserve_outstanding
    types = found.exceptions.groupby("type", observed=True).size()
    assert types.to_dict() == dict(status.exceptions)
    assert found.exceptions["amount_at_risk"].sum() == status.amount_at_risk
    in_account = {
        name: dict(zip(part["type"], part["amount"], strict=True))
        for name, part in found.account.groupby("connection")
    }
    assert in_account == {name: dict(totals) for name, totals in status.account.items()}
    in_doubt = found.batches[found.batches["state"] == "in_doubt"]
    names = sorted(f"{c}/{n}" for c, n in zip(in_doubt["connection"], in_doubt["number"], strict=True))
    assert names == list(status.in_doubt)
    waiting = found.batches["state"].isin(["sealed", "sending"])
    assert int(waiting.sum()) == len(status.waiting_batches)


def counted_evidence_adds_up_to_the_positions(found: Frames, book: Book) -> None:
    """Where nothing but movements tells of a sale, its counted facts are its position."""
    facts = found.evidence
    figures = facts[(facts["measure"] != "movement") & (facts["type"] != "disposition")]
    openings = {one.id for one in book.assignments if one.opening is not None}
    mixed = set(figures["assignment"].dropna()) | openings
    counted = facts.assign(amount=facts["amount"] * facts["counts"])
    sums = counted.groupby(["assignment", "type"], observed=True)["amount"].sum().to_dict()
    written_to_reserve = {
        one.assignment or one.subject.removeprefix("assignment:")
        for one in book.decisions
        if one.resolution.value == "charge_to_reserve"
    }
    for sale in found.positions.to_dict("records"):
        name = sale["assignment"]
        if name in mixed or name in written_to_reserve:
            continue

        def of(kind: str, name: str = name) -> int:
            return int(sums.get((name, kind), 0))

        assert of("advance") == sale["advanced"]
        assert of("fee") - of("fee_reversal") == sale["fees"]
        assert of("rebate") - of("rebate_reversal") == sale["rebated"]
        assert of("chargeback") - of("chargeback_reversal") == sale["charged_back"]
        assert of("adjustment") == sale["adjustments"]
        assert of("payment") - of("payment_reversal") == sale["net_paid"] + sale["late_paid"]


def the_frames_agree_with_each_other(found: Frames) -> None:
    sales = found.assignments
    assert set(found.positions["assignment"]) == set(sales["assignment"])
    assert int(found.positions["face"].sum()) == int(sales["face"].sum())
    assert set(found.matches["assignment"]) <= set(sales["assignment"])
    assert set(found.loads["batch"].dropna()) <= set(found.batches["batch"])
    assert set(found.deliveries["batch"]) <= set(
        found.batches.loc[found.batches["state"] == "delivered", "batch"]
    )
    days = found.loads[["released_on", "queued_on", "invoiced_on", "financed_on", "completed_on"]]
    for way in days.itertuples(index=False):
        known = [one for one in way if one is not pd.NaT]
        assert known == sorted(known)


def test_an_empty_frame_has_the_same_columns_and_dtypes() -> None:
    for schema in (*SCHEMAS.values(), *RECONCILIATION.values()):
        check(from_records(schema, ()), schema)


@SOME
@given(books(), st.integers(0, 25))
def test_a_day_in_the_past_is_the_world_without_what_came_later(book: Book, number: int) -> None:
    on = day(number)
    with office_of(book) as office:
        found = frames(office, as_of=on)
        everything = frames(office, as_of=dt.date(2100, 1, 1))
        now = frames(office)
    for name in STORED:
        check(found[name], SCHEMAS[name])
        if name != "exceptions":
            pd.testing.assert_frame_equal(everything[name], now[name])
    assert not (found.evidence["on"] > pd.Timestamp(on)).any()
    assert not (found.assignments["sealed_on"] > pd.Timestamp(on)).any()
    assert set(found.evidence["report"]) <= set(now.evidence["report"])
    # What is not there yet has not moved anything.
    untouched = set(found.assignments["assignment"]) - set(found.evidence["assignment"].dropna())
    openings = {one.id for one in book.assignments if one.opening is not None}
    judged = {one.subject.removeprefix("assignment:") for one in book.decisions}
    for sale in found.positions.to_dict("records"):
        if sale["assignment"] in untouched - openings - judged:
            assert (sale["open"], sale["bought"]) == (sale["face"], False)


def test_a_fact_counts_from_its_own_date_whenever_it_was_reported() -> None:
    book = one_sale([row("purchase", 100_00, 3)], [row("payment", 60_00, 9), row("payment", 40_00, 12)])
    with office_of(book) as office:
        opened = {n: frames(office, as_of=day(n)).positions["open"].sum() for n in (2, 3, 9, 11, 12)}
        status = frames(office, as_of=day(11)).loads["status"].tolist()
    assert opened == {2: 100_00, 3: 100_00, 9: 40_00, 11: 40_00, 12: 0}
    assert status == ["financed"]


@pytest.mark.parametrize(("bought", "paid", "completed"), [(3, 9, 9), (9, 5, 9)])
def test_a_load_reaches_no_status_before_the_one_in_front_of_it(
    bought: int, paid: int, completed: int
) -> None:
    book = one_sale([row("purchase", 100_00, bought)], [row("payment", 100_00, paid)])
    [load], [sale] = book.loads.values(), book.assignments
    assert load.invoice is not None
    with office_of(book) as office:
        [found] = frames(office).loads.to_dict("records")
    assert found["queued_on"].date() == load.invoice.date
    assert found["invoiced_on"].date() == max(load.invoice.date, sale.sealed_on)
    assert found["financed_on"].date() == day(bought)
    assert found["completed_on"].date() == day(completed)


def test_only_the_subsidiary_that_was_asked_for() -> None:
    with office_of(one_sale([])) as office:
        assert len(frames(office, subsidiary="S").loads) == 1
        with pytest.raises(NotFoundError):
            frames(office, subsidiary="other")
        with pytest.raises(UsageError, match="tenant"):
            frames(office, tenant="other")


def test_a_bare_store_needs_the_settings() -> None:
    with office_of(one_sale([])) as office:
        store = office.ports.store
        with pytest.raises(UsageError, match="bare store"):
            frames(store)
        found = frames(store, settings=office.settings, tenant="t")
        pd.testing.assert_frame_equal(found.loads, frames(office).loads)


def test_cents_are_seen_as_exact_decimals() -> None:
    found = Frames.of(
        as_of=day(1), positions=[{"assignment": "A", "face": 10_05, "open": None}, {"face": 2**60}]
    )
    face = found.positions["face"]
    assert face.money.decimal.tolist() == [Decimal("10.05"), Decimal(2**60) / 100]
    assert face.money.text.tolist()[0] == "10.05"
    assert face.money.total() == Decimal(2**60 + 10_05) / 100
    assert found.positions["open"].money.decimal.tolist() == [None, None]
    shown = found.positions.money.decimals()
    assert shown["face"].tolist()[0] == Decimal("10.05")
    with pytest.raises(AttributeError, match="cents"):
        found.positions["assignment"].money  # noqa: B018
    with pytest.raises(UsageError, match="colour"):
        Frames.of(as_of=day(1), positions=[{"colour": "blue"}])
    with pytest.raises(UsageError, match="nothing"):
        Frames.of(as_of=day(1), nothing=[])


PROGRAM = """
import json, sys
sys.modules["pyarrow"] = None
from analysis.test_frames import told
print(json.dumps(told()))
"""


def told() -> Any:
    """Return the dtypes and the cells of every frame of one small world."""
    book = one_sale([row("purchase", 100_00, 3), row("fee", 3_00, 3), row("payment", 60_00, 9, invoice="77")])
    with office_of(book) as office:
        found = frames(office)
        return {
            name: [
                [[column, str(dtype)] for column, dtype in found[name].dtypes.items()],
                json.loads(found[name].to_json(orient="records", date_format="iso")),
            ]
            for name in STORED
        }


def test_the_frames_are_the_same_with_and_without_pyarrow() -> None:
    assert sys.modules.get("pyarrow") is not None
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    without = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=environment
    )
    assert json.loads(without.stdout) == told()
