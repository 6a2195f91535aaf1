"""Every measure beside a naive computation, over generated worlds."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import pandas as pd
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from analysis.kept import SOME, office_of
from factoring_core.analysis import Frames, frames, measures
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.vocabulary.parties import Terms
from factoring_core.errors import UsageError
from worlds import books, day, one_sale, row


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as plain values; what is missing is None."""
    return [
        {
            name: None if value is pd.NaT or value is pd.NA or value != value else value
            for name, value in one.items()
        }
        for one in frame.astype(object).to_dict("records")
    ]


@lru_cache(maxsize=16)
def rows_of(found: Frames, name: str) -> list[dict[str, Any]]:
    """Return the rows of one of the frames; every check looks at them, and none changes them."""
    return records(found[name])


@st.composite
def looks(draw: st.DrawFn) -> Frames:
    """The frames of a world, now or on a day, with terms on some of its sales."""
    book: Book = draw(books())
    terms = draw(st.sampled_from([Terms(), Terms(advance_rate=Decimal("0.9"), fee_rate=Decimal("0.0333"))]))
    sales = [evolve(one, frozen=evolve(one.frozen, terms=terms)) for one in book.assignments]
    with office_of(evolve(book, assignments=sales)) as office:
        return frames(office, as_of=draw(st.sampled_from([None, day(10), day(60)])))


def close(found: Any, expected: Fraction | None) -> bool:
    """Say whether a ratio is what it should be, to the last digits of a float."""
    if expected is None:
        return found is None or math.isnan(found)
    return math.isclose(found, float(expected), rel_tol=1e-12, abs_tol=1e-12)


@SOME
@given(looks())
def test_every_measure_is_what_a_naive_computation_gives(found: Frames) -> None:
    """One world serves all of them, each with assertions of its own: making it costs most."""
    the_ages(found)
    the_days(found)
    the_stays(found)
    the_terms(found)
    the_cost(found)
    the_reserve(found)
    the_concentration(found)
    the_kick_backs(found)
    the_waterfalls(found)


def the_ages(found: Frames) -> None:
    naive: dict[Any, Counter[str]] = defaultdict(Counter)
    for load in rows_of(found, "loads"):
        if load["open"]:
            age = (found.as_of - load["invoice_date"].date()).days
            bucket = (
                "0-30 days"
                if age <= 30
                else "31-60 days"
                if age <= 60
                else "61-90 days"
                if age <= 90
                else "over 90 days"
            )
            naive[load["customer_name"]][bucket] += load["open"]
    table = measures.ageing(found)
    for line in records(table):
        expected = naive.pop(line["customer_name"])
        assert {name: line[name] for name in measures.AGES} == {
            name: expected[name] for name in measures.AGES
        }
        assert line["total"] == expected.total()
    assert not naive
    assert int(table["total"].sum()) == int(found.loads["open"].sum())

    asked = measures.exceptions_by_age(found)
    assert int(asked["count"].sum()) == len(found.exceptions)
    assert int(asked["amount_at_risk"].sum()) == int(found.exceptions["amount_at_risk"].sum())
    by_type = Counter(found.exceptions["type"].astype(str))
    assert asked.groupby("type", observed=True)["count"].sum().to_dict() == dict(by_type)


def the_days(found: Frames) -> None:
    open_: Counter[Any] = Counter()
    invoiced: Counter[Any] = Counter()
    weighted: Counter[Any] = Counter()
    paid: Counter[Any] = Counter()
    for load in rows_of(found, "loads"):
        if load["invoice_date"] is None:
            continue
        group = (load["customer_name"], load["factor"])
        dated = load["invoice_date"].date()
        open_[group] += load["open"]
        if found.as_of - dt.timedelta(days=45) < dated <= found.as_of:
            invoiced[group] += load["amount"]
        if load["status"] == "completed" and load["completed_on"] is not None:
            weighted[group] += load["amount"] * (load["completed_on"].date() - dated).days
            paid[group] += load["amount"]
    table = records(measures.days_sales_outstanding(found, days=45))
    assert len(table) == len(open_)
    for line in table:
        group = (line["customer_name"], line["factor"])
        assert (line["open"], line["invoiced"]) == (open_[group], invoiced[group])
        expected = Fraction(open_[group] * 45, invoiced[group]) if invoiced[group] > 0 else None
        assert close(line["dso"], expected)
    taken = records(measures.days_to_pay(found))
    assert len(taken) == len(paid)
    for line in taken:
        group = (line["customer_name"], line["factor"])
        assert close(line["days"], Fraction(weighted[group], paid[group]))


