"""Taking an invoice back from the factor: returned unbought, or charged back and sold again."""

from collections.abc import Callable, Sequence

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.sale_fold import SaleFold, sale_subject
from factoring_core.domain.reconciling.standing import LoadFold
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.profile import EvidenceType
from factoring_core.errors import UsageError
from factoring_core.ports.storage import Transaction
from factoring_core.usecases.acts import Verdicts, act_on_loads, needs_reason
from factoring_core.usecases.books import plan_change, read_book
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import ChangeResult

RETURN_REASONS = ("denied", "rejected", "held", "not_received")


def return_loads(ports: Ports, names: Sequence[str], *, reason: str) -> ChangeResult:
    """Take invoiced loads back to the queue; this ends their sale.

    Args:
        names: The loads.
        reason: denied, rejected, held or not_received.

    Raises:
        UsageError: another reason.
    """
    if reason not in RETURN_REASONS:
        raise UsageError(
            f"{reason} is no reason for a return.", remedy=f"Use one of {', '.join(RETURN_REASONS)}."
        )

    def basis(fold: SaleFold) -> tuple[str, ...] | str:
        if fold.position.bought:
            return "the factor has bought it; it can be taken back only when the purchase is reversed"
        return tuple(sorted(fact.text for fact in fold.facts if fact.key[3] == reason))

    return _end_sales(ports, names, Resolution.RETURN_TO_QUEUE, reason, basis)


def resell(ports: Ports, names: Sequence[str], *, reason: str) -> ChangeResult:
    """Take fully charged-back or purchase-reversed loads back to the queue, to be sold again.

    Raises:
        UsageError: no reason.
    """
    needs_reason(reason, "Selling an invoice again")

    def basis(fold: SaleFold) -> tuple[str, ...] | str:
        if fold.position.fully_charged_back:
            kinds = (EvidenceType.CHARGEBACK,)
        elif not fold.position.bought and any(
            fact.first.type is EvidenceType.PURCHASE_REVERSAL for fact in fold.facts
        ):
            kinds = (EvidenceType.PURCHASE_REVERSAL,)
        else:
            return "it was neither charged back in full nor was its purchase reversed"
        return tuple(sorted(fact.text for fact in fold.facts if fact.first.type in kinds))

    return _end_sales(ports, names, Resolution.RESELL, reason, basis)


def _end_sales(
    ports: Ports,
    names: Sequence[str],
    resolution: Resolution,
    reason: str,
    basis: Callable[[SaleFold], tuple[str, ...] | str],
) -> ChangeResult:
    def act(tx: Transaction, loads: Sequence[Load], verdicts: Verdicts) -> None:
        worlds = {
            one: plan_change(tx, ports, read_book(tx, ports, one)).world
            for one in {load.subsidiary for load in loads}
        }
        for load in loads:
            fold = worlds[load.subsidiary].loads[load.number]
            judged = _judge(load, fold, resolution, basis, verdicts)
            if judged is None or fold.sale is None:
                continue
            tx.put(decision_on_sale(tx, ports, fold.sale, resolution, judged, reason))
            verdicts.changed.append(load)

    return act_on_loads(ports, names, act, action=f"load.{resolution.value}", reason=reason)


def _judge(
    load: Load,
    fold: LoadFold,
    resolution: Resolution,
    basis: Callable[[SaleFold], tuple[str, ...] | str],
    verdicts: Verdicts,
) -> tuple[str, ...] | None:
    status = fold.standing.status
    if status is LoadStatus.QUEUED and fold.facts.ended_by is not None and not fold.facts.sold:
        verdicts.unchanged.append(load)
        return None
    if status is not LoadStatus.INVOICED or fold.sale is None:
        message = f"it is {status.value}; only an invoiced load that was sold can be taken back"
        verdicts.refuse(load, "not_invoiced", message)
        return None
    if fold.stated:
        verdicts.refuse(load, "already_paid", "its customer has paid the subsidiary for it")
        return None
    judged = basis(fold.sale)
    if isinstance(judged, str):
        verdicts.refuse(load, f"cannot_{resolution.value}", judged)
        return None
    return judged


def decision_on_sale(
    tx: Transaction,
    ports: Ports,
    fold: SaleFold,
    resolution: Resolution,
    judged: tuple[str, ...],
    reason: str,
) -> Decision:
    """Make a decision about one sale, with the next number."""
    sequence = tx.next_number("decisions")
    return Decision(
        id=f"dec-{sequence:06d}",
        subsidiary=fold.sale.subsidiary,
        connection=fold.sale.connection,
        subject=sale_subject(fold.sale.id),
        resolution=resolution,
        judged=judged,
        load=fold.sale.load,
        assignment=fold.sale.id,
        reason=reason,
        actor=ports.actor.name,
        at=ports.clock.now(),
        sequence=sequence,
    )
