"""Reports that are refused, or that take the place of others, for the rarer reasons."""

from typing import Any

from attrs import evolve

from factoring_core.domain.vocabulary.actors import Actor, Role
from factoring_core.domain.vocabulary.parties import MissingInvoices
from factoring_core.errors import FileRefusedError, NotFoundError, UsageError
from factoring_core.testing.contracts.office.base import OfficeStories, a_story
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import Row, csv, haul, in_flight, payment, purchase
from factoring_core.testing.stories.place import connection

EASTERNER = Actor(name="ed", roles=frozenset(Role), billing=True, subsidiaries=frozenset({"east"}))
ELSEWHERE: dict[str, Any] = {"subsidiary": "west", "connection": "west-depot"}


def headings(row: Row) -> bytes:
    """Return the first line of a report, and nothing under it."""
    return csv(row).splitlines(keepends=True)[0]


class Refusing(OfficeStories):
    """Promises about reports that are not what, or whose, they are taken for."""

    @a_story
    def test_a_report_of_another_client_is_refused(self, story: Story) -> None:
        """What is another subsidiary's is refused row by row; who may not know whose is not told."""
        west = connection("west-winfactor", "winfactor", active=False, client_number="C 8")
        story.do("put_connection", west)
        story.imports(
            in_flight("L-1"),
            in_flight("W-1", subsidiary="west", connection="west-depot", customer="green"),
            in_flight("W-2", subsidiary="west", connection="west-depot"),
            haul("W-3", subsidiary="west", invoice_file=""),
            haul("W-4", subsidiary="west", invoice_file=""),
        )
        story.do("generate_invoices", ["W-3", "W-4"])
        story.do("submit", "west", ["W-3"])
        story.do("cancel", "west-depot/1", reason="not sent")
        story.do("submit", "west", ["W-4"])
        story.do("confirm", "west-depot/2")
        number = "Client Number"
        given: dict[str, Any] = {"name": "a.csv", "subsidiary": "east", "connection": "east-winfactor"}
        for by in (None, EASTERNER):
            for rows in (
                (payment("INV-L-1", **{number: "C-east-winfactor"}), payment("INV-L-2", **{number: "c 8"})),
                (payment("INV-L-1", **{number: ""}), payment("INV-L-2", **{number: "C-none"})),
                (payment("INV-W-1", "1.00"), payment("INV-W-2"), payment("INV-L-1"), payment("INV-W-2")),
            ):
                story.refused(FileRefusedError, "apply_report", csv(*rows), **given, by=by)
        nameless = evolve(story.place.settings.connections[0], client_number=None)
        story.do("put_connection", nameless)
        for said in ("C-none", "c 8"):
            story.applies(payment("INV-L-1", **{number: said}), dry_run=True, connection="east-winfactor")
        seen: tuple[Row, ...] = (
            payment("INV-W-1", "1.00", **{"Invoice Amount": "1000.00"}),
            payment("INV-W-1", "1.00", Customer="GREEN VALLEY growers"),
            payment("INV-W-2", "1.00", **{"MC Number": "MC 998877", "Customer": "nobody"}),
            payment("W-W-4", "1.00", **{"MC Number": "MC998877", "Debtor Number": "D-1"}),
        )
        for row in seen:
            story.refused(FileRefusedError, "apply_report", csv(row), **given)
        story.applies(
            payment("INV-W-1", "1.00", Customer="Somebody Else"),
            payment("INV-W-2", "2.00", **{"MC Number": "1", "Customer": "Blue Freight Brokers Inc"}),
            payment("W-W-3", "1000.00", Customer=""),
            dry_run=True,
            connection="east-winfactor",
        )
        story.tells()
        paid = payment("INV-L-1", **{number: ""})
        story.applies(paid, connection="east-winfactor")

    @a_story
    def test_a_report_that_could_be_of_two_connections_is_told_apart(self, story: Story) -> None:
        """The client number tells, else the schedule or batch, else the invoices; else nobody knows."""
        other = connection("east-other", "winfactor", active=False)
        settings = story.place.settings
        story.office.adopt(evolve(settings, connections=(settings.connections[0], other)))
        story.imports(
            *(haul(f"L-{at}") for at in (1, 2, 3)),
            in_flight("R-1", connection="east-other", schedule_number="S-9"),
        )
        story.do("generate_invoices", ["L-1", "L-2", "L-3"])
        story.do("submit", "east", ["L-1"])
        story.do("deactivate", "east-winfactor", reason="switching")
        story.do("activate", "east-other")
        for one in ("L-2", "L-3"):
            story.do("submit", "east", [one])
        told: tuple[Row, ...] = (
            payment("X-1"),
            payment("X-1", **{"Client Number": "C-east-other"}),
            payment("X-1", **{"Client Number": "C-another"}),
            payment("X-1", **{"Schedule Number": "s 9"}),
            payment("X-1", **{"Schedule Number": "S-8"}),
            purchase("L-1", **{"Batch Number": "2"}),
            purchase("X-1", **{"Batch Number": "7"}),
            payment("L-2"),
            payment("INV-R-1"),
        )
        for row in told:
            story.applies(row, dry_run=True)
        for more in (
            {"provider": "rts", "connection": "east-winfactor"},
            {"provider": "rts"},
            {"connection": "east-other", "batch": "east-winfactor/1"},
            {"provider": "winfactor", "batch": "east-winfactor/1"},
            {"batch": "1"},
        ):
            story.applies(payment("L-1"), dry_run=True, **more)
        mixed = (payment("L-1"), payment("INV-R-2", "5.00"), payment("X-1"), payment("INV-R-2", "3.00"))
        story.imports(in_flight("R-2"))
        story.applies(*mixed, name="mixed.csv", batch="east-winfactor/1")
        story.applies(payment("L-1"), batch="east-winfactor/1")

    @a_story
    def test_a_file_that_is_no_report_is_told_for_what_it_is(self, story: Story) -> None:
        """A list that was sent, another kind, another provider, a heading that nearly fits: each is named."""
        story.imports(in_flight("L-1"), haul("L-2"))
        story.do("generate_invoices", ["L-2"])
        story.do("submit", "east")
        [sent] = [content for _, name, content in story.place.arrived if name.endswith(".csv")]
        bought, paid = purchase("INV-L-1"), payment("INV-L-1")
        files: tuple[tuple[bytes, dict[str, Any]], ...] = (
            (sent, {}),
            (csv(bought), {"kind": "payment"}),
            (csv({**paid, "Applied to Fee": "1.00"}), {"connection": "east-rts"}),
            (csv({**paid, "Rebate": "1.00"}), {"kind": "purchase"}),
            (csv({"Invoice Number": "INV-L-1", "Payment Amount": "1.00"}), {}),
            (
                csv({"Invoice #": "INV-L-1", "Receipt Date": "3/1/2026", "Amount Applied": "1.00"}),
                {"subsidiary": "west"},
            ),
            (csv({**paid, "Invoice No": "INV-L-1", "Amount Paid": "1.00"}), {}),
            (csv({**paid, **bought}), {}),
            (csv(paid) + csv(bought), {}),
            (csv(paid) + csv(paid), {}),
            (csv({**paid, "": "x"}), {}),
            (
                csv(payment("INV-L-1", "-3.00", Type="Chargeback"), payment("INV-L-1", "-1", Type="Rebate")),
                {"connection": "east-winfactor"},
            ),
            (
                csv(payment("INV-L-1", Type="Gift", Rebate="1.00")),
                {"connection": "east-winfactor"},
            ),
            (b"\r\n\r\n", {}),
            (csv(paid) + b"Total,,1000.00,,\r\n", {}),
        )
        for at, (content, more) in enumerate(files):
            given = {"name": f"{at}.csv", "subsidiary": "east", "dry_run": True, **more}
            story.do("apply_report", content, **given)
        settings = story.place.settings
        alone = evolve(settings.subsidiaries[0], id="alone", name="Alone LLC")
        story.office.adopt(evolve(settings, subsidiaries=(*settings.subsidiaries, alone)))
        story.refused(UsageError, "apply_report", csv(paid), name="x.csv", subsidiary="alone")
        story.refused(
            NotFoundError, "apply_report", csv(paid), name="x.csv", subsidiary="alone", connection="east-rts"
        )

    @a_story
    def test_a_list_that_has_to_be_whole_is_refused_when_it_is_not(self, story: Story) -> None:
        """Where a connection asks for whole lists, one that leaves invoices out is refused by name."""
        depot = connection("west-depot", "capital_depot", batch_report=MissingInvoices.REFUSE)
        story.do("put_connection", evolve(depot, protocol=story.place.settings.connections[2].protocol))
        numbers = ["W-1", "W-2", "W-3", "W-4"]
        story.imports(*(haul(one, subsidiary="west", invoice_file="") for one in numbers))
        story.do("generate_invoices", numbers)
        for some in (numbers[:3], numbers[3:]):
            story.do("submit", "west", some)
        story.do("confirm", "west-depot/1")
        story.do("confirm", "west-depot/2")
        story.refused(FileRefusedError, "apply_report", headings(purchase("")), name="empty.csv", **ELSEWHERE)
        story.applies(purchase("W-W-2"), name="part.csv", **ELSEWHERE)
        story.applies(purchase("W-W-2"), name="part.csv", batch="west-depot/1", **ELSEWHERE)
        story.applies(purchase("W-W-1"), purchase("W-W-4"), name="mixed.csv", batch="1", **ELSEWHERE)
        story.applies(purchase("X-1"), name="none.csv", dry_run=True, **ELSEWHERE)
        story.applies(purchase("X-1"), name="none.csv", batch="2", **ELSEWHERE)
        story.applies(purchase("W-W-1", **{"Purchase Date": "02/01/2026"}), name="early.csv", **ELSEWHERE)
        whole = [purchase(f"W-{one}") for one in numbers[:3]]
        story.applies(*whole, dry_run=True, name="whole.csv", **ELSEWHERE)
        first = story.applies(*whole, name="whole.csv", **ELSEWHERE)
        story.applies(*whole[:2], name="less.csv", replaces=first.report_id, **ELSEWHERE)
        story.applies(payment("W-W-1"), name="paid.csv", **ELSEWHERE)
        story.do("apply_report", headings(payment("")), name="quiet.csv", **ELSEWHERE)

    @a_story
    def test_a_report_takes_the_place_only_of_one_like_it(self, story: Story) -> None:
        """A corrected report replaces one of its kind and connection; undone, the old one counts again."""
        story.imports(in_flight("L-1"), in_flight("L-2"), in_flight("R-1", connection="east-rts"))
        story.waits(hours=1)
        bought = story.applies(purchase("INV-L-1", Advance="900.00"), connection="east-winfactor")
        paid = story.applies(payment("INV-L-1", "700.00"), payment("INV-L-2", "1.00"), name="old.csv")
        given: dict[str, Any] = {"name": "new.csv", "replaces": paid.report_id}
        west = evolve(EASTERNER, name="wes", subsidiaries=frozenset({"west"}))
        new = (payment("INV-L-1", "800.00"),)
        story.applies(*new, **{**given, "replaces": bought.report_id})
        story.applies(payment("INV-R-1"), connection="east-rts", **given)
        story.applies(*new, dry_run=True, **given)
        story.applies(*new, by=evolve(EASTERNER, roles=frozenset()), **given)
        second = story.applies(*new, **given)
        story.applies(*new, **given)
        story.applies(*new, **{**given, "replaces": second.report_id})
        third = story.applies(payment("INV-L-1", "850.00"), name="newer.csv", replaces=second.report_id)
        story.do("undo_report", second.report_id, reason="too late")
        story.do("undo_report", third.report_id, reason="the second was right", by=EASTERNER)
        story.do("undo_report", second.report_id, reason="the first was right")
        story.applies(payment("INV-L-2", "1.00"), payment("INV-L-1", "700.00"), name="old.csv")
        story.do("undo_report", paid.report_id, reason="all wrong")
        story.applies(payment("INV-L-2", "1.00"), payment("INV-L-1", "700.00"), name="again.csv")
        story.see("report", paid.report_id, by=EASTERNER)
        story.do("report", paid.report_id, by=west)
        story.do("undo_report", paid.report_id, reason="x", by=west)
