"""Binding the documents of one invoice into one PDF."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from attrs import field, frozen

from factoring_core.domain.vocabulary.packet_rules import PacketRules
from factoring_core.errors import DocumentError

AS_USUAL = PacketRules()


@frozen(kw_only=True)
class Paper:
    """One document on its way into a packet: what it is called, and its bytes.

    ``noticed``: the Notice of Assignment belongs on each of its pages.
    """

    kind: str
    name: str
    content: bytes = field(repr=False)
    noticed: bool = False


@frozen(kw_only=True)
class PacketOrder:
    """Papers to be bound in their order, the notice they carry, and what the packet is called."""

    papers: tuple[Paper, ...]
    notice: str | None
    title: str
    rules: PacketRules = AS_USUAL


@frozen(kw_only=True)
class Packet:
    """One bound PDF, with its page count.

    ``notes`` say what it holds otherwise than its papers did, one sentence each.
    """

    content: bytes = field(repr=False)
    pages: int
    notes: tuple[str, ...] = ()


class PacketBinder(Protocol):
    """Merges papers in the given order, the notice where the debtor cannot miss it."""

    def bind(
        self, papers: Sequence[Paper], *, notice: str | None, title: str, rules: PacketRules = AS_USUAL
    ) -> Packet:
        """Bind *papers* into one PDF; the same inputs give the same bytes.

        Raises:
            DocumentError: a paper cannot be sent; names the paper, its page where that is
                known, and why.
        """
        ...

    def bind_all(self, orders: Iterable[PacketOrder]) -> Iterator[Packet | DocumentError]:
        """Bind each order as `bind` does; yield the packets, or the errors, in order.

        *orders* is read a little ahead and never as a whole, so that thousands of packets
        need no more memory than a few.
        """
        ...

    def check(self, paper: Paper, *, rules: PacketRules = AS_USUAL) -> None:
        """Let a paper that can be bound pass.

        Raises:
            DocumentError: as `bind` would.
        """
        ...
