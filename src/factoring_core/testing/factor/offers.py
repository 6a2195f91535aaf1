"""How invoices reach a simulated factor over HTTP: one by one, each with its packet, and asked about."""

import datetime as dt
import time
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from factoring_core.domain.vocabulary.money import cents_of
from factoring_core.domain.vocabulary.profile import Disposition
from factoring_core.providers.load import all_profiles
from factoring_core.testing.factor.batches import TakenBatch, TakenInvoice
from factoring_core.testing.factor.timeline import Happening
from factoring_core.testing.servers import factor_api

_MEANS = {
    "purchased": Disposition.PURCHASED,
    "held": Disposition.HELD,
    "denied": Disposition.DENIED,
}
"""What can be said by a status; of money only reports tell."""


class OfferDesk:
    """A factor's system on loopback.

    Args:
        provider: Whose codes it speaks in.
        password: What lets the user ``carrier`` in.
        key: The key of the subscription.
        slow: Seconds it thinks about each question.
        drops_every: Breaks the line at every so many questions, before and after the deed by turns.
        asked: Called before it says what became of invoices.
    """

    def __init__(
        self,
        provider: str,
        *,
        username: str,
        password: str,
        key: str,
        slow: float,
        drops_every: int,
        asked: Callable[[], None],
    ) -> None:
        self.server = factor_api.FactorApiServer(
            username=username,
            password=password,
            subscription_key=key,
            plan=_plan(slow, drops_every),
            asked=asked,
        )
        self._codes = {
            word.disposition: int(word.code)
            for word in reversed(all_profiles()[provider].statuses)
            if word.disposition is not None and word.code
        }
        self._known: set[str] = set()
        self._count = count(1)

    def batches(self) -> list[TakenBatch]:
        """Return what came with its packet and was not returned yet, as one batch or none."""
        new = [one for one in list(self.server.invoices.values()) if one.papers and one.id not in self._known]
        if not new:
            return []
        self._known.update(one.id for one in new)
        invoices = tuple(_taken(one.cells) for one in new)
        return [TakenBatch(list_name=f"offers {next(self._count)}", invoices=invoices)]

    def say(self, happenings: Iterable[Happening]) -> None:
        """Let the statuses be what has happened, the last thing last."""
        for one in happenings:
            if one.kind in _MEANS:
                code = self._codes[_MEANS[one.kind]]
                self.server.say(one.invoice.number, code, on=one.on.isoformat(), schedule=one.schedule)


def _taken(cells: dict[str, Any]) -> TakenInvoice:
    """Read the cells of an offer; such a system knows customers by their MC number alone."""
    return TakenInvoice(
        number=str(cells["InvoiceNo"]),
        date=dt.date.fromisoformat(str(cells["InvoiceDate"])),
        face=cents_of(str(cells["InvoiceAmount"])),
        customer="",
        load="",
    )


def _plan(slow: float, drops_every: int) -> factor_api.Plan:
    numbers = count(1)

    def plan(question: str, before: int) -> factor_api.Trouble | None:
        number = next(numbers)
        if slow:
            time.sleep(slow)
        if not drops_every or number % drops_every:
            return None
        odd = number // drops_every % 2
        return factor_api.Trouble.LOST_REQUEST if odd else factor_api.Trouble.LOST_REPLY

    return plan
