"""The office is configured, and taken to another factor."""

import datetime as dt
from typing import Any

from attrs import evolve

from factoring_core.domain.vocabulary.parties import InvoicingMethod, Protocol
from factoring_core.errors import ConfigurationError, UsageError
from factoring_core.testing.contracts.office.base import (
    CLERK,
    OfficeStories,
    a_story,
)
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import csv, haul, in_flight, payment
from factoring_core.testing.stories.place import NOTICE, connection


class Moving(OfficeStories):
    """Promises about settings and a change of factor."""

    @a_story
    def test_open_invoices_move_to_another_factor(self, story: Story) -> None:
        """A buy-out moves the sales that a file lists, once, and is taken back as one."""
        story.imports(*(in_flight(f"L-{at}") for at in range(1, 6)), in_flight("L-6", "invoiced"))
        day = {"Buyout Date": "03/04/2026"}
        rows = csv(
            {
                "Invoice Number": "INV-L-1",
                **day,
                "Buyout Amount": "900.00",
                "Reserve": "70.00",
                "Fee": "30.00",
            },
            {"Invoice Number": "INV-L-2", **day, "Schedule": "S-4", "Purchased Amount": "990.00"},
        )
        given: dict[str, Any] = {"name": "buyout.csv", "old": "east-winfactor", "new": "east-rts"}
        story.do("buy_out", rows, **given, dry_run=True)
        moved = story.do("buy_out", rows, **given)
        story.do("deactivate", "east-winfactor", reason="switching")
        story.do("activate", "east-rts")
        story.do("buy_out", rows, **given, dry_run=True)
        story.do("buy_out", rows, **given)
        longer = csv({"Invoice Number": "INV-L-1", **day}, {"Invoice Number": "INV-L-3", **day})
        story.do("buy_out", longer, **given)
        story.applies(payment("INV-L-1"), connection="east-rts", name="new.csv")
        story.applies(payment("INV-L-2", "400.00"), connection="east-winfactor", name="old.csv")
        story.see("exceptions")
        faulty = csv(
            {"Invoice Number": "INV-404", **day},
            {"Invoice Number": "INV-L-6", **day},
            {"Invoice Number": "INV-L-4", "Buyout Date": "1/1/2026", "Fee": "-1"},
            {"Invoice Number": "INV-L-5", **day},
            {"Invoice Number": "INV-L-5", **day},
            {"Invoice Number": "INV-L-4", "Buyout Date": "12/31/2026"},
        )
        story.do("buy_out", faulty, **given)
        for more in (
            {"old": "east-rts"},
            {"new": "west-depot"},
            {"old": "nobody"},
            {"new": "east-winfactor"},
        ):
            story.do("buy_out", rows, **{**given, **more})
        story.do("undo_import", story.office.imports()[0].id, reason="all wrong")
        story.do("undo_buy_out", moved.buy_out, reason="")
        story.do("undo_buy_out", "buy-none", reason="none")
        story.do("undo_buy_out", moved.buy_out, reason="called off")
        for one in reversed(story.office.reports()):
            story.do("undo_report", one.id, reason="called off")
        story.do("undo_buy_out", moved.buy_out, reason="called off")
        story.do("undo_buy_out", moved.buy_out, reason="called off")
        story.do("buy_out", rows, **given, by=CLERK)

    @a_story
    def test_settings_made_here_are_in_force_and_stay(self, story: Story) -> None:
        """Settings that are made are in force at once and after the next start, or refused by name."""
        new = connection("east-new", "triumph", active=False, credential="env:TRIUMPH", username="east")
        story.do("put_connection", new)
        story.do("put_connection", evolve(new, client_number="C-2", protocol=Protocol.SFTP, host="h.example"))
        for wrong in (
            evolve(new, id="a b"),
            evolve(new, provider="nobody"),
            evolve(new, subsidiary="nowhere"),
            evolve(new, subsidiary="west"),
            evolve(new, credential="hunter2-hunter2"),
            evolve(new, active=True),
            evolve(new, notices=(evolve(NOTICE, text=" "),)),
        ):
            story.refused(ConfigurationError, "put_connection", wrong)
        story.refused(
            ConfigurationError,
            "put_connection",
            connection("west-new", "triumph", active=False, credential="env:TRIUMPH", username="east"),
        )
        story.do("set_notice", "east-new", from_on=dt.date(2026, 3, 1), text="Pay Triumph alone.")
        story.do("set_notice", "east-new", from_on=dt.date(2026, 3, 1), text=" ")
        story.do("set_credential", "east-new", reference="env:OTHER")
        story.refused(ConfigurationError, "set_credential", "east-new", reference="plain-secret-1")
        story.do("set_credential", "nobody", reference="env:OTHER")
        story.imports(haul("L-1", customer="met", customer_name="Met Today"), haul("L-2"), haul("L-3"))
        story.do("set_method", InvoicingMethod.DIRECT, customer="met")
        story.do("set_method", InvoicingMethod.DIRECT, customer="blue")
        story.do("set_method", InvoicingMethod.DIRECT, subsidiary="isle")
        story.do("set_method", InvoicingMethod.DIRECT)
        story.do("set_method", InvoicingMethod.DIRECT, subsidiary="nowhere")
        story.do("set_method", InvoicingMethod.DIRECT, customer="nobody")
        story.do("generate_invoices", ["L-1", "L-2"])
        story.do("activate", "east-new")
        story.refused(UsageError, "deactivate", "east-winfactor", reason=" ")
        story.do("deactivate", "east-winfactor", reason="too dear")
        story.do("deactivate", "east-winfactor", reason="too dear")
        story.do("activate", "east-new")
        story.do("activate", "nobody")
        story.see("connections", "east")
        story.reopens()
        story.see("connections", "east")
        story.do("set_method", InvoicingMethod.FACTORING, customer="blue")
        story.do("generate_invoices", ["L-3"])
        story.do("submit", "east")
