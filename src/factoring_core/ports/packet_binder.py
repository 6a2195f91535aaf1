"""Binding the documents of one invoice into one PDF."""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen


@frozen(kw_only=True)
class Paper:
    """One document on its way into a packet: what it is called, and its bytes."""

    kind: str
    name: str
    content: bytes


@frozen(kw_only=True)
class Packet:
    """One bound PDF, with its page count."""

    content: bytes
    pages: int


class PacketBinder(Protocol):
    """Merges papers in the given order, the notice where the debtor sees it first."""

    def bind(self, papers: Sequence[Paper], *, notice: str | None, title: str) -> Packet:
        """Bind *papers* into one PDF; the same inputs give the same bytes.

        Raises:
            DocumentError: a paper cannot be sent; names the paper and why.
        """
        ...

    def check(self, paper: Paper) -> None:
        """Let a paper that can be bound pass.

        Raises:
            DocumentError: as `bind` would.
        """
        ...
