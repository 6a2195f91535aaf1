"""Submitting: check, bind, seal and deliver what may be sold; report what may not."""

from collections.abc import Sequence

from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.errors import (
    DeliveryInDoubtError,
    FactoringError,
    RefusedLoadsError,
    StaleVersionError,
)
from factoring_core.usecases.accounts import refuse_unspoken
from factoring_core.usecases.delivering.batch_views import as_known
from factoring_core.usecases.delivering.compose_batch import Foresight, compose
from factoring_core.usecases.delivering.deliver_batch import deliver
from factoring_core.usecases.delivering.holding import Patience, held_until
from factoring_core.usecases.delivering.offer_journal import bare_in, declined_in
from factoring_core.usecases.delivering.operations import batches_begun
from factoring_core.usecases.delivering.seal_batch import bind_packets, seal
from factoring_core.usecases.naming import batch_name
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import SubmitResult
from factoring_core.usecases.selling.examine import Desk

_MOST_TRIES = 3


def submit(
    ports: Ports,
    subsidiary: str,
    names: Sequence[str] = (),
    *,
    all_or_nothing: bool = False,
    dry_run: bool = False,
) -> SubmitResult:
    """Sell the loads that *names* mean, or every one that may be sold.

    Loads that fail preflight are left out and reported.  A named load that a live batch holds
    already is answered with that batch.  ``error`` tells what kept a sealed batch from
    arriving, that a batch named here is in doubt, or that *all_or_nothing* came to nothing.

    Args:
        ports: Everything outside.
        subsidiary: Whose loads.
        names: Load numbers or ``SUBSIDIARY/NUMBER``; none means all.
        all_or_nothing: Seal nothing when a single load is refused.
        dry_run: Say what would happen and write nothing; batches are then drafts.

    Raises:
        AccessError: the actor may not submit for *subsidiary*.
        NotFoundError, AmbiguousNameError: a name means nothing, or too much.
        NotAvailableError: the connection needs a part that is not built yet.
    """
    require(ports.actor, Right.BILLING, subsidiary)
    for left in reversed(range(_MOST_TRIES)):
        try:
            return _submit(ports, subsidiary, names, all_or_nothing=all_or_nothing, dry_run=dry_run)
        except StaleVersionError:
            if not left:
                raise
    raise AssertionError("unreachable")  # pragma: no cover


def _submit(
    ports: Ports, subsidiary: str, names: Sequence[str], *, all_or_nothing: bool, dry_run: bool
) -> SubmitResult:
    with ports.store.reading(ports.tenant) as tx:
        begun = batches_begun(tx, ports)
        desk = Desk(tx, ports, subsidiary)
        found = () if begun else desk.examine(names)
    held = [one.batch for one in found if one.batch is not None]
    fresh = tuple(one for one in found if one.batch is None)
    if any(one.eligible for one in fresh):
        refuse_unspoken(ports, desk.through[0])
    bound, fresh = bind_packets(desk, fresh, keep=not dry_run)
    refused = [one for one in fresh if not one.eligible]
    spoiled = all_or_nothing and bool(refused)
    drafts = compose(desk, bound.values(), Foresight(desk)) if dry_run and bound and not spoiled else ()
    sealed = begun
    if not dry_run and not spoiled and bound:
        sealed, late = seal(ports, subsidiary, bound, all_or_nothing=all_or_nothing)
        held += [one.batch for one in late if one.batch is not None]
        refused += [one for one in late if one.batch is None]
        spoiled = all_or_nothing and bool(refused)
    error = _deliver_all(ports, sealed)
    if spoiled:
        error = RefusedLoadsError(
            f"Nothing was submitted, because {len(refused)} of {len(fresh)} loads were refused."
        )
    with ports.store.reading(ports.tenant) as tx:
        known = as_known(tx, ports, [*sealed, *held])
        until = held_until(tx, ports, known)
        fresh_ones = [one for one in known if one.id in sealed]
        declined = [refusal for one in fresh_ones for refusal in declined_in(tx, one)]
        bare = [warning for one in fresh_ones for warning in bare_in(tx, one)]
    batches = (*(draft.batch for draft in drafts), *known)
    return SubmitResult(
        batches=batches,
        refused=(*(one.refusal() for one in refused), *declined),
        warnings=(*(said for one in fresh if (said := one.warning()) is not None), *bare),
        error=error or in_doubt(batches),
        lease_until=until,
    )


def _deliver_all(ports: Ports, ids: Sequence[str]) -> FactoringError | None:
    """Deliver batches in order; after the first that fails the rest waits for `resume`."""
    patience = Patience()
    for id_ in ids:
        error = deliver(ports, id_, patience)
        if error is not None:
            return error
    return None


def in_doubt(batches: Sequence[Batch]) -> FactoringError | None:
    """Return the error for batches of which nobody knows whether they arrived."""
    names = [batch_name(batch) for batch in batches if batch.state is BatchState.IN_DOUBT]
    if not names:
        return None
    return DeliveryInDoubtError(
        f"Nobody knows whether batch {', '.join(names)} arrived.", where={"batches": names}
    )
