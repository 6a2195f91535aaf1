"""The office is watched over: rights, credit, events, the trail."""

import datetime as dt
from typing import Any

from attrs import evolve

from factoring_core.domain.selling.credit import CreditVerdict
from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.domain.vocabulary.parties import InvoicingMethod
from factoring_core.errors import AccessError, OperationConflictError, UsageError
from factoring_core.testing.contracts.office.base import (
    ADMIN,
    CLERK,
    READER,
    WESTERNER,
    OfficeStories,
    a_story,
)
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import csv, haul, in_flight, payment
from factoring_core.testing.stories.place import connection

Acts = tuple[tuple[str, tuple[Any, ...], dict[str, Any]], ...]


class Keeping(OfficeStories):
    """Promises about rights, names, credit, events and the trail."""

    @a_story
    def test_nobody_does_what_is_not_theirs(self, story: Story) -> None:
        """Whoever lacks the right, or does not see the subsidiary, is refused by name and changes nothing."""
        story.imports(haul("L-1"), haul("L-2"), haul("W-1", subsidiary="west"), in_flight("L-3"))
        story.do("generate_invoices", ["L-1", "W-1"])
        story.do("submit", "east")
        paid = story.applies(payment("INV-L-3", "900.00"))
        short = story.exception("short_paid")
        billing: Acts = (
            ("import_loads", (csv(haul("L-9")),), {"name": "x.csv", "folder": story.place.papers}),
            ("generate_invoices", (["L-2"],), {}),
            ("void", (["L-1"],), {"reason": "no"}),
            ("send_direct", (["L-1"],), {}),
            ("pay", ("L-3",), {"amount": 1, "on": dt.date(2026, 3, 1), "reference": "x"}),
            ("return_loads", (["L-3"],), {"reason": "no"}),
            ("resell", (["L-3"],), {"reason": "no"}),
            ("submit", ("east",), {}),
            ("resume", (), {}),
            ("confirm", ("1",), {}),
            ("cancel", ("1",), {"reason": "no"}),
            ("batch_files", ("1", story.place.papers / "out"), {}),
            ("apply_report", (csv(payment("INV-L-3")),), {"name": "x.csv", "subsidiary": "east"}),
            ("fetch_reports", ("east-winfactor",), {}),
            ("sync", ("north-otr",), {}),
            ("resolve", (short, "wait"), {"reason": "no"}),
            ("check_credit", ("blue",), {"subsidiary": "north"}),
        )
        reversing: Acts = (
            ("undo_import", (story.office.imports()[0].id,), {"reason": "no"}),
            ("settle", ("1",), {"delivered": False, "reason": "no"}),
            ("undo_report", (paid.report_id,), {"reason": "no"}),
            ("undo_buy_out", ("buy-1",), {"reason": "no"}),
            ("undo_decision", ("dec-1",), {"reason": "no"}),
            ("recover", ("1:abc",), {"reason": "no"}),
        )
        configuring: Acts = (
            ("activate", ("east-rts",), {}),
            ("deactivate", ("east-winfactor",), {"reason": "no"}),
            ("put_connection", (connection("east-new", "triumph"),), {}),
            ("set_notice", ("east-rts",), {"from_on": dt.date(2026, 1, 1), "text": "Pay us."}),
            ("set_credential", ("east-rts",), {"reference": "env:X"}),
            ("set_method", (InvoicingMethod.DIRECT,), {"subsidiary": "east"}),
        )
        for act, given, named in (*billing, *reversing, *configuring):
            story.do(act, *given, **named, by=READER)
            story.do(act, *given, **named, by=WESTERNER)
        for act, given, named in (*billing[:3], *reversing):
            story.do(act, *given, **named, by=ADMIN)
        for act, given, named in (*reversing, *configuring):
            story.do(act, *given, **named, by=CLERK)
        for view in ("loads", "batches", "reports", "exceptions", "connections", "status", "imports"):
            story.see(view, by=WESTERNER)
        story.refused(AccessError, "submit", "east", by=evolve(WESTERNER, billing=False))

    @a_story
    def test_credit_is_asked_for_and_kept(self, story: Story) -> None:
        """A customer's credit is asked of the factor, kept, shown when it is too old, and stops a sale."""
        story.imports(haul("N-1", subsidiary="north"), haul("N-2", subsidiary="north"), haul("L-1"))
        story.do("check_credit", "blue", subsidiary="north")
        story.do("generate_invoices", ["N-1"])
        story.see("credit_history", "blue", subsidiary="north")
        story.waits(hours=30)
        story.see("credit_history", "blue", subsidiary="north")
        story.place.system.credit = CreditVerdict.DECLINED
        story.do("check_credit_of_load", "N-1")
        story.see("preflight", "north")
        story.do("submit", "north")
        story.see("exceptions", "north")
        story.place.system.credit = CreditVerdict.UNKNOWN
        story.do("generate_invoices", ["N-2"])
        story.do("check_credit", "blue", subsidiary="north")
        story.do("check_credit", "blue", subsidiary="east")
        story.do("check_credit", "blue", subsidiary="isle")
        story.do("check_credit", "nobody", subsidiary="north")
        story.do("check_credit", "green", subsidiary="north")
        story.do("check_credit_of_load", "L-1")
        story.do("check_credit_of_load", "L-404")
        story.do("submit", "north")

    @a_story
    def test_events_and_the_trail_are_told_in_one_order(self, story: Story) -> None:
        """Events come once each, in one order, from any place in it; the trail shows what was cut off."""
        story.imports(haul("L-1"), haul("L-2"))
        early = story.see("audit").mark
        story.do("generate_invoices", ["L-1", "L-2"])
        story.do("submit", "east")
        all_ = story.see("events")
        story.see("events", all_[1].position, limit=2)
        story.refused(UsageError, "events", "nowhere")
        heard: list[str] = []
        story.do("relay", "tms", lambda event: heard.append(event.id))
        story.do("relay", "tms", lambda event: heard.append(event.id))
        assert heard == [event.id for event in all_]
        story.do("relay", "tms", lambda event: heard.append(event.id), after=all_[2].position)
        story.refused(UsageError, "relay", "tms", heard.append, after="nowhere")
        story.see("audit", kept=early)
        for kept in (f"{early.partition(':')[0]}:00", "99:abc", "no mark", ""):
            story.do("audit", kept=kept)
            story.do("recover", kept, reason="a backup was put back")
        story.do("recover", early, reason="a backup was put back")
        story.do("recover", early, reason="")
        story.see("today", "east")
        one = story.office.operation("the-same-id")
        one.void(["L-1"], reason="first")
        try:
            one.void(["L-2"], reason="second")
        except OperationConflictError:
            return
        raise AssertionError("an operation id stood for two acts")

    @a_story
    def test_names_fit_one_thing(self, story: Story) -> None:
        """A name that fits several things is refused with all of them, and one for nothing is not found."""
        story.imports(
            haul("L-1"), haul("L-1", subsidiary="west"), haul("L-2"), haul("Z-1", subsidiary="isle")
        )
        story.do("generate_invoices", ["east/L-1", "west/L-1", "Z-1", "L-2"])
        story.do("load", "L-1")
        story.do("load", "west/L-1")
        story.do("load", "nowhere/L-1")
        story.do("load", "L-1", by=WESTERNER)
        story.do("submit", "east", ["L-1"])
        story.do("submit", "west")
        story.do("batch", "1")
        story.do("batch", "west-depot/1")
        story.do("batch", "nobody/1")
        story.do("batch", story.office.batches()[0].id)
        story.do("void", ["L-1", "Z-1"], reason="which")
        story.do("generate_invoices", [])
        story.do("submit", "nowhere")
        story.do("submit", "isle", ["L-2"])
        story.do("loads", status="sleeping")
        story.do("loads", subsidiary="nowhere")
        story.do("provider", "nobody")
        story.do("report", "rep-none")
        story.do("exceptions", "nowhere", by=Actor(name="eve", subsidiaries=frozenset()))
