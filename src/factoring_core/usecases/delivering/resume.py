"""Resuming: finishing every submission that a crash, a cut line or a pause left open."""

from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.errors import FactoringError
from factoring_core.usecases.accounts import connection_of_batch
from factoring_core.usecases.books import visible_subsidiaries
from factoring_core.usecases.delivering.batch_views import as_known
from factoring_core.usecases.delivering.deliver_batch import deliver
from factoring_core.usecases.delivering.holding import Patience, held_until
from factoring_core.usecases.delivering.look_again import look_again
from factoring_core.usecases.delivering.offer_journal import bare_in, declined_in
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import SubmitResult


def resume(ports: Ports) -> SubmitResult:
    """Deliver what is sealed or half sent, of all subsidiaries the actor may see.

    A batch in doubt is looked for again and never sent; it is in the result if it is there now.

    Safe at any time and by any number of workers.  A batch that has to wait is left as it is, and
    so is, after half a minute, one that another worker is sending: ``lease_until`` says so.  One
    that a person delivers is none of this.  Of several errors the gravest is returned.

    Raises:
        AccessError: the actor may not submit.
    """
    require(ports.actor, Right.BILLING)
    with ports.store.reading(ports.tenant) as tx:
        visible = tuple(one.id for one in visible_subsidiaries(ports))
        open_ = (BatchState.SEALED, BatchState.SENDING, BatchState.IN_DOUBT)
        found = [one for one in tx.find(Batch, subsidiary=visible, state=open_) if not _manual(ports, one)]
        # What evidence shows as delivered needs nothing more.
        found = [one for one in as_known(tx, ports, [one.id for one in found]) if one.state in open_]
    found.sort(key=lambda one: (one.connection, one.state is BatchState.IN_DOUBT, one.number))
    errors: list[FactoringError] = []
    failing: set[str] = set()
    patience = Patience()
    for batch in found:
        if batch.connection not in failing:
            doubtful = batch.state is BatchState.IN_DOUBT
            error = look_again(ports, batch.id) if doubtful else deliver(ports, batch.id, patience)
            if error is not None:
                errors.append(error)
                failing.add(batch.connection)
    with ports.store.reading(ports.tenant) as tx:
        doubts = {one.id for one in found if one.state is BatchState.IN_DOUBT}
        known = as_known(tx, ports, [one.id for one in found])
        # A doubt that stays is named by `status`, and by the command that met it.
        batches = tuple(one for one in known if one.state is not BatchState.IN_DOUBT or one.id not in doubts)
        until = held_until(tx, ports, batches)
        return SubmitResult(
            batches=batches,
            refused=tuple(refusal for one in batches for refusal in declined_in(tx, one)),
            warnings=tuple(warning for one in batches for warning in bare_in(tx, one)),
            error=gravest(errors),
            lease_until=until,
        )


_GRAVITY = (7, 2, 6, 5, 4, 3, 1)


def gravest(errors: list[FactoringError]) -> FactoringError | None:
    """Return the error that decides the exit status, the first of equals; None for none."""
    return min(errors, key=lambda error: _GRAVITY.index(error.exit_status), default=None)


def _manual(ports: Ports, batch: Batch) -> bool:
    connection = connection_of_batch(ports, batch)
    return connection is not None and connection.protocol is Protocol.MANUAL
