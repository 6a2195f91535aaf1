"""Binding packets in processes of their own, under limits, so that no document can hurt anybody else.

A process is started for the first packet and handles many, one after the other; one that dies of
a document is replaced, and the document is named.  For many packets there is one process for
each core.
"""

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from factoring_core.adapters.documents.bindery_process import EndedError, Processes
from factoring_core.adapters.documents.limits import MEMORY_BYTES
from factoring_core.domain.vocabulary.packet_rules import PacketRules
from factoring_core.errors import DocumentError
from factoring_core.ports.packet_binder import AS_USUAL, Packet, PacketOrder, Paper

_WORTH_ANOTHER = 8
"""Starting a process takes about as long as binding so many packets for each core."""
_RETIRED_AT = MEMORY_BYTES // 2
_HOW = {
    "memory": ("parser_memory", "takes more memory to read than we agree to"),
    "time": ("parser_timeout", "takes longer to read than we agree to"),
}
_CRASHED = ("parser_crashed", "ended the process that read it")


class Bindery:
    """Implements `PacketBinder` for papers of strangers; one serves a whole program."""

    def __init__(self, processes: Processes | None = None) -> None:
        self._processes = processes or Processes()

    def bind(
        self, papers: Sequence[Paper], *, notice: str | None, title: str, rules: PacketRules = AS_USUAL
    ) -> Packet:
        """Bind *papers* into one PDF, as `PdfBinder.bind` does.

        Raises:
            DocumentError: a paper or the notice cannot be sent; ``where`` names it.
        """
        result = self._bound(PacketOrder(papers=tuple(papers), notice=notice, title=title, rules=rules))
        if isinstance(result, DocumentError):
            raise result
        return result

    def check(self, paper: Paper, *, rules: PacketRules = AS_USUAL) -> None:
        """Let a paper that can be bound pass: it is bound alone, and the result thrown away.

        Raises:
            DocumentError: as `bind` would.
        """
        self.bind([paper], notice=None, title="", rules=rules)

    def bind_all(self, orders: Iterable[PacketOrder]) -> Iterator[Packet | DocumentError]:
        """Bind many packets on all cores; yield packets and errors in the order of *orders*.

        At most two orders for each core are read ahead.
        """
        coming = iter(orders)
        first = list(itertools.islice(coming, _WORTH_ANOTHER))
        cores = self._processes.most if len(first) == _WORTH_ANOTHER else 1
        waiting: deque[Future[Packet | DocumentError]] = deque()
        with ThreadPoolExecutor(cores, "bindery") as threads:
            try:
                for order in itertools.chain(_given_away(first), coming):
                    waiting.append(threads.submit(self._bound, order))
                    del order
                    if len(waiting) > 2 * cores:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for left in waiting:
                    left.cancel()
                self._processes.keep(1)

    def close(self) -> None:
        """End every process; the next packet starts one again."""
        self._processes.keep(0)

    def _bound(self, order: PacketOrder) -> Packet | DocumentError:
        """Bind one packet; a process that dies after others' packets gets a second chance as a new one."""
        while True:
            process = self._processes.take()
            try:
                head, pieces = process.ask(_written(order), [paper.content for paper in order.papers])
                if head.get("peak", 0) * 1024 > _RETIRED_AT:
                    process.close()
            except EndedError as ended:
                if not process.served:
                    return _blamed(order, ended)
                continue
            finally:
                self._processes.give_back(process)
            if "error" in head:
                return _read_error(head["error"])
            return Packet(content=pieces[0], pages=int(head["pages"]), notes=tuple(map(str, head["notes"])))


def _given_away(orders: list[PacketOrder]) -> Iterator[PacketOrder]:
    while orders:
        yield orders.pop(0)


def _written(order: PacketOrder) -> dict[str, Any]:
    rules = order.rules
    return {
        "papers": [(paper.kind, paper.name, paper.noticed) for paper in order.papers],
        "notice": order.notice,
        "title": order.title,
        "rules": {
            "order": [kind.value for kind in rules.order],
            "max_bytes": rules.max_bytes,
            "max_pages": rules.max_pages,
            "downsample_dpi": rules.downsample_dpi,
            "active_content": rules.active_content.value,
        },
    }


def _read_error(said: dict[str, Any]) -> DocumentError:
    return DocumentError(
        str(said["message"]), code=str(said["code"]), remedy=str(said["remedy"]), where=dict(said["where"])
    )


def _blamed(order: PacketOrder, ended: EndedError) -> DocumentError:
    """Make the error for the paper that was looked at when the process ended."""
    code, what = _HOW.get(ended.how, _CRASHED)
    where: dict[str, Any] = {"packet": order.title}
    named = f"One of the papers of {order.title or 'the packet'}"
    if 0 < ended.paper <= len(order.papers):
        paper = order.papers[ended.paper - 1]
        where = {"document": paper.name, "kind": paper.kind}
        named = paper.name
        if ended.page:
            where["page"], named = ended.page, f"{named}, page {ended.page},"
    remedy = "Print the document to a new PDF, or scan it again, and hand that in."
    return DocumentError(f"{named} {what}.", code=code, remedy=remedy, where=where)
