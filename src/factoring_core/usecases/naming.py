"""From what a person types to what it means, within what the actor may see."""

from collections.abc import Iterable

from factoring_core.domain.selling.batch import Batch
from factoring_core.domain.vocabulary.load import Load
from factoring_core.errors import AmbiguousNameError, NotFoundError
from factoring_core.ports.storage import Reading
from factoring_core.usecases.books import visible_subsidiaries
from factoring_core.usecases.ports import Ports


def find_loads(
    tx: Reading, ports: Ports, names: Iterable[str], subsidiary: str | None = None
) -> tuple[Load, ...]:
    """Return the loads that *names* mean, each once, in the order of their first naming.

    A name is a load number or ``SUBSIDIARY/NUMBER``.  With *subsidiary* given, a load of it
    comes before loads of others.

    Raises:
        NotFoundError: none of that name within the actor's scope.
        AmbiguousNameError: several; all are named.
    """
    found: dict[tuple[str, str], Load] = {}
    for name in names:
        load = _find_load(tx, ports, name, subsidiary)
        found.setdefault((load.subsidiary, load.number), load)
    return tuple(found.values())


def find_load(tx: Reading, ports: Ports, name: str, subsidiary: str | None = None) -> Load:
    """Return the one load that *name* means; errors as `find_loads`."""
    return _find_load(tx, ports, name, subsidiary)


def _find_load(tx: Reading, ports: Ports, name: str, subsidiary: str | None) -> Load:
    visible = tuple(one.id for one in visible_subsidiaries(ports))
    if subsidiary is not None and subsidiary in visible:
        load = tx.get(Load, subsidiary, name)
        if load is not None:
            return load
    fitting = list(tx.find(Load, subsidiary=visible, number=name))
    before, slash, after = name.partition("/")
    if slash and before in visible:
        fitting += tx.find(Load, subsidiary=before, number=after)
    if not fitting:
        raise NotFoundError(f"There is no load {name}.", where={"load": name})
    if len(fitting) > 1:
        full = sorted(f"{load.subsidiary}/{load.number}" for load in fitting)
        raise AmbiguousNameError(
            f"{name} could be {' or '.join(full)}.", where={"load": name, "candidates": full}
        )
    return fitting[0]


def batch_name(batch: Batch) -> str:
    """Return what a person calls a batch: ``CONNECTION/NUMBER``."""
    return f"{batch.connection}/{batch.number}"


def find_batch(tx: Reading, ports: Ports, name: str) -> Batch:
    """Return the batch that *name* means: its id, ``CONNECTION/NUMBER``, or a bare number.

    Raises:
        NotFoundError: none of that name within the actor's scope.
        AmbiguousNameError: several; all are named.
    """
    visible = tuple(one.id for one in visible_subsidiaries(ports))
    known = tx.find(Batch, subsidiary=visible)
    fitting = [batch for batch in known if batch.id == name]
    fitting = fitting or [batch for batch in known if name in (batch_name(batch), str(batch.number))]
    if not fitting:
        raise NotFoundError(f"There is no batch {name}.", where={"batch": name})
    if len(fitting) > 1:
        full = sorted(batch_name(batch) for batch in fitting)
        raise AmbiguousNameError(
            f"{name} could be {' or '.join(full)}.", where={"batch": name, "candidates": full}
        )
    return fitting[0]
