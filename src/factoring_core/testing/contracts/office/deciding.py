"""People look at what is wrong and decide; the worklist travels by mail."""

from typing import Any

from factoring_core.domain.reconciling.decisions import Resolution
from factoring_core.errors import FileRefusedError, NotFoundError, UsageError
from factoring_core.testing.contracts.office.base import CLERK, READER, OfficeStories, a_story
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import filled, in_flight, payment, purchase


class Deciding(OfficeStories):
    """Promises about exceptions, decisions and worklists."""

    def _dirty(self, story: Story) -> None:
        story.imports(*(in_flight(f"L-{at}") for at in range(1, 9)), in_flight("L-9", "invoiced"))
        story.applies(
            payment("INV-L-1", "900.00"),
            payment("INV-L-2", "1000.00"),
            payment("INV-L-2", "1000.00"),
            payment("INV-L-3", "400.00"),
            payment("INV-L-3", "500.00"),
            payment("INV-L-4", "1200.00"),
            payment("INV-L-5", "300.00", Type="Chargeback"),
            payment("INV-L-6", "1000.00", Type="Chargeback"),
            payment("X-404", "10.00", **{"Load Number": "L-7"}),
            payment("INV-L-8", "950.00"),
            payment("INV-L-9", "1000.00"),
        )

    @a_story
    def test_each_exception_can_be_decided_and_undone(self, story: Story) -> None:
        """A decision closes its exception and moves what it says; undone, all is as before."""
        self._dirty(story)
        tried: tuple[tuple[str, str | None, str, dict[str, Any]], ...] = (
            ("short_paid", "L-1", "write_off", {"amount": 100_00}),
            ("duplicate_row", None, "count_each", {"count": 2}),
            ("duplicate_row", None, "same", {}),
            ("conflicting_rows", None, "use_row", {"amount": 400_00}),
            ("conflicting_rows", None, "count_each", {}),
            ("over_paid", None, "ignore", {}),
            ("over_paid", None, "dispute", {}),
            ("charged_back", "L-5", "treat_as_full", {}),
            ("charged_back", "L-5", "write_off", {}),
            ("charged_back", "L-6", "collect_direct", {}),
            ("charged_back", "L-6", "resell", {}),
            ("unknown_invoice", None, "assign", {"load": "L-7"}),
            ("unknown_invoice", None, "non_factored", {}),
            ("short_paid", "L-8", "charge_to_reserve", {}),
            ("short_paid", "L-8", "wait", {}),
            ("payment_before_purchase", None, "wait", {}),
        )
        for kind, load, resolution, more in tried:
            found = [
                one.item.id
                for one in story.office.exceptions()
                if one.item.type.value == kind and load in (None, one.item.load)
            ]
            for id_ in found[:1]:
                before = len(story.office.decisions())
                story.do("resolve", id_, resolution, reason="as agreed", **more)
                if len(story.office.decisions()) > before:
                    story.do("resolve", id_, resolution, reason="as agreed", **more)
                    made = story.office.decisions()[-1].id
                    story.do("undo_decision", made, reason="not so")
                    story.do("undo_decision", made, reason="not so")
        story.see("decisions", "east")

    @a_story
    def test_a_decision_that_makes_no_sense_is_refused(self, story: Story) -> None:
        """A decision needs a reason, a right, a resolution its exception allows, and what it takes."""
        self._dirty(story)
        short, unknown = story.exception("short_paid", "L-1"), story.exception("unknown_invoice")
        wrong: tuple[tuple[str, str, dict[str, Any]], ...] = (
            (short, "forget", {}),
            (short, "assign", {"load": "L-2"}),
            (short, "write_off", {"amount": 0}),
            (short, "write_off", {"load": "L-1", "count": 2}),
            (short, "write_off", {"amount": 50_00}),
            (short, "wait", {"amount": 1}),
            (short, "wait", {"reason": " "}),
            (unknown, "assign", {}),
            (unknown, "assign", {"load": "L-404"}),
            (unknown, "assign", {"load": "L-7", "batch": "east-winfactor/4"}),
            ("exc-none", "wait", {}),
        )
        for id_, resolution, more in wrong:
            story.do("resolve", id_, resolution, **{"reason": "because", **more})
        story.do("resolve", short, "wait", reason="because", by=READER)
        story.do("resolve", short, "wait", reason="because", by=CLERK)
        story.do("resolve", short, "dispute", reason="because")
        story.applies(payment("INV-L-1", "50.00", **{"Check Number": "C7"}), name="more.csv")
        story.see("exceptions")
        story.refused(NotFoundError, "undo_decision", "dec-none", reason="none")
        made = story.office.decisions()[0].id
        story.refused(UsageError, "undo_decision", made, reason="")
        story.do("undo_decision", made, reason="because", by=CLERK)

    @a_story
    def test_each_type_of_exception_has_its_own_resolutions(self, story: Story) -> None:
        """What a type of exception does not allow, or what lacks its parts, is refused with the reason."""
        self._dirty(story)
        one_of_each = {one.item.type: one.item.id for one in story.office.exceptions()}
        for id_ in one_of_each.values():
            for resolution in Resolution:
                before = len(story.office.decisions())
                story.do("resolve", id_, resolution.value, reason="tried")
                if len(story.office.decisions()) > before:
                    story.do("undo_decision", story.office.decisions()[-1].id, reason="only tried")

    @a_story
    def test_a_worklist_goes_out_and_comes_back(self, story: Story) -> None:
        """Each line of a worklist is decided, was decided before, or says why it cannot be."""
        self._dirty(story)
        sheet = story.see("export_exceptions", ending="csv")
        wanted = {
            "short_paid": "write_off",
            "duplicate_row": "same",
            "over_paid": "assign",
            "charged_back": "",
        }
        content = filled(sheet, lambda kind: wanted.get(kind, "wait"), reason="by mail")
        story.do("import_decisions", content, name="work.csv")
        story.do("import_decisions", content, name="work.csv")
        story.do("undo_decision", story.office.decisions()[0].id, reason="not so")
        story.applies(payment("INV-L-8", "20.00", **{"Check Number": "C8"}), name="more.csv")
        story.do("import_decisions", content.replace(b"wait", b"ignore"), name="work.csv")
        story.do("import_decisions", content.replace(b"by mail", b""), name="work.csv")
        story.refused(FileRefusedError, "import_decisions", b"a,b\r\n1,2\r\n", name="work.csv")
        story.do("import_decisions", content, name="work.csv", by=READER)

    @a_story
    def test_time_alone_raises_questions(self, story: Story) -> None:
        """Time raises a reserve that is overdue and a batch that nobody acknowledges; reports end them."""
        story.imports(
            in_flight("L-1", purchased_on="2026-02-03", advanced="900", reserve_held="70", fees="30"),
            in_flight("L-2", purchased_on="2026-02-03", advanced="800", reserve_held="150", fees="50"),
            in_flight("L-3", "invoiced"),
        )
        story.applies(payment("INV-L-1"))
        story.see("exceptions")
        story.waits(days=60)
        story.see("exceptions")
        story.see("loads", subsidiary="east")
        story.applies(payment("INV-L-1", "70.00", Type="Rebate"), name="rebate.csv")
        story.applies(purchase("INV-L-3", Advance="950.00", Fee="50.00"), name="late.csv")
