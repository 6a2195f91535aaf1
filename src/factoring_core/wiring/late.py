"""Adapters that need an extra, brought in at their first use and not before."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from factoring_core.domain.reconciling.matching import by_blocks
from factoring_core.domain.vocabulary.packet_rules import PacketRules
from factoring_core.errors import DocumentError
from factoring_core.ports.invoice_drawer import InvoiceSheet
from factoring_core.ports.likeness import Likeness
from factoring_core.ports.packet_binder import AS_USUAL, Packet, PacketOrder, Paper
from factoring_core.ports.retry import Retry, once

if TYPE_CHECKING:
    from factoring_core.adapters.documents.bindery import Bindery

T = TypeVar("T")


@cache
def bindery() -> "Bindery":
    """Return the one bindery of this program; its processes end with the program."""
    from factoring_core.adapters.documents.bindery import Bindery

    return Bindery()


class LateBinder:
    """The bindery, whose first process is started when the first packet is bound."""

    def bind(
        self, papers: Sequence[Paper], *, notice: str | None, title: str, rules: PacketRules = AS_USUAL
    ) -> Packet:
        """Bind *papers* into one PDF."""
        return bindery().bind(papers, notice=notice, title=title, rules=rules)

    def bind_all(self, orders: Iterable[PacketOrder]) -> Iterator[Packet | DocumentError]:
        """Bind many packets."""
        return bindery().bind_all(orders)

    def check(self, paper: Paper, *, rules: PacketRules = AS_USUAL) -> None:
        """Let a paper that can be bound pass."""
        bindery().check(paper, rules=rules)


class LateDrawer:
    """The invoice drawer, imported when the first invoice is drawn."""

    def draw(self, sheet: InvoiceSheet) -> bytes:
        """Draw one invoice."""
        from factoring_core.adapters.documents.invoice_pdf import PdfInvoiceDrawer

        return PdfInvoiceDrawer().draw(sheet)


def late_retry(work: Callable[[], T], *, again: Callable[[Exception], bool], seconds: float) -> T:
    """Try again where there is a library for it, and once where there is none."""
    return _retry()(work, again=again, seconds=seconds)


@cache
def _retry() -> Retry:
    try:
        from factoring_core.adapters.retries.backing_off import backing_off
    except ModuleNotFoundError as missing:
        if missing.name != "stamina":
            raise
        return once
    return backing_off


def late_likeness(one: str, other: str) -> float:
    """Compare by the library for it, and by common blocks where there is none."""
    return _likeness()(one, other)


@cache
def _likeness() -> Likeness:
    try:
        from factoring_core.adapters.likeness.by_edits import by_edits
    except ModuleNotFoundError as missing:
        if missing.name != "rapidfuzz":
            raise
        return by_blocks
    return by_edits
