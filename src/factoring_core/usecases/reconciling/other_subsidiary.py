"""Refusing a report that belongs to another subsidiary, without telling whose to those who may not know."""

from collections.abc import Iterable, Mapping

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.reconciling.world import World
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState
from factoring_core.domain.vocabulary.canonical import canonical_reference, normal_mc, normal_name
from factoring_core.errors import Fault, FileRefusedError
from factoring_core.ports.storage import Reading
from factoring_core.usecases.ports import Ports


def refuse_other_subsidiary(
    tx: Reading,
    ports: Ports,
    world: World,
    pool: str,
    evidence: Iterable[Evidence],
    *,
    name: str,
    subsidiary: str,
) -> None:
    """Refuse the file if rows that match nothing here match another subsidiary's sold invoice.

    By exact number and amount or debtor.

    Raises:
        FileRefusedError: one fault for each such row.
    """
    placements = world.placements.get(pool, {})
    unknown = [one for one in evidence if placements[one.key].miss is ExceptionType.UNKNOWN_INVOICE]
    if not unknown:
        return
    numbers = {one.invoice_key for one in unknown}
    sold: dict[str, list[Assignment]] = {}
    for other in ports.settings.subsidiaries:
        if other.id != subsidiary:
            batches = {batch.id: batch for batch in tx.find(Batch, subsidiary=other.id)}
            for sale in tx.find(Assignment, subsidiary=other.id):
                if sale.invoice_number in numbers and _is_factored(sale, batches):
                    sold.setdefault(sale.invoice_number, []).append(sale)
    faults: dict[int, Fault] = {}
    owners: set[str] = set()
    for one in unknown:
        for sale in sold.get(one.invoice_key, ()):
            if _agrees(one, sale):
                owners.add(sale.subsidiary)
                faults[one.row] = Fault(
                    code="wrong_subsidiary",
                    message=f"the invoice is not one of {subsidiary}'s",
                    file=name,
                    row=one.row,
                    line=one.line,
                    column="invoice_number",
                    excerpt=one.invoice_key,
                )
    if faults:
        visible = sorted(owner for owner in owners if ports.actor.sees(owner))
        whose = f" but of {', '.join(visible)}" if visible else ""
        raise FileRefusedError(
            f"{len(faults)} row(s) are not of {subsidiary}{whose}.",
            faults=[faults[row] for row in sorted(faults)],
            code="wrong_subsidiary",
            remedy="Apply the report for the subsidiary it belongs to.",
            where={"file": name, "subsidiary": subsidiary},
        )


def _is_factored(sale: Assignment, batches: Mapping[str, Batch]) -> bool:
    """Say whether a factor could know of the sale."""
    if sale.batch is None:
        return True
    batch = batches[sale.batch]
    return batch.state is not BatchState.CANCELLED and batch.may_have_left


def _agrees(one: Evidence, sale: Assignment) -> bool:
    seen = one.attributes
    amounts = {seen.invoice_amount, one.amount if one.primary else None} - {None}
    if sale.face in amounts:
        return True
    if seen.debtor_number and sale.debtor_number:
        return canonical_reference(seen.debtor_number) == canonical_reference(sale.debtor_number)
    if seen.mc_number and sale.customer_mc_number:
        return normal_mc(seen.mc_number) == normal_mc(sale.customer_mc_number)
    return bool(seen.customer) and normal_name(seen.customer) == normal_name(sale.customer_name)
