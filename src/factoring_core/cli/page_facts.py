"""What the page and the demonstration's tables show of an office's books; amounts in cents."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.parties import Subsidiary
from factoring_core.errors import DocumentError, MissingExtraError
from factoring_core.usecases.results import ExceptionView, LoadDetail, SaleView
from factoring_core.wiring import Office


@frozen(kw_only=True)
class StatusCell:
    """How many loads of a subsidiary stand at a status, and their amount."""

    subsidiary: str
    status: LoadStatus
    count: int
    amount: int


@frozen(kw_only=True)
class Flow:
    """How often loads went from one status to another, and the amount of those loads."""

    source: LoadStatus
    target: LoadStatus
    count: int
    amount: int


@frozen(kw_only=True)
class Bridge:
    """From what was sold to what is open; every cent of the face amounts is in one part.

    ``bought = advance + reserve + fee + less`` and ``sold + adjusted = paid + written_off +
    charged_back + not_bought + open``.  ``paid`` stops at what was owed; the rest is ``over``.
    ``released``: what came back of the reserve.
    """

    sold: int = 0
    bought: int = 0
    advance: int = 0
    reserve: int = 0
    fee: int = 0
    less: int = 0
    released: int = 0
    adjusted: int = 0
    paid: int = 0
    over: int = 0
    written_off: int = 0
    charged_back: int = 0
    not_bought: int = 0
    open: int = 0

    def __add__(self, other: "Bridge") -> "Bridge":
        return Bridge(**{name: getattr(self, name) + getattr(other, name) for name in PARTS})


PARTS = tuple(one.name for one in Bridge.__attrs_attrs__)


@frozen(kw_only=True)
class ConnectionFacts:
    """One connection: its factor, what went through it, and what it says today."""

    id: str
    subsidiary: str
    factor: str
    provider: str
    protocol: str
    active: bool
    batches: int
    bridge: Bridge
    account: int
    reports: int


@frozen(kw_only=True)
class PageFacts:
    """Everything that is shown; ``names``: customers and subsidiaries by id.

    ``packet``: the first page of the example's packet, as a PNG; None where it cannot be drawn.
    """

    today: dt.date
    subsidiaries: tuple[Subsidiary, ...]
    statuses: tuple[StatusCell, ...]
    flows: tuple[Flow, ...]
    connections: tuple[ConnectionFacts, ...]
    exceptions: tuple[ExceptionView, ...]
    example: LoadDetail | None
    packet: bytes | None = None
    names: Mapping[str, str] = field(factory=dict)

    @property
    def bridge(self) -> Bridge:
        """Return the bridge of all connections together."""
        return sum((one.bridge for one in self.connections), Bridge())

    def at(self, status: LoadStatus, subsidiary: str | None = None) -> tuple[int, int]:
        """Return count and amount at a status, of one subsidiary or of all."""
        cells = [
            one for one in self.statuses if one.status is status and subsidiary in (None, one.subsidiary)
        ]
        return sum(one.count for one in cells), sum(one.amount for one in cells)


def page_facts(office: Office) -> PageFacts:
    """Read everything that is shown; the load with the longest history is the example."""
    settings = office.settings
    today = max((office.today(one.id) for one in settings.subsidiaries), default=dt.date.min)
    details = [office.load(f"{view.load.subsidiary}/{view.load.number}") for view in office.loads()]
    names = {one.id: one.name or one.id for one in settings.customers}
    names |= {one.id: one.name or one.id for one in settings.subsidiaries}
    example = max(details, key=lambda one: len(one.history), default=None)
    return PageFacts(
        today=today,
        subsidiaries=settings.subsidiaries,
        statuses=tuple(_statuses(settings.subsidiaries, details)),
        flows=tuple(_flows(details)),
        connections=tuple(_connections(office, details)),
        exceptions=office.exceptions(),
        example=example,
        packet=_first_page(office, example) if example is not None else None,
        names=names,
    )


PACKET_WIDTH = 420
"""Pixels: enough to recognise the page, small enough to stand in one."""


def _first_page(office: Office, example: LoadDetail) -> bytes | None:
    from factoring_core.adapters.documents.thumbnail import first_page_png

    try:
        packet = office.packet(f"{example.load.subsidiary}/{example.load.number}")
        return first_page_png(packet, PACKET_WIDTH)
    except (DocumentError, MissingExtraError):
        return None


def face(detail: LoadDetail) -> int:
    """Return the amount of a load: its invoice's where it has one, else the one expected."""
    load = detail.load
    return load.invoice.face if load.invoice is not None else load.amount or 0


def _statuses(subsidiaries: Sequence[Subsidiary], details: Sequence[LoadDetail]) -> Iterable[StatusCell]:
    for subsidiary in subsidiaries:
        for status in LoadStatus:
            amounts = [
                face(one)
                for one in details
                if one.load.subsidiary == subsidiary.id and one.standing.status is status
            ]
            yield StatusCell(subsidiary=subsidiary.id, status=status, count=len(amounts), amount=sum(amounts))


def _flows(details: Sequence[LoadDetail]) -> Iterable[Flow]:
    seen: dict[tuple[str, str], list[int]] = {}
    for one in details:
        for event in one.history:
            seen.setdefault((event.from_status, event.to_status), []).append(face(one))
    order = [one.value for one in LoadStatus]

    def forward_first(way: tuple[str, str]) -> tuple[bool, int, int]:
        source, target = order.index(way[0]), order.index(way[1])
        return target < source, source, target

    for way in sorted(seen, key=forward_first):
        source, target = (LoadStatus(one) for one in way)
        yield Flow(source=source, target=target, count=len(seen[way]), amount=sum(seen[way]))


def _connections(office: Office, details: Sequence[LoadDetail]) -> Iterable[ConnectionFacts]:
    bridges: dict[str, Bridge] = {}
    for sale in (sale for one in details for sale in one.sales):
        connection = sale.assignment.connection
        bridges[connection] = bridges.get(connection, Bridge()) + bridge_of(sale)
    batches, reports = office.batches(), office.reports()
    for view in office.connections():
        one = view.connection
        account = office.status(one.subsidiary).account.get(one.id, {})
        yield ConnectionFacts(
            id=one.id,
            subsidiary=one.subsidiary,
            factor=one.factor or "",
            provider=one.provider,
            protocol=one.protocol.value,
            active=view.active,
            batches=sum(batch.connection == one.id for batch in batches),
            bridge=bridges.get(one.id, Bridge()),
            account=sum(account.values()),
            reports=sum(report.connection == one.id and report.live for report in reports),
        )


def bridge_of(sale: SaleView) -> Bridge:
    """Split the face amount of one sale into where it is."""
    position: Mapping[str, Any] = sale.position
    open_: int = position["open"]
    bought = position["face"] if position["bought"] else 0
    left = max(0, open_)
    charged_back = left if position["fully_charged_back"] else min(left, position["direct_open"])
    rest = left - charged_back
    return Bridge(
        sold=position["face"],
        bought=bought,
        advance=position["advanced"],
        reserve=position["reserve_held"],
        fee=position["fees"],
        less=bought - position["advanced"] - position["reserve_held"] - position["fees"],
        released=position["rebated"],
        adjusted=position["adjustments"],
        paid=position["net_paid"] + min(0, open_),
        over=max(0, -open_),
        written_off=position["written_off"],
        charged_back=charged_back,
        not_bought=0 if bought else rest,
        open=rest if bought else 0,
    )
