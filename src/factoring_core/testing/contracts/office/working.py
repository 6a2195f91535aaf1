"""Worklists line by line, and what each resolution takes."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from factoring_core.adapters.remote.memory import Trouble
from factoring_core.domain.vocabulary.actors import EVERYBODY
from factoring_core.errors import NotFoundError, StateError, UnreachableError, UsageError
from factoring_core.testing.contracts.office.base import WESTERNER, OfficeStories, a_story
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import csv, haul, in_flight, payment, purchase

Cells = Mapping[str, str]


def sheet(*lines: Cells) -> bytes:
    """Write lines of a worklist with the columns that are read."""
    return csv(*({"Exception": "", "Seen": "", "Decision": "", "Reason": "so", **one} for one in lines))


class Working(OfficeStories):
    """Promises about decisions that come in many, and about their parameters."""

    @a_story
    def test_each_line_of_a_worklist_is_judged_by_itself(self, story: Story) -> None:
        """A line that makes no sense says why, and stops no other; the same words twice are one decision."""
        story.imports(
            *(in_flight(f"L-{at}") for at in range(1, 6)),
            in_flight("W-1", subsidiary="west", connection="west-depot"),
        )
        story.applies(
            payment("INV-L-1", "900.00"),
            payment("INV-L-2", "1000.00"),
            payment("INV-L-2", "1000.00"),
            payment("INV-L-3", "400.00"),
            payment("X-1", "10.00"),
            payment("INV-L-4", "300.00", Type="Chargeback"),
        )
        story.applies(payment("INV-L-3", "500.00"), name="other.csv")
        story.applies(payment("INV-W-1", "900.00"), subsidiary="west")
        seen = {line.exception: line.seen for line in worklist(story)}

        def line(kind: str, load: str | None, decision: str, **more: str) -> Cells:
            id_ = story.exception(kind, load)
            return {"Exception": id_, "Seen": seen[id_], "Decision": decision, **more}

        content = sheet(
            {"Exception": "exc-none", "Seen": "v-1", "Decision": "wait"},
            line("short_paid", "L-1", "write_off", **{"For Amount": "50.00"}),
            line("short_paid", "L-1", "write_off", **{"For Amount": "100.00"}),
            line("duplicate_row", None, "count_each", **{"For Count": "two"}),
            line("duplicate_row", None, "count_each", **{"For Count": "0"}),
            line("duplicate_row", None, "count_each", **{"For Count": "2"}),
            line("duplicate_row", None, "count_each", **{"For Count": "2", "Reason": "again"}),
            line("conflicting_rows", None, "use_row", **{"For Amount": "450.00"}),
            {**line("unknown_invoice", None, "ignore"), "Seen": "v-other"},
            line("charged_back", None, "treat_as_full", **{"For Load": "L-4"}),
            line("charged_back", None, "wait", Reason=" "),
            line("charged_back", None, ""),
            line("short_paid", "W-1", "write_off"),
        )
        story.do("import_decisions", content, name="mixed.csv")
        story.do("import_decisions", content, name="mixed.csv", by=evolve(WESTERNER, name="wanda"))
        second = sheet(
            line("conflicting_rows", None, "use_row", **{"For Amount": "400.00"}),
            line("conflicting_rows", None, "count_each"),
            line("unknown_invoice", None, "assign", **{"For Load": "L-5"}),
            line("unknown_invoice", None, "assign", **{"For Load": "L-5", "For Batch": "none/1"}),
            line("charged_back", None, "dispute"),
        )
        story.do("import_decisions", second, name="against.csv")
        third = sheet(
            line("conflicting_rows", None, "use_row", **{"For Amount": "500.00"}),
            line("unknown_invoice", None, "assign", **{"For Load": "L-404"}),
            line("charged_back", None, "dispute"),
        )
        story.do("import_decisions", third, name="third.csv")
        by_west = sheet({"Exception": "exc-none", "Seen": "v-1", "Decision": "wait"})
        story.do("import_decisions", by_west, name="none.csv", by=WESTERNER)
        story.do("import_decisions", sheet(), name="empty.csv")
        closed = sheet(
            *(
                {"Exception": one.exception_id or "", "Seen": "v", "Decision": word, **more}
                for one in story.office.decisions()
                for word, more in (
                    (one.resolution.value, {}),
                    (one.resolution.value, {"For Amount": "3.00"}),
                    (one.resolution.value, {"For Count": "9"}),
                    ("ignore", {}),
                )
            )
        )
        story.do("import_decisions", closed, name="closed.csv")

    @a_story
    def test_a_resolution_takes_what_it_takes(self, story: Story) -> None:
        """A missing, strange or wrong parameter is refused, and a second decision that says otherwise."""
        story.imports(*(in_flight(f"L-{at}") for at in range(1, 8)))
        story.applies(
            payment("INV-L-1", "400.00"),
            payment("INV-L-2", "900.00"),
            payment("INV-L-3", "1000.00"),
            payment("INV-L-3", "1000.00"),
            payment("INV-L-3", "1000.00"),
            payment("X-1", "10.00"),
            payment("INV-L-4", "300.00", Type="Chargeback"),
            payment("INV-L-5", "1000.00", Type="Chargeback"),
        )
        story.applies(payment("INV-L-1", "500.00"), name="other.csv")
        conflict, same = story.exception("conflicting_rows"), story.exception("duplicate_row")
        short, unknown = story.exception("short_paid", "L-2"), story.exception("unknown_invoice")
        part, full = story.exception("charged_back", "L-4"), story.exception("charged_back", "L-5")
        tried: tuple[tuple[str, str, dict[str, Any]], ...] = (
            (conflict, "use_row", {}),
            (conflict, "use_row", {"amount": 450_00}),
            (conflict, "use_row", {"amount": 0}),
            (conflict, "use_row", {"amount": 500_00, "load": "L-1", "batch": "1"}),
            (same, "count_each", {"count": 0}),
            (same, "count_each", {"count": 1, "amount": 1}),
            (same, "same", {"count": 1}),
            (short, "charge_to_reserve", {"amount": -1}),
            (short, "charge_to_reserve", {"amount": 99_99}),
            (part, "write_off", {"amount": 299_99}),
            (part, "resell", {}),
            (full, "collect_direct", {"count": 1}),
            (unknown, "assign", {"load": "L-7", "count": 1}),
            (unknown, "non_factored", {"load": "L-7"}),
        )
        for id_, resolution, more in tried:
            story.do("resolve", id_, resolution, reason="because", **more)
        made: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
            (conflict, "use_row", {"amount": 500_00}, {"amount": 400_00}),
            (same, "count_each", {"count": 2}, {"count": 3}),
            (short, "charge_to_reserve", {"amount": 150_00}, {"amount": 150_00}),
            (unknown, "assign", {"load": "L-7"}, {"load": "L-6"}),
            (part, "write_off", {}, {"amount": 300_00}),
        )
        for id_, resolution, first, second in made:
            story.do("resolve", id_, resolution, reason="agreed", **first)
            story.do("resolve", id_, resolution, reason="agreed again", **first)
            story.do("resolve", id_, resolution, reason="agreed again", **second)
            story.do("resolve", id_, "wait", reason="after all")
        story.do("resolve", short, "write_off", reason="after all")
        story.do("pay", "L-5", amount=1_00, on=story.place.clock.now().date(), reference="C")
        story.do("resolve", full, "resell", reason="promised")
        by = evolve(EVERYBODY, name="wes", subsidiaries=frozenset({"west"}))
        story.refused(NotFoundError, "resolve", short, "wait", reason="because", by=by)
        story.refused(NotFoundError, "undo_decision", story.office.decisions()[0].id, reason="no", by=by)
        story.see("decisions", by=by)

    @a_story
    def test_a_row_is_assigned_to_the_sale_that_is_meant(self, story: Story) -> None:
        """Of several sales of a load the batch tells; a sale that nobody can know of is none."""
        story.imports(haul("L-1"), haul("L-2"), haul("L-3"), in_flight("R-1", connection="east-rts"))
        story.do("generate_invoices", ["L-1", "L-2", "L-3"])
        story.do("submit", "east", ["L-1", "L-2"])
        denied = story.applies(purchase("L-1", Type="Denied"), name="denied.csv")
        story.do("return_loads", ["L-1"], reason="denied")
        story.waits(days=1)
        story.do("submit", "east", ["L-1"])
        story.applies(payment("X-1", "10.00"), payment("X-2", "20.00"), connection="east-winfactor")
        ten, twenty = reversed(story.exceptions("unknown_invoice"))
        meant: tuple[dict[str, Any], ...] = (
            {"load": "L-3"},
            {"load": "R-1"},
            {"load": "L-1", "batch": "7"},
            {"load": "L-2", "batch": "east-winfactor/2"},
            {"load": "L-1", "batch": "east-winfactor/1"},
            {"load": "L-1", "batch": "east-winfactor/2"},
        )
        story.place.factor("east-winfactor").expect(
            Trouble(verb="write_new", error=UnreachableError("The server is away."))
        )
        story.do("submit", "east", ["L-3"])
        story.do("cancel", "3", reason="not today")
        for more in meant:
            story.do("resolve", ten, "assign", reason="they said so", **more)
        story.do("resolve", twenty, "assign", load="L-1", reason="whichever")
        story.do("undo_decision", story.office.decisions()[0].id, reason="not denied")
        story.do("undo_report", denied.report_id, reason="another's")
        for one in story.office.decisions()[1:]:
            story.do("undo_decision", one.id, reason="none of ours")
        held = purchase("L-1", Type="Held")
        story.applies(held, name="held.csv", connection="east-winfactor")
        story.do("return_loads", ["L-1"], reason="held")
        story.waits(days=1)
        story.do("submit", "east", ["L-1"])
        bought = purchase("L-1", **{"Batch Number": "1"})
        story.applies(bought, name="bought.csv", connection="east-winfactor")
        for id_ in story.exceptions("bought_after_return"):
            story.do("resolve", id_, "assign", load="L-1", reason="the second")
            story.do("resolve", id_, "assign", load="L-1", batch="east-winfactor/1", reason="the first")
        story.do("void", ["L-1"], reason="no")

    @a_story
    def test_an_ended_sale_stays_ended_once_its_invoice_has_gone_on(self, story: Story) -> None:
        """A return or resale can be undone until the invoice is sold again or is no more."""
        story.imports(haul("L-1"), haul("L-2"), in_flight("L-3"))
        story.do("generate_invoices", ["L-1", "L-2"])
        story.do("submit", "east")
        story.applies(
            purchase("L-1", Type="Denied"), purchase("L-2", Type="Rejected"), purchase("INV-L-3", Type="Held")
        )
        for kind, load in (("denied", "L-1"), ("rejected", "L-2")):
            story.do("resolve", story.exception(kind, load), "return_to_queue", reason="take it back")
        first, second = (one.id for one in story.office.decisions())
        story.do("submit", "east", ["L-1"])
        story.do("void", ["L-2"], reason="another rate")
        story.refused(StateError, "undo_decision", first, reason="no")
        story.refused(StateError, "undo_decision", second, reason="no")
        story.do("generate_invoices", ["L-2"], number="A-2")
        story.refused(StateError, "undo_decision", second, reason="no")
        story.do("void", ["L-2"], reason="the old number")
        story.do("generate_invoices", ["L-2"])
        story.do("undo_decision", second, reason="no")
        story.refused(UsageError, "return_loads", ["L-1"], reason="because")

    @a_story
    def test_a_load_is_sold_again_only_where_nobody_owns_it(self, story: Story) -> None:
        """What was bought all the same, is held elsewhere or was paid for stays, and says why."""
        numbers = [f"L-{at}" for at in range(1, 5)]
        story.imports(
            *(haul(one) for one in (*numbers, "L-5")), in_flight("F-1"), in_flight("F-2", "invoiced")
        )
        story.do("generate_invoices", [*numbers, "L-5"])
        story.do("submit", "east", numbers)
        words = (("L-1", "Denied"), ("L-2", "Held"), ("L-3", ""), ("F-2", "Held"), ("F-1", "Denied"))
        said = {one: one if one.startswith("L") else f"INV-{one}" for one, _ in words}
        story.applies(*(purchase(said[one], Type=word) for one, word in words), name="first.csv")
        for kind in ("denied", "held"):
            for id_ in story.exceptions(kind):
                story.do("resolve", id_, "return_to_queue", reason="take it back")
        story.do("return_loads", ["L-3", "L-4", "L-5"], reason="held")
        story.do("resell", ["L-1", "L-3", "L-4"], reason="promised")
        story.applies(
            purchase("L-3", Type="Purchase Reversal", **{"Purchase Date": "03/06/2026"}), name="back.csv"
        )
        story.do("resell", ["L-3"], reason="promised")
        story.applies(
            payment("INV-F-1", Type="Chargeback"), payment("L-1", Type="Chargeback"), name="charged.csv"
        )
        twice = [line for line in worklist(story) if line.load in ("F-1", "L-1")]
        content = sheet(
            *(
                {"Exception": line.exception, "Seen": line.seen, "Decision": word}
                for line in twice
                for word in ("return_to_queue", "resell")
                if word in line.resolutions
            )
        )
        story.do("import_decisions", content, name="both.csv")
        story.waits(days=1)
        story.do("submit", "east", ["L-1"])
        story.applies(
            purchase("L-1", **{"Batch Number": "1"}), name="bought.csv", connection="east-winfactor"
        )
        story.do("deactivate", "east-winfactor", reason="switching")
        story.do("activate", "east-rts")
        story.see("preflight", "east")
        story.see("exceptions", "east")


def worklist(story: Story) -> Any:
    """Return the lines of the worklist as they are now."""
    from factoring_core.usecases.reconciling.worklist import worklist as lines

    return lines(story.office.ports)
