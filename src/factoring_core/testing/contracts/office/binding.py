"""Packets are put together from papers, and refused where one cannot be sent."""

import datetime as dt
from typing import Any

from attrs import evolve

from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.errors import DocumentError
from factoring_core.testing.contracts.office.base import WESTERNER, OfficeStories, a_story
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import haul


class Binding(OfficeStories):
    """Promises about what goes into a packet, and what keeps it from being made."""

    @a_story
    def test_a_packet_is_put_together_from_its_papers(self, story: Story) -> None:
        """An invoice is drawn where the host has none; a paper that cannot be sent is named with its load."""
        story.place.paper("torn", b"%PDF-1.7 and no more")
        bare = dict.fromkeys(("origin_city", "origin_state", "destination_city", "po_number"), "")
        west: dict[str, Any] = {"subsidiary": "west", "invoice_file": ""}
        story.imports(
            haul("W-1", **west, reference_number="R-1", truck_number="T-1", delivered_on="2026-02-27"),
            haul("W-2", **west, **bare, customer="met"),
            haul("W-3", **west, pod_file="torn.pdf", rate_confirmation_file="torn.pdf"),
            haul("W-4", **west, customer="far", customer_name="\u5ba2\u6237"),
            haul("W-5", **west, customer="far"),
            haul("W-6", subsidiary="west", scale_ticket_file="lumper.pdf", lumper_receipt_file="torn.pdf"),
            haul("I-1", subsidiary="isle", scale_ticket_file="lumper.pdf", lumper_receipt_file="rate.pdf"),
            haul("I-2", subsidiary="isle", invoice_file="", pod_file="", rate_confirmation_file=""),
            haul("S-1", subsidiary="south", scale_ticket_file="lumper.pdf"),
            haul("L-1", customer="red", invoicing_method="factoring"),
        )
        story.do("generate_invoices", [f"W-{at}" for at in range(1, 7)])
        story.do("generate_invoices", ["I-1", "I-2", "S-1"])
        handed = story.place.handed
        for name in ("W-1", "W-2", "S-1", "L-1"):
            story.see("packet", name)
        story.note("handed", handed)
        depot = story.place.settings.connections[2]
        story.do("put_connection", evolve(depot, factor="Example Capital"))
        story.see("packet", "W-2")
        story.note("remitted to", handed.sheets[-1].remit_to)
        for name in ("W-3", "W-4", "W-6", "I-1", "I-2"):
            story.refused(DocumentError, "packet", name)
        handed.sheets.clear()
        handed.orders.clear()
        story.see("preflight", "west")
        story.note("titles", [one.title for one in handed.orders])
        story.see("preflight", "isle")
        story.do("set_notice", "west-depot", from_on=dt.date(2026, 3, 2), text="\u898b")
        story.see("preflight", "west", ["W-1", "W-4"])
        story.refused(DocumentError, "packet", "W-1")
        story.tells()
        story.do("submit", "west", ["W-1", "W-2"])
        story.do("set_notice", "west-depot", from_on=dt.date(2026, 3, 3), text="Pay us.")
        story.waits(days=1)
        story.do("submit", "west", ["W-4", "W-2", "W-3"])
        story.do("packet", "L-1", by=WESTERNER)
        story.do("preflight", "east", by=WESTERNER)
        story.do("packet", "L-1", by=evolve(Actor(name="eve"), subsidiaries=frozenset()))
