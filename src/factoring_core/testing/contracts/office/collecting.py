"""What customers pay themselves, what a factor says of them, and reports and words that are fetched."""

import datetime as dt
from typing import Any

from attrs import evolve

from factoring_core.adapters.remote.memory import Moment, Trouble
from factoring_core.domain.selling.credit import CreditVerdict
from factoring_core.domain.vocabulary.actors import EVERYBODY
from factoring_core.errors import (
    DeliveryInDoubtError,
    NotFoundError,
    RemoteRefusedError,
    StateError,
    TransportError,
    UnreachableError,
    UsageError,
)
from factoring_core.testing.contracts.office.base import OfficeStories, a_story
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import Row, csv, haul, in_flight, payment, purchase
from factoring_core.testing.stories.place import connection

WESTERN = evolve(EVERYBODY, name="wes", subsidiaries=frozenset({"west"}))
DAY = dt.date(2026, 3, 1)
AWAY = UnreachableError("The server is away.")
LOST = DeliveryInDoubtError("The line broke.")


class Collecting(OfficeStories):
    """Promises about direct payments, credit, buy-outs, and what is picked up at a factor."""

    @a_story
    def test_a_payment_is_stated_where_it_can_be(self, story: Story) -> None:
        """A payment counts once for a day, amount and reference, and only where the carrier is paid."""
        story.imports(
            *(haul(f"L-{at}", customer="red") for at in (1, 2)),
            haul("L-3"),
            in_flight("F-1"),
            in_flight("F-2", "invoiced"),
            in_flight("F-3"),
            in_flight("D-1", "invoiced", connection="", customer="red"),
        )
        story.do("send_direct", ["L-1"])
        story.do("generate_invoices", ["L-2", "L-3"])
        story.do("pay", "L-2", amount=1, on=DAY, reference="early")
        story.do("send_direct", ["L-2", "L-3", "D-1", "F-1"])
        story.do("void", ["L-2"], reason="sent")
        given: dict[str, Any] = {"amount": 300_00, "on": DAY, "reference": " C-1 "}
        for name in ("L-1", "L-2", "L-3", "F-1", "F-2", "D-1"):
            story.do("pay", name, **given)
            if name in ("L-3", "F-2", "F-1", "D-1"):
                story.do("pay", name, **given, misdirected=True)
        story.do("pay", "L-2", **{**given, "reference": "C-1"})
        story.do("pay", "L-2", **{**given, "reference": ""})
        story.do("pay", "L-2", **{**given, "on": dt.date(2026, 2, 28)})
        story.do("undo_report", story.office.reports()[0].id, reason="bounced")
        story.do("pay", "L-2", **given)
        story.do("pay", "L-2", **{**given, "amount": 100_00})
        story.applies(payment("INV-F-3", "400.00", Type="Chargeback"), connection="east-winfactor")
        story.do("pay", "F-3", **given, misdirected=True)
        story.do("pay", "F-3", **given)
        story.do("return_loads", ["F-3"], reason="denied")
        rest = payment("INV-F-3", "600.00", Type="Chargeback", **{"Check Number": "C2"})
        story.applies(rest, name="rest.csv", connection="east-winfactor")
        story.do("resell", ["F-3"], reason="promised")
        story.refused(NotFoundError, "pay", "F-1", **given, by=WESTERN)

    @a_story
    def test_a_factor_is_asked_for_credit_again_when_its_word_is_old(self, story: Story) -> None:
        """A word is asked for once a day, and a limit counts what the factor carries already."""
        system = story.place.system
        names = [f"N-{at}" for at in range(1, 6)]
        story.imports(
            *(haul(one, subsidiary="north") for one in names), haul("N-6", subsidiary="north", customer="x")
        )
        story.do("generate_invoices", ["N-1", "N-6"])
        system.limit = 1500_00
        story.waits(hours=3)
        story.do("generate_invoices", ["N-2"])
        story.do("submit", "north", ["N-1"])
        story.waits(hours=4)
        story.do("generate_invoices", ["N-3"])
        story.see("preflight", "north")
        system.limit = 2000_00
        story.do("check_credit", "blue", subsidiary="north")
        story.see("preflight", "north")
        system.credit = CreditVerdict.DECLINED
        story.do("check_credit_of_load", "N-1")
        story.do("check_credit_of_load", "N-1")
        system.credit = CreditVerdict.APPROVED
        story.do("check_credit", "blue", subsidiary="north")
        story.see("credit_history", "x", subsidiary="north")
        story.do("credit_history", "nobody", subsidiary="north")
        story.do("credit_history", "blue", subsidiary="north", by=WESTERN)
        story.do("deactivate", "north-otr", reason="no more")
        story.refused(StateError, "check_credit", "blue", subsidiary="north")
        story.do("generate_invoices", ["N-4"])
        story.note("debtors", system.debtors)

    @a_story
    def test_a_buy_out_moves_only_what_the_old_factor_owns(self, story: Story) -> None:
        """Each line that moves nothing says why; what went on since keeps a buy-out from being undone."""
        story.imports(
            *(in_flight(f"L-{at}") for at in range(1, 7)),
            in_flight("L-7", "invoiced"),
            in_flight("L-8", invoice_number="INV 7"),
            in_flight("L-9", invoice_number="7"),
            in_flight("R-1", connection="east-rts"),
            in_flight("W-1", subsidiary="west", connection="west-depot"),
        )
        story.do("put_connection", connection("east-third", "triumph", active=False))
        story.applies(payment("INV-L-2"), payment("INV-L-3", Type="Chargeback"), connection="east-winfactor")
        given: dict[str, Any] = {"name": "b.csv", "old": "east-winfactor", "new": "east-rts"}
        numbers = ("INV-L-2", "INV-L-3", "R-1", "INV-R-1", "INV-L-7", "inv7", "L4", "inv-l-4", "INV-W-1")
        lines: list[Row] = [{"Invoice": one, "Effective Date": "03/01/2026"} for one in numbers]
        story.do("buy_out", csv(*lines), **given)
        story.do("buy_out", csv({"Invoice": "INV-L-1", "Effective Date": "01/31/2026"}), **given)
        story.do("buy_out", csv({"Invoice": "INV-L-1", "Fee": "1.00"}), **given)
        story.do("buy_out", csv({**lines[0], "Invoice No": "1", "Buyout Date": "1/1/2026"}), **given)
        story.do("buy_out", csv(lines[0]), **{**given, "new": "west-depot"})
        story.do("buy_out", csv(lines[0]), **given, by=evolve(EVERYBODY, name="pat", roles=frozenset()))
        good: list[Row] = [
            {"Invoice": "l-4", "Effective Date": "2026-02-28", "Payoff Amount": "900.00", "Reserve": "60.00"},
            {"Invoice": "INV-L-5", "Effective Date": "2026-02-01", "Schedule Number": "S-1", "Fee": "0.00"},
        ]
        preview = story.do("buy_out", csv(*good), **given, dry_run=True)
        story.refused(NotFoundError, "undo_buy_out", preview.buy_out, reason="no")
        moved = story.do("buy_out", csv(*good), **given)
        story.do("buy_out", csv(*good, {"Invoice": "INV-L-6", "Effective Date": "2026-03-02"}), **given)
        on: dict[str, Any] = {"name": "c.csv", "old": "east-rts", "new": "east-third"}
        third = story.do("buy_out", csv({"Invoice": "INV-L-5", "Effective Date": "2026-03-02"}), **on)
        story.do("buy_out", csv(good[1]), **given)
        story.refused(StateError, "undo_buy_out", moved.buy_out, reason="no")
        story.refused(NotFoundError, "undo_buy_out", moved.buy_out, reason="no", by=WESTERN)
        story.refused(UsageError, "undo_buy_out", moved.buy_out, reason=" ")
        story.applies(payment("INV-L-4", Type="Chargeback"), connection="east-rts", name="back.csv")
        story.do("resell", ["L-4"], reason="promised")
        story.do("undo_buy_out", third.buy_out, reason="no")
        story.do("undo_buy_out", moved.buy_out, reason="no")
        story.do("undo_decision", story.office.decisions()[0].id, reason="no")
        story.do("undo_buy_out", moved.buy_out, reason="no")

    @a_story
    def test_a_fetched_report_is_put_aside_or_says_why_it_stays(self, story: Story) -> None:
        """What is taken gets another name; what keeps it from that is told, and no report counts twice."""
        box = story.place.mailbox
        story.imports(*(in_flight(f"L-{at}") for at in range(1, 6)), haul("L-9"))
        story.do("generate_invoices", ["L-9"])
        story.do("submit", "east")
        for name in (
            *(file.name for file in story.office.batches()[0].files),
            "a.csv.part",
            "b.csv.applied",
            ".c.csv",
        ):
            box.place(name, b"x")
        refused = RemoteRefusedError("Not yours.", code="forbidden")
        troubles = (
            Trouble(verb="rename", error=refused),
            Trouble(verb="rename", error=AWAY),
            Trouble(verb="rename", error=LOST),
            Trouble(verb="rename", error=LOST, moment=Moment.AFTER),
            Trouble(verb="stat", error=AWAY, moment=Moment.AFTER),
        )
        for at, trouble in enumerate(troubles, 1):
            box.place(f"{at}.CSV", csv(payment(f"INV-L-{at}")))
            box.place(f"{at}.CSV.done", b"")
            box.expect(trouble)
            story.do("fetch_reports", "east-winfactor")
        story.note("there", [one.name for one in box.list()])
        again = story.applies(payment("INV-L-1"), name="again.csv", dry_run=True, connection="east-winfactor")
        box.place(f"x.csv.{again.report_id}.applied", b"")
        box.place("x.csv", csv(payment("INV-L-1")))
        box.place("x.csv.done", b"")
        box.expect(Trouble(verb="read", error=refused))
        story.do("fetch_reports", "east-winfactor")
        box.expect(Trouble(verb="read", error=RemoteRefusedError("Gone.", code="no_such_file")))
        story.do("fetch_reports", "east-winfactor")
        story.tells()
        story.do("fetch_reports", "east-winfactor")
        story.place.tell = None
        for at in range(3, 99):
            box.place(f"x.csv.{again.report_id}.{at}.applied", b"")
        for _ in range(2):
            box.place("x.csv", csv(payment("INV-L-1")))
            box.place("x.csv.done", b"")
            story.do("fetch_reports", "east-winfactor")
        for file in [one for one in box.list() if one.name.startswith("x.csv")]:
            box.take(file.name)
        box.expect(Trouble(verb="list", error=AWAY))
        story.refused(TransportError, "fetch_reports", "east-winfactor")
        story.do("put_connection", evolve(story.place.settings.connections[0], report_done=None))
        box.place("y.txt", csv(payment("INV-L-2", "1.00")))
        story.do("fetch_reports", "east-winfactor")
        box.place("y.txt", csv(payment("INV-L-2", "2.00")))
        for seconds in (60, 59, 1):
            story.place.timer.sleep(seconds)
            story.do("fetch_reports", "east-winfactor")
        box.place("y.txt", csv(payment("INV-L-2", "3.00")))
        story.do("fetch_reports", "east-winfactor")
        box.take("y.txt")
        story.do("fetch_reports", "east-winfactor")
        story.note("there", [one.name for one in box.list()])

    @a_story
    def test_a_word_of_a_factors_system_counts_once(self, story: Story) -> None:
        """Words without a meaning are kept and move nothing; the same word again is no news."""
        system = story.place.system
        names = [f"N-{at}" for at in range(1, 6)]
        story.imports(*(haul(one, subsidiary="north") for one in names))
        story.do("generate_invoices", names)
        story.do("submit", "north", names[:4])
        system.says = {
            "N-1": ("2", None),
            "N-2": ("approved", None),
            "N-3": ("Client Request", DAY),
            "N-4": ("?", DAY),
        }
        story.do("sync", "north-otr")
        system.says |= {"N-1": ("9", DAY), "N-3": ("6", dt.date(2026, 3, 2)), "N-4": ("?", None)}
        system.schedules = {"N-2": "S-1", "N-4": "S-2"}
        story.do("sync", "north-otr")
        story.do("sync", "north-otr")
        system.says |= {"N-3": ("4", dt.date(2026, 3, 2)), "N-2": ("3", DAY)}
        story.do("sync", "north-otr")
        story.do("return_loads", ["N-3"], reason="denied")
        story.waits(days=1)
        story.do("submit", "north", ["N-3", "N-5"])
        story.do("sync", "north-otr")
        system.says["N-3"] = ("3", dt.date(2026, 3, 3))
        story.do("sync", "north-otr")
        system.says["N-3"] = ("4", dt.date(2026, 3, 2))
        story.do("sync", "north-otr")
        story.applies(payment("N-2"), subsidiary="north", name="paid.csv")
        story.do("deactivate", "north-otr", reason="switching")
        system.held.clear()
        story.do("sync", "north-otr")
        story.do("undo_report", story.office.reports()[0].id, reason="not so")
        story.do("sync", "north-otr", by=WESTERN)
        story.applies(purchase("N-1"), subsidiary="north", name="bought.csv")
