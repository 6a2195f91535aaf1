"""Adapters that need an extra, brought in at their first use and not before."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from factoring_core.domain.vocabulary.packet_rules import PacketRules
from factoring_core.errors import DocumentError
from factoring_core.ports.invoice_drawer import InvoiceSheet
from factoring_core.ports.packet_binder import AS_USUAL, Packet, PacketOrder, Paper

if TYPE_CHECKING:
    from factoring_core.adapters.documents.bindery import Bindery


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
