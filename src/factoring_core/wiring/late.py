"""Adapters that need an extra, brought in at their first use and not before."""

from collections.abc import Sequence

from factoring_core.ports.invoice_drawer import InvoiceSheet
from factoring_core.ports.packet_binder import Packet, Paper


class LateBinder:
    """The PDF binder, imported when the first packet is bound."""

    def bind(self, papers: Sequence[Paper], *, notice: str | None, title: str) -> Packet:
        """Bind *papers* into one PDF."""
        from factoring_core.adapters.documents.binder import PdfBinder

        return PdfBinder().bind(papers, notice=notice, title=title)

    def check(self, paper: Paper) -> None:
        """Let a paper that can be bound pass."""
        from factoring_core.adapters.documents.binder import PdfBinder

        PdfBinder().check(paper)


class LateDrawer:
    """The invoice drawer, imported when the first invoice is drawn."""

    def draw(self, sheet: InvoiceSheet) -> bytes:
        """Draw one invoice."""
        from factoring_core.adapters.documents.invoice_pdf import PdfInvoiceDrawer

        return PdfInvoiceDrawer().draw(sheet)
