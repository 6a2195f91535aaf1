"""What an office hands to its drawer of invoices and its binder of packets, kept to be told."""

from collections.abc import Iterable, Iterator, Sequence

from attrs import define, field, frozen

from factoring_core.domain.vocabulary.packet_rules import PacketRules
from factoring_core.errors import DocumentError
from factoring_core.ports.invoice_drawer import InvoiceDrawer, InvoiceSheet
from factoring_core.ports.packet_binder import AS_USUAL, Packet, PacketBinder, PacketOrder, Paper


@define
class Handed:
    """The sheets that were to be drawn, and the packets that were to be bound."""

    sheets: list[InvoiceSheet] = field(factory=list)
    orders: list[PacketOrder] = field(factory=list)


@frozen
class ToldDrawer:
    """Draws as another does, and keeps the sheets."""

    drawer: InvoiceDrawer
    handed: Handed

    def draw(self, sheet: InvoiceSheet) -> bytes:
        """Draw one sheet."""
        self.handed.sheets.append(sheet)
        return self.drawer.draw(sheet)


@frozen
class ToldBinder:
    """Binds as another does, and keeps the orders."""

    binder: PacketBinder
    handed: Handed

    def bind(
        self, papers: Sequence[Paper], *, notice: str | None, title: str, rules: PacketRules = AS_USUAL
    ) -> Packet:
        """Bind one packet."""
        return self.binder.bind(papers, notice=notice, title=title, rules=rules)

    def bind_all(self, orders: Iterable[PacketOrder]) -> Iterator[Packet | DocumentError]:
        """Bind every order."""

        def kept() -> Iterator[PacketOrder]:
            for one in orders:
                self.handed.orders.append(one)
                yield one

        return self.binder.bind_all(kept())

    def check(self, paper: Paper, *, rules: PacketRules = AS_USUAL) -> None:
        """Look at one paper."""
        self.binder.check(paper, rules=rules)
