"""Somebody else acts, later than all other stories: who did what, and when, is told with everything."""

import datetime as dt
from functools import partial
from typing import Any

from attrs import evolve

from factoring_core.domain.vocabulary.actors import EVERYBODY
from factoring_core.domain.vocabulary.parties import InvoicingMethod
from factoring_core.errors import CredentialError
from factoring_core.testing.contracts.office.base import OfficeStories, a_story
from factoring_core.testing.contracts.office.breaking import AWAY, BROKEN, strikes
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import csv, haul, in_flight, payment, purchase
from factoring_core.testing.stories.place import connection

OTTO = evolve(EVERYBODY, name="otto")
EAST = "east-winfactor"


class Acting(OfficeStories):
    """Promises about what is written down of who acted, and when."""

    def _does(self, story: Story, act: str, *given: Any, **named: Any) -> Any:
        """Let a minute pass, and have somebody act who is not as usual."""
        story.place.clock.advance(dt.timedelta(minutes=1))
        return story.do(act, *given, by=OTTO, **named)

    def _loads(self, story: Story, *rows: Any) -> Any:
        return self._does(story, "import_loads", csv(*rows), name="loads.csv", folder=story.place.papers)

    @a_story
    def test_who_sold_what_and_when_is_written_down(self, story: Story) -> None:
        """Loads, invoices and batches name who acted and the minute, whichever way they travel."""
        factor, blind = story.place.factor(EAST), story.place.factor("isle-blind")
        does = partial(self._does, story)
        self._loads(story, *(haul(f"L-{at}") for at in range(1, 8)), haul("D-1", customer="red"))
        self._loads(story, *(haul(f"W-{at}", subsidiary="west") for at in range(1, 4)))
        self._loads(story, *(haul(f"N-{at}", subsidiary="north") for at in range(1, 4)))
        self._loads(story, *(haul(f"I-{at}", subsidiary="isle") for at in range(1, 3)))
        self._loads(story, haul("L-7", "1200.00", po_number="PO-Z"), haul("L-8", customer="new"))
        does("generate_invoices", [f"L-{at}" for at in range(1, 8)])
        does("generate_invoices", ["W-1", "W-2", "N-1", "N-2", "N-3", "I-1", "I-2", "D-1"])
        does("void", ["L-7"], reason="wrong rate")
        does("send_direct", ["D-1"])
        does("pay", "D-1", amount=300_00, on=dt.date(2026, 3, 2), reference="CHK-1")
        does("check_credit", "blue", subsidiary="north")
        does("submit", "east", ["L-1"])
        factor.expect(strikes("write_new", AWAY))
        does("submit", "east", ["L-2"])
        does("cancel", f"{EAST}/2", reason="not now")
        story.ends_at(EAST, "rename", at=2)
        does("submit", "east", ["L-3"])
        does("settle", f"{EAST}/3", delivered=False, reason="they have nothing")
        does("resume")
        refused = CredentialError("The server refused the log-in.", code="auth_rejected")
        factor.expect(strikes("stat", refused))
        does("submit", "east", ["L-4"])
        does("check", EAST)
        does("resume")
        story.sets(EAST, non_atomic=True)
        does("submit", "east", ["L-5"])
        blind.expect(strikes("rename", BROKEN))
        does("submit", "isle", ["I-1"])
        does("settle", "isle-blind/1", delivered=True, reason="they have it")
        does("submit", "isle", ["I-2"])
        does("submit", "north", ["N-1", "N-2"])
        does("submit", "west", ["W-1"])
        does("batch_files", "west-depot/1", story.place.papers / "out")
        does("confirm", "west-depot/1")
        does("submit", "west", ["W-2"])
        does("settle", "west-depot/2", delivered=True, reason="by telephone")
        does("sync", "north-otr")
        denied = self._does(
            story, "apply_report", csv(purchase("L-1", Type="Denied")), name="d.csv", subsidiary="east"
        )
        does("return_loads", ["L-1"], reason="denied")
        does("undo_report", denied.report_id, reason="not so")
        does("undo_import", story.office.imports()[-1].id, reason="the wrong file")
        entries = len(list(story.office.audit_entries()))
        does("recover", f"{entries + 2}:{'0' * 64}", reason="the disk broke")
        does("submit", "east", ["L-6"])
        heard: list[str] = []
        does("relay", "tms", lambda event: heard.append(event.id))
        story.kept()

    @a_story
    def test_who_decided_what_and_when_is_written_down(self, story: Story) -> None:
        """Reports, decisions, settings and changes of factor name who acted, and the minute."""
        does = partial(self._does, story)
        self._loads(story, *(in_flight(f"L-{at}") for at in range(1, 7)), haul("N-1", subsidiary="north"))
        rows = csv(
            payment("INV-L-1", "900.00"),
            payment("INV-L-2", "1000.00", Type="Chargeback"),
            payment("X-404", "10.00"),
            payment("INV-L-3"),
        )
        report = does("apply_report", rows, name="report.csv", subsidiary="east")
        does("resolve", story.exception("short_paid", "L-1"), "write_off", reason="as agreed", amount=100_00)
        does("resolve", story.exception("unknown_invoice"), "non_factored", reason="not ours")
        does("undo_decision", story.office.decisions()[0].id, reason="not so")
        story.place.mailbox.place("payments.csv", csv(payment("INV-L-4", **{"Check Number": "C9"})))
        story.place.mailbox.place("payments.csv.done", b"")
        does("fetch_reports", EAST)
        does("undo_report", report.report_id, reason="of another carrier")
        day = {"Buyout Date": "03/02/2026"}
        given: dict[str, Any] = {"name": "buyout.csv", "old": EAST, "new": "east-rts"}
        moved = does("buy_out", csv({"Invoice Number": "INV-L-5", **day}), **given)
        does("undo_buy_out", moved.buy_out, reason="called off")
        new = connection("east-new", "triumph", active=False)
        does("put_connection", new)
        story.reopens()
        does("set_notice", "east-new", from_on=dt.date(2026, 3, 1), text="Pay Triumph alone.")
        does("set_credential", "east-new", reference="env:OTHER")
        does("set_method", InvoicingMethod.DIRECT, customer="blue")
        does("set_method", InvoicingMethod.DIRECT, subsidiary="isle")
        does("set_method", InvoicingMethod.DIRECT)
        story.reopens()
        does("deactivate", EAST, reason="dear")
        does("activate", "east-new")
        does("generate_invoices", ["N-1"])
        does("check_credit_of_load", "N-1")
        story.see("credit_history", "blue", subsidiary="north")
        story.see("decisions", "east")
        story.see("connections", "east")
        story.reopens()
        story.see("connections", "east")
        story.kept()
