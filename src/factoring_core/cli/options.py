"""The types and options that several commands share."""

import datetime as dt
from typing import Any

import click

from factoring_core.domain.vocabulary.money import cents_of
from factoring_core.domain.vocabulary.readers import CellFault, read_date
from factoring_core.errors import AmountError


class Cents(click.ParamType[int]):
    """An amount such as ``1234.50``, in cents."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return *value* in cents."""
        if isinstance(value, int):
            return value
        try:
            return cents_of(value)
        except AmountError as error:
            self.fail(error.message, param, ctx)


class Day(click.ParamType[dt.date]):
    """A date as ISO or MM/DD/YYYY."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """Return *value* as a date."""
        if isinstance(value, dt.date):
            return value
        try:
            return read_date(value)
        except CellFault as fault:
            self.fail(fault.message, param, ctx)


class Words(click.ParamType[str]):
    """A text that says something: not blank, and on one line."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return *value* without outer spaces."""
        text = str(value).strip()
        if not text or not text.isprintable():
            self.fail("Write a text on one line that is not blank.", param, ctx)
        return text


CENTS = Cents()
DAY = Day()
WORDS = Words()

needed_subsidiary = click.option(
    "--subsidiary", required=True, metavar="S", help="The subsidiary, by its id in factoring.toml."
)
maybe_subsidiary = click.option("--subsidiary", metavar="S", help="Only this subsidiary.")
reason = click.option("--reason", required=True, type=WORDS, help="Why; it is kept in the audit trail.")
loads = click.argument("loads", nargs=-1, required=True, metavar="LOAD...")
maybe_loads = click.argument("loads", nargs=-1, metavar="[LOAD]...")
