"""A month in the life of a carrier that switches its factor in the middle: every cent, at its end.

The same story is told in `docs/explanation/a-month-of-switching.md`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from attrs import evolve

from factoring_core.domain.reconciling.world import World
from factoring_core.domain.vocabulary.parties import Severity
from factoring_core.usecases.books import plan_change, read_book
from factoring_core.usecases.configure import activate, deactivate
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.reconciling.view_exceptions import exceptions
from factoring_core.usecases.results import ReportResult
from factoring_core.usecases.selling.buy_out import buy_out
from factoring_core.usecases.selling.direct import pay
from factoring_core.usecases.selling.preflight import preflight
from factoring_core.usecases.selling.take_back import resell, return_loads
from usecases.bringing import LENIENT, bring, csv, report, row
from usecases.desk import Desk, manual

OLD, NEW = "east-old", "east-new"


def cents(n: int) -> int:
    """Return the face of load *n*: no two are the same."""
    return 1000_00 + n * 7_01


def text(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02}"


def name(n: int) -> str:
    return f"L-{n:03}"


class Month:
    """The carrier, and what a controller writes down beside it: who received how much, in cents."""

    def __init__(self) -> None:
        subsidiary = evolve(
            LENIENT, preflight={**LENIENT.preflight, "missing_invoice_document": Severity.OFF}
        )
        old, new = manual(OLD), manual(NEW, active=False)
        self.desk = Desk(old, new, subsidiaries=(subsidiary,))
        self.received: Counter[str] = Counter()
        self.cheques = 0

    def on(self, day: int) -> None:
        self.desk.clock.set(dt.datetime(2026, 3, day, 18, tzinfo=dt.UTC))

    def sell(self, loads: Iterable[int]) -> None:
        """Submit loads through whichever connection is active, and hand the batch over."""
        from factoring_core.usecases.delivering.batch_acts import confirm

        wanted = [name(n) for n in loads]
        result = submit(self.desk.ports, "east", wanted)
        assert (result.error, result.refused) == (None, ())
        assert sorted(load for batch in result.batches for load in batch.loads) == sorted(wanted)
        for batch in result.batches:
            confirm(self.desk.ports, batch.id)

    def told(self, who: str, loads: Iterable[int], day: int, word: str = "") -> ReportResult:
        """Apply a purchase report."""
        rows = [
            {
                "Invoice Number": f"INV-{name(n)}",
                "Purchase Date": f"03/{day:02}/2026",
                "Invoice Amount": text(cents(n)),
                "Type": word,
            }
            for n in loads
        ]
        return report(self.desk.ports, *rows, connection=who, kind="purchase", name=f"{who} {day} {word}.csv")

    def paid(
        self, who: str, loads: Iterable[int], day: int, word: str = "", *, amount: int | None = None
    ) -> ReportResult:
        """Apply a payment report, and write down what came; a chargeback is no receipt."""
        rows = []
        for n in loads:
            self.cheques += 1
            sum_ = cents(n) if amount is None else amount
            rows.append(
                {
                    "Invoice Number": f"INV-{name(n)}",
                    "Payment Date": f"03/{day:02}/2026",
                    "Payment Amount": text(sum_),
                    "Check Number": f"C{self.cheques}",
                    "Type": word,
                }
            )
            self.received[who] += 0 if word else sum_
        return report(self.desk.ports, *rows, connection=who, kind="payment", name=f"{who} {day} paid.csv")

    def to_us(self, loads: Iterable[int], day: int, *, misdirected: bool) -> None:
        for n in loads:
            when = dt.date(2026, 3, day)
            result = pay(
                self.desk.ports, name(n), amount=cents(n), on=when, reference=f"D{n}", misdirected=misdirected
            )
            assert result.refused == ()
            self.received["us"] += cents(n)

    def world(self) -> World:
        with self.desk.store.reading("acme") as tx:
            return plan_change(tx, self.desk.ports, read_book(tx, self.desk.ports, "east")).world

    def raised(self) -> Counter[str]:
        return Counter(view.item.type.value for view in exceptions(self.desk.ports))


def a_month() -> Month:
    """Live it."""
    month = Month()
    desk = month.desk
    month.on(1)
    bring(desk.ports, *(row(name(n), "queued", amount=text(cents(n))) for n in range(1, 301)))

    # The first half: two hundred loads go to the old factor.
    month.on(2)
    month.sell(range(1, 201))
    month.told(OLD, range(1, 181), 4)
    month.told(OLD, range(181, 191), 4, "held")
    month.told(OLD, range(191, 201), 4, "denied")
    month.paid(OLD, range(1, 61), 10)
    month.paid(OLD, range(61, 66), 12, "chargeback")

    # The fifteenth: another factor, which buys 85 open invoices out.
    month.on(15)
    deactivate(desk.ports, OLD, reason="the contract ends")
    activate(desk.ports, NEW)
    lines = [
        {
            "Invoice Number": f"INV-{name(n)}",
            "Buyout Date": "03/15/2026",
            "Buyout Amount": text(cents(n) * 9 // 10),
        }
        for n in range(66, 151)
    ]
    moved = buy_out(desk.ports, csv(*lines), name="buyout.csv", old=OLD, new=NEW)
    assert len(moved.moved) == 85

    # What the old one held cannot be sold elsewhere until it says no; what it denied can.
    return_loads(desk.ports, [name(n) for n in range(181, 191)], reason="held")
    return_loads(desk.ports, [name(n) for n in range(191, 201)], reason="denied")
    held = preflight(desk.ports, "east", [name(181)]).refused[0]
    assert "held_elsewhere" in {reason.code for reason in held.reasons}
    month.told(OLD, range(181, 186), 16, "denied")

    # The second half goes to the new one, with what the old one would not have.
    month.on(17)
    resell(desk.ports, [name(64), name(65)], reason="its customer is found")
    month.sell([*range(201, 301), *range(191, 201), *range(181, 186), 64, 65])
    month.told(NEW, [*range(201, 301), *range(191, 201), *range(181, 186), 64, 65], 18)

    # Customers pay, most of them the right one.
    month.on(25)
    month.to_us([61, 62, 63], 20, misdirected=False)  # charged back: ours to collect
    month.paid(OLD, range(151, 171), 20)
    month.paid(NEW, range(66, 141), 21)
    month.paid(NEW, [*range(201, 291), *range(191, 201)], 22)
    month.paid(NEW, [291], 23, "chargeback", amount=100_00)

    # And some pay the wrong one.
    month.paid(NEW, range(171, 176), 23)  # left with the old factor
    month.paid(OLD, range(141, 146), 23)  # bought out of it
    month.to_us(range(146, 149), 23, misdirected=True)  # the new factor's
    return month


def test_every_cent_ends_where_a_controller_would_book_it() -> None:
    month = a_month()
    desk, world = month.desk, month.world()
    standing = {number: (one.status.value, one.route.value) for number, one in world.standings.items()}

    def stand(loads: Iterable[int]) -> set[tuple[str, str]]:
        return {standing[name(n)] for n in loads}

    done, open_, queued = ("completed", "factoring"), ("financed", "factoring"), ("queued", "factoring")
    paid = [*range(1, 61), *range(66, 141), *range(151, 171), *range(191, 201), *range(201, 291)]
    assert stand(paid) == {done}
    assert stand([61, 62, 63]) == {("completed", "direct")}
    assert stand([64, 65, *range(141, 151), *range(171, 181), *range(181, 186), *range(291, 301)]) == {open_}
    assert stand(range(186, 191)) == {queued}
    assert sum(Counter(standing.values()).values()) == 300

    # Whose each invoice is now.
    owner = {sale.load: sale.connection for sale in desk.sales() if sale.live}
    assert {owner[name(n)] for n in [*range(1, 61), *range(151, 181)]} == {OLD}
    assert {owner[name(n)] for n in [*range(64, 151), *range(181, 186), *range(191, 301)]} == {NEW}
    assert not {name(n) for n in range(186, 191)} & owner.keys()

    # Who has whose money: exactly three kinds of wrong, to the cent.
    owed: Counter[tuple[str, str]] = Counter()
    for view in exceptions(desk.ports):
        if view.item.type == "misdirected_payment":
            assert view.item.owed_by is not None
            assert view.item.owed_to is not None
            owed[view.item.owed_by, view.item.owed_to] += view.item.amount_at_risk
    assert owed == {
        (NEW, OLD): sum(map(cents, range(171, 176))),
        (OLD, NEW): sum(map(cents, range(141, 146))),
        ("east", NEW): sum(map(cents, range(146, 149))),
    }
    assert month.raised() == {"misdirected_payment": 13, "charged_back": 1}

    # Every cent that was received is in one sale, in a direct debt, or owed to somebody.
    for who in (OLD, NEW):
        posted = sum(fold.position.paid for fold in world.sales.values() if fold.sale.connection == who)
        carried = sum(
            fold.sale.opening.paid or 0
            for fold in world.sales.values()
            if fold.sale.connection == who and fold.sale.opening is not None
        )
        wrong = sum(amount for (by, _), amount in owed.items() if by == who)
        assert posted - carried + wrong == month.received[who]
    direct = sum(one.direct.paid for one in world.loads.values() if one.direct is not None)
    assert direct + owed["east", NEW] == month.received["us"]

    # What customers still owe is the faces less what was paid to whoever owns the debt.
    face = sum(map(cents, range(1, 301)))
    settled = sum(one.paid for one in world.standings.values())
    assert sum(one.open for one in world.standings.values()) == face - settled
    assert settled + sum(owed.values()) == sum(month.received.values())


def test_when_the_money_is_passed_on_the_loads_complete() -> None:
    month = a_month()
    month.paid(OLD, range(171, 176), 27)
    month.paid(NEW, range(141, 149), 27)
    standings = month.world().standings
    assert {standings[name(n)].status.value for n in [*range(171, 176), *range(141, 149)]} == {"completed"}
    # That it was passed on, a person says, with a reason; nobody infers it.
    assert month.raised()["misdirected_payment"] == 13