def the_stays(found: Frames) -> None:
    names = ["released", "queued", "invoiced", "financed", "completed"]
    naive: dict[str, list[int]] = defaultdict(list)
    for load in rows_of(found, "loads"):
        known = [(name, load[f"{name}_on"]) for name in names if load[f"{name}_on"] is not None]
        for place, (name, since) in enumerate(known):
            if name == "completed":
                continue
            until = known[place + 1][1].date() if place + 1 < len(known) else None
            if until is None and load["status"] != name:
                continue
            naive[name].append(((until or found.as_of) - since.date()).days)
    table = records(measures.time_in_status(found))
    assert {line["status"] for line in table} == set(naive)
    for line in table:
        days = sorted(naive[line["status"]])
        assert line["stays"] == len(days)
        assert line["longest"] == days[-1]
        assert close(line["mean"], Fraction(sum(days), len(days)))
        middle = days[(len(days) - 1) // 2] + days[len(days) // 2]
        assert close(line["median"], Fraction(middle, 2))


def the_terms(found: Frames) -> None:
    terms = {one["assignment"]: one for one in rows_of(found, "assignments")}
    naive = {}
    for sale in rows_of(found, "positions"):
        said = terms[sale["assignment"]]
        if sale["bought"] and said["fee_rate"] is not None:
            base = Decimal(sale["purchased"] if sale["purchased"] > 0 else sale["face"])
            advance, fee = (
                int((base * said[name]).quantize(Decimal(1), ROUND_HALF_UP))
                for name in ("advance_rate", "fee_rate")
            )
            off = sale["advanced"] - advance if sale["advanced_known"] else None
            naive[sale["assignment"]] = (advance, off, fee, sale["fees"] - fee)
    columns = ["advance_expected", "advance_difference", "fee_expected", "fee_difference"]
    assert {
        line["assignment"]: tuple(line[name] for name in columns)
        for line in records(measures.against_terms(found))
    } == naive


def the_cost(found: Frames) -> None:
    used: Counter[str] = Counter()
    fees: Counter[str] = Counter()
    back: dict[str, dt.date] = {}
    for fact in rows_of(found, "evidence"):
        if fact["type"] == "chargeback" and fact["counts"] and fact["on"] is not None:
            on = fact["on"].date()
            back[fact["assignment"]] = max(on, back.get(fact["assignment"], on))
    for sale in rows_of(found, "positions"):
        fees[sale["factor"]] += sale["fees"]
        if not sale["bought"] or sale["purchased_on"] is None or sale["advanced"] <= 0:
            continue
        end = found.as_of
        if sale["fully_charged_back"]:
            end = back.get(sale["assignment"], end)
        elif sale["settled"] is not None and sale["last_paid_on"] is not None:
            end = sale["last_paid_on"].date()
        used[sale["factor"]] += sale["advanced"] * max(1, (end - sale["purchased_on"].date()).days)
    flat: Counter[str] = Counter()
    for line in rows_of(found, "account"):
        sign = {"fee": 1, "fee_reversal": -1}.get(line["type"], 0)
        flat[line["factor"]] += sign * line["amount"]
    for line in records(measures.annual_cost(found)):
        factor = line["factor"]
        assert line["cost"] == fees[factor] + flat[factor]
        assert line["money_days"] == used[factor]
        expected = Fraction(line["cost"] * 365, used[factor]) if used[factor] else None
        assert close(line["rate"], expected)


def the_reserve(found: Frames) -> None:
    table = records(measures.reserve(found, due_after=5))
    outstanding = {one["assignment"]: one for one in rows_of(found, "positions") if one["reserve"]}
    assert {line["assignment"] for line in table} == set(outstanding)
    assert sum(line["outstanding"] for line in table) == found.positions["reserve"].sum()
    for line in table:
        sale = outstanding[line["assignment"]]
        settled = sale["settled"] is not None and sale["last_paid_on"] is not None
        late = settled and sale["last_paid_on"].date() + dt.timedelta(days=5) < found.as_of
        assert line["overdue"] == (sale["reserve"] if late else 0)


def the_concentration(found: Frames) -> None:
    owed: Counter[str] = Counter()
    for load in rows_of(found, "loads"):
        owed[load["customer_name"]] += load["open"]
    owed = Counter({name: amount for name, amount in owed.items() if amount > 0})
    table = records(measures.concentration(found))
    assert {line["customer_name"]: line["open"] for line in table} == dict(owed)
    running = Fraction(0)
    for line in table:
        share = Fraction(line["open"], owed.total())
        running += share
        assert close(line["share"], share)
        assert close(line["cumulative"], running)
    square = sum((Fraction(one, owed.total()) ** 2 for one in owed.values()), Fraction(0))
    assert close(measures.herfindahl(found), square)


def the_kick_backs(found: Frames) -> None:
    bought = {one["assignment"]: one["bought"] for one in rows_of(found, "positions")}
    naive: Counter[tuple[str, str]] = Counter()
    whole: Counter[str] = Counter()
    for sale in rows_of(found, "assignments"):
        whole[sale["factor"]] += sale["face"]
        denied = sale["disposition"] in ("denied", "rejected", "held") and not bought[sale["assignment"]]
        if denied or sale["ending"] == "return_to_queue":
            reason = sale["disposition"] if denied else sale["end_reason"]
            naive[sale["factor"], reason] += sale["face"]
    table = records(measures.kick_backs(found))
    assert {(line["factor"], line["reason"]): line["face"] for line in table} == dict(naive)
    for line in table:
        assert close(line["share"], Fraction(line["face"], whole[line["factor"]]))


def the_waterfalls(found: Frames) -> None:
    arrived = {one["assignment"]: one["delivered"] for one in rows_of(found, "assignments")}
    sales = [one for one in rows_of(found, "positions") if arrived[one["assignment"]] or one["bought"]]
    bought = [one for one in sales if one["bought"]]
    table = measures.waterfall(found)
    closes(table)
    after = dict(zip(table["step"], table["after"], strict=True))
    moved = dict(zip(table["step"], table["amount"], strict=True))
    assert moved["face"] == sum(one["face"] for one in sales)
    assert moved["fee"] == -sum(one["fees"] for one in bought)
    assert moved["reserve"] == -sum(one["reserve_held"] for one in bought)
    assert after["advance"] == sum(one["advanced"] for one in bought)
    assert after["received"] == sum(one["advanced"] + one["rebated"] - one["charged_back"] for one in bought)
    for sale in sales[:2]:
        closes(measures.sale_waterfall(found, sale["assignment"]))
    flow = measures.status_flow(found)
    standing = found.loads["status"].astype(str)
    assert int(flow.loc[flow["target"] == "completed", "loads"].sum()) == int((standing == "completed").sum())
    assert int(flow.loc[flow["source"] == "released", "loads"].sum()) == int((standing != "released").sum())


def closes(table: pd.DataFrame) -> None:
    """Walk a waterfall: every change moves the sum, every total states it."""
    after = 0
    for line in records(table):
        after = line["amount"] if line["kind"] == "start" else after
        after += line["amount"] if line["kind"] == "change" else 0
        assert line["after"] == after
        assert line["kind"] != "total" or line["amount"] == after


@SOME
@given(books(), st.lists(st.integers(1, 40), min_size=2, max_size=3, unique=True))
def test_a_roll_forward_always_closes(book: Book, days: list[int]) -> None:
    with office_of(book) as office:
        points = [frames(office, as_of=day(one)) for one in sorted(days)]
    table = records(measures.reserve_roll_forward(*points))
    for line, before, after in zip(table, points, points[1:], strict=False):
        assert line["opening"] == before.positions["reserve"].sum()
        assert line["closing"] == after.positions["reserve"].sum()
        assert line["opening"] + line["held"] - line["rebated"] == line["closing"]


def test_of_books_without_anything_every_measure_is_an_empty_table() -> None:
    """`time_in_status` ended in a traceback of pandas where no load had a date."""
    nothing = Frames.of(as_of=day(1))
    for measure in (
        measures.against_terms,
        measures.ageing,
        measures.annual_cost,
        measures.concentration,
        measures.days_sales_outstanding,
        measures.days_to_pay,
        measures.exceptions_by_age,
        measures.kick_backs,
        measures.reserve,
        measures.status_flow,
        measures.stays,
        measures.time_in_status,
    ):
        assert len(measure(nothing)) == 0
    assert measures.waterfall(nothing)["after"].tolist() == [0] * 9


def test_what_cannot_be_measured_is_refused() -> None:
    with office_of(one_sale([row("purchase", 100_00, 3)])) as office:
        found = frames(office, as_of=day(5))
    with pytest.raises(UsageError, match="order"):
        measures.reserve_roll_forward(found, found)
    with pytest.raises(UsageError, match="no sale"):
        measures.sale_waterfall(found, "nobody")
