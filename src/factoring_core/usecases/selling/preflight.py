"""Preflight: every failure of every load, and nothing changed."""

from collections.abc import Sequence

from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import LoadChange, PreflightResult
from factoring_core.usecases.selling.examine import Desk


def preflight(ports: Ports, subsidiary: str, names: Sequence[str] = ()) -> PreflightResult:
    """Check the loads that *names* mean, or all queued ones that go to the factor.

    Raises:
        AccessError: the actor may not look at *subsidiary*.
        NotFoundError, AmbiguousNameError: a name means nothing, or too much.
    """
    require(ports.actor, Right.READ, subsidiary)
    with ports.store.reading(ports.tenant) as tx:
        desk = Desk(tx, ports, subsidiary)
        found = desk.examine(names)
    # Opening every document takes time; others may work with the store meanwhile.
    examined = desk.open_papers(found)
    return PreflightResult(
        eligible=tuple(
            LoadChange(
                load=one.load.number,
                subsidiary=one.load.subsidiary,
                status=one.candidate.status.value,
                invoice_number=one.load.invoice.number if one.load.invoice is not None else None,
            )
            for one in examined
            if one.eligible
        ),
        refused=tuple(one.refusal() for one in examined if not one.eligible),
        warnings=tuple(said for one in examined if (said := one.warning()) is not None),
    )
