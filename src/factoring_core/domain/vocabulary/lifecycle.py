"""The lifecycle of a load: one table, stated once.

The table is a python-statemachine class.  It is built on first use, because importing the engine
costs more than importing the rest of the core, and it never runs in production: `table` is read
from it, and the table decides.  The class serves the documents, the model checks and the tests.

The fold decides, the machine explains.  `status_of` says where a load stands under `Facts`;
`explain` names the events that lead there.  Guards test the facts as they are after the fold,
never what caused them, and from every status at most one event is open under given facts.
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import frozen

from factoring_core.errors import TransitionError

if TYPE_CHECKING:
    from statemachine import StateMachine


class LoadStatus(Enum):
    """Where a load stands between delivery and money."""

    RELEASED = "released"
    QUEUED = "queued"
    INVOICED = "invoiced"
    FINANCED = "financed"
    COMPLETED = "completed"


class Route(Enum):
    """Who collects: the factor that buys the invoice, or the subsidiary itself."""

    FACTORING = "factoring"
    DIRECT = "direct"


class Ending(Enum):
    """How the latest sale of an invoice ended.

    ``RETURN``: given back or never received; ``RESELL``: taken back to be sold again;
    ``WITHDRAWN``: what showed that it was delivered has been withdrawn; ``BOUGHT_OUT``: another
    factor has taken it over, so that another sale of the load stands.
    """

    RETURN = "return"
    RESELL = "resell"
    WITHDRAWN = "withdrawn"
    BOUGHT_OUT = "bought_out"


@frozen(kw_only=True)
class Facts:
    """What the fold says of one load; the only thing that guards look at.

    ``has_invoice``: number, date, face amount and invoicing method are there and not voided.
    ``sold``: a sale stands that was delivered or is shown by evidence; a return or resale ends it,
    a full chargeback does not.  ``direct_sent``: the host says so.  ``purchased`` and
    ``fully_charged_back`` speak of that sale only; ``settled`` of that sale or, on the direct
    route, of what the customer paid.  ``was_charged_back_direct``: before this fold the route was
    direct by chargeback.  ``ended_by``: how the latest sale ended, if none stands.
    """

    route: Route = Route.FACTORING
    has_invoice: bool = False
    sold: bool = False
    direct_sent: bool = False
    purchased: bool = False
    settled: bool = False
    fully_charged_back: bool = False
    was_charged_back_direct: bool = False
    ended_by: Ending | None = None

    # The conditions of the table; each is a sentence about the fields above.

    @property
    def direct(self) -> bool:
        """The subsidiary collects."""
        return self.route is Route.DIRECT

    @property
    def handed_over(self) -> bool:
        """The invoice has left, to the factor or to the customer."""
        return self.has_invoice and (self.sold or self.direct_sent)

    @property
    def funded(self) -> bool:
        """The factor has bought the invoice and still owns it."""
        return self.handed_over and not self.direct and self.purchased and not self.fully_charged_back

    @property
    def done(self) -> bool:
        """Nobody owes anything any more."""
        return self.settled and (self.funded or (self.handed_over and self.direct))

    @property
    def newly_charged_back(self) -> bool:
        """The invoice was put back on the subsidiary, and was not so before."""
        charged_back = self.handed_over and self.direct and self.fully_charged_back
        return charged_back and not self.was_charged_back_direct

    @property
    def returned(self) -> bool:
        """The latest sale was given back or never received."""
        return self.ended_by is Ending.RETURN

    @property
    def resold(self) -> bool:
        """The latest sale was ended in order to sell the invoice again."""
        return self.ended_by is Ending.RESELL


@frozen
class Transition:
    """One line of the table.  ``guards`` are conditions of `Facts` by name, ``not …`` where negated."""

    source: LoadStatus
    event: str
    target: LoadStatus
    guards: tuple[str, ...]

    def open_under(self, facts: Facts) -> bool:
        """Say whether every guard holds."""
        return all(
            getattr(facts, guard.removeprefix("not ")) is not guard.startswith("not ")
            for guard in self.guards
        )


@cache
def machine() -> "type[StateMachine]":
    """Return the lifecycle as a state machine class, importing the engine on first use.

    An instance needs a `Facts` among its listeners and tells its status by `LoadStatus`.
    """
    from statemachine import State, StateMachine

    class LoadLifecycle(StateMachine):
        """From released to completed, and back where the money says so."""

        # Set by name, so that no change of an upstream default can soften the table.
        allow_event_without_transition = False
        catch_errors_as_events = False
        atomic_configuration_update = True
        enable_self_transition_entries = False

        released = State(value=LoadStatus.RELEASED, initial=True)
        queued = State(value=LoadStatus.QUEUED)
        invoiced = State(value=LoadStatus.INVOICED)
        financed = State(value=LoadStatus.FINANCED)
        completed = State(value=LoadStatus.COMPLETED)

        generate_invoice = released.to(queued, cond="has_invoice")
        submit = queued.to(invoiced, cond="handed_over")
        unsubmit = invoiced.to(queued, unless=["handed_over", "returned", "resold"])
        finance = invoiced.to(financed, cond="funded", unless="was_charged_back_direct")
        complete = financed.to(completed, cond=["funded", "done"]) | invoiced.to(
            completed, cond=["direct", "done"]
        )
        void_invoice = queued.to(released, unless="has_invoice")
        return_to_queue = invoiced.to(queued, cond="returned", unless="handed_over")
        unfinance = financed.to(invoiced, unless=["funded", "newly_charged_back"])
        reopen = completed.to(financed, unless=["direct", "done"]) | completed.to(
            invoiced, cond="direct", unless=["done", "newly_charged_back"]
        )
        charge_back = financed.to(invoiced, cond="newly_charged_back") | completed.to(
            invoiced, cond="newly_charged_back", unless="done"
        )
        reinstate = invoiced.to(financed, cond=["funded", "was_charged_back_direct"])
        resell = invoiced.to(queued, cond="resold", unless="handed_over")

    return LoadLifecycle


@cache
def table() -> Mapping[tuple[LoadStatus, str], tuple[Transition, ...]]:
    """Return the transitions by status and event, as the machine class states them."""
    lines: dict[tuple[LoadStatus, str], tuple[Transition, ...]] = {}
    for state in machine().states:
        for edge in state.transitions:
            guards = tuple(f"{'' if spec.expected_value else 'not '}{spec.func}" for spec in edge.cond)
            line = Transition(state.value, edge.event, edge.target.value, guards)
            key = (line.source, line.event)
            lines[key] = (*lines.get(key, ()), line)
    return MappingProxyType(lines)


def next_status(status: LoadStatus, event: str, facts: Facts, *, subject: str = "The load") -> LoadStatus:
    """Return where *event* leads from *status* under *facts*.

    `TransitionError`, naming *subject*, where the table has no such line or its guards do not hold.
    """
    for line in table().get((status, event), ()):
        if line.open_under(facts):
            return line.target
    raise TransitionError(subject, status.value, event)


def status_of(facts: Facts) -> LoadStatus:
    """Say where a load stands, from the facts alone: the status does not depend on how it got there."""
    if not facts.has_invoice:
        return LoadStatus.RELEASED
    if not facts.handed_over:
        return LoadStatus.QUEUED
    if facts.done:
        return LoadStatus.COMPLETED
    return LoadStatus.FINANCED if facts.funded else LoadStatus.INVOICED


def steps(
    old: LoadStatus, new: LoadStatus, facts: Facts, *, subject: str = "The load"
) -> tuple[Transition, ...]:
    """Return the lines of the table that lead from *old* to *new* under *facts*, in order.

    There is a way from every status to `status_of(facts)`; `TransitionError`, naming *subject*,
    where the facts do not lead to *new*.
    """
    # Most loads do not move; they need not be looked up.
    way = () if old is new else _way(old, new, facts)
    if way is None:
        raise TransitionError(subject, old.value, f"becoming {new.value}")
    return way


def explain(old: LoadStatus, new: LoadStatus, facts: Facts, *, subject: str = "The load") -> tuple[str, ...]:
    """Name the events of `steps`; none where the statuses are equal."""
    return tuple(line.event for line in steps(old, new, facts, subject=subject))


# Facts are few and repeat from load to load: at most 25 pairs for each of some two thousand.
@cache
def _way(old: LoadStatus, new: LoadStatus, facts: Facts) -> tuple[Transition, ...] | None:
    at, way = old, list[Transition]()
    while at is not new:
        # One line at most is open (tested for all facts), so the first way is the shortest.
        line = next((line for line in _lines() if line.source is at and line.open_under(facts)), None)
        if line is None:
            return None
        at = line.target
        way.append(line)
    return tuple(way)


@cache
def _lines() -> tuple[Transition, ...]:
    return tuple(line for lines in table().values() for line in lines)


def mermaid() -> str:
    """Draw the table as a Mermaid state diagram, for the documents."""
    arrows = [f"    {line.source.value} --> {line.target.value} : {line.event}" for line in _lines()]
    start = f"    [*] --> {LoadStatus.RELEASED.value}"
    return "\n".join(["stateDiagram-v2", "    direction LR", start, *arrows, ""])


def markdown_table() -> str:
    """Write the table as Markdown, one line a transition, for the documents."""
    rows = [
        f"| `{line.event}` | {line.source.value} → {line.target.value} | {_sentence(line.guards)} |"
        for line in _lines()
    ]
    return "\n".join(["| Event | From → to | Guards |", "| --- | --- | --- |", *rows, ""])


def _sentence(guards: tuple[str, ...]) -> str:
    return ", ".join(f"not `{guard[4:]}`" if guard.startswith("not ") else f"`{guard}`" for guard in guards)
