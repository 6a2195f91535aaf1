"""The direct route: invoices the subsidiary collects itself, and what their customers paid."""

import datetime as dt
import hashlib
from collections.abc import Sequence

from attrs import evolve

from factoring_core.domain.reconciling.evidence import NO_ATTRIBUTES, Evidence
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.world import STATED
from factoring_core.domain.vocabulary.canonical import canonical_reference
from factoring_core.domain.vocabulary.lifecycle import LoadStatus, Route
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.domain.vocabulary.parties import InvoicingMethod
from factoring_core.domain.vocabulary.profile import EvidenceType, Measure, ReportKind
from factoring_core.errors import UsageError
from factoring_core.ports.storage import Transaction
from factoring_core.usecases.acts import Verdicts, act_on_loads, standing_of
from factoring_core.usecases.books import plan_change, read_book, subsidiary_of
from factoring_core.usecases.days import local_day
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import ChangeResult


def send_direct(ports: Ports, names: Sequence[str]) -> ChangeResult:
    """Note that direct invoices were sent to their customers: queued → invoiced."""

    def act(tx: Transaction, loads: Sequence[Load], verdicts: Verdicts) -> None:
        for load in loads:
            status = standing_of(tx, load).status
            if load.sent_direct_on is not None:
                verdicts.unchanged.append(load)
            elif status is not LoadStatus.QUEUED:
                verdicts.refuse(load, "not_queued", f"it is {status.value}; only a queued load can be sent")
            elif load.method is None or load.method.method is not InvoicingMethod.DIRECT:
                message = (
                    "it is invoiced through the factor; override its method and generate the invoice again"
                )
                verdicts.refuse(load, "method_not_direct", message)
            else:
                day = local_day(ports.clock.now(), subsidiary_of(ports, load.subsidiary))
                tx.put(evolve(load, sent_direct_on=day))
                verdicts.changed.append(load)

    return act_on_loads(ports, names, act, action="load.send_direct")


def pay(
    ports: Ports, name: str, *, amount: int, on: dt.date, reference: str, misdirected: bool = False
) -> ChangeResult:
    """State a payment that the customer made to the subsidiary itself.

    Kept as evidence under a report of its own; `report undo` takes it back.  The same
    payment stated again changes nothing.

    Args:
        name: The load: on the direct route, or charged back by the factor.
        amount: Cents, more than zero.
        on: The day it came.
        reference: Cheque or transfer number.
        misdirected: The load is a factor's that has bought it: the subsidiary owes the factor what it
            received, which an exception says until it is resolved.

    Raises:
        UsageError: the amount is not positive, or the day is yet to come.
    """
    if amount <= 0:
        raise UsageError("A payment must be more than zero.")

    def act(tx: Transaction, loads: Sequence[Load], verdicts: Verdicts) -> None:
        for load in loads:
            today = local_day(ports.clock.now(), subsidiary_of(ports, load.subsidiary))
            if on > today:
                raise UsageError(f"A payment of {on} cannot have come; it is {today}.")
            _pay(
                tx,
                ports,
                load,
                verdicts,
                amount=amount,
                on=on,
                reference=reference.strip(),
                misdirected=misdirected,
            )

    said = " ".join((decimal_text(amount), on.isoformat(), reference.strip()))
    return act_on_loads(ports, [name], act, action="load.pay", reason=said)


def _pay(
    tx: Transaction,
    ports: Ports,
    load: Load,
    verdicts: Verdicts,
    *,
    amount: int,
    on: dt.date,
    reference: str,
    misdirected: bool,
) -> None:
    standing = standing_of(tx, load)
    fold = plan_change(tx, ports, read_book(tx, ports, load.subsidiary)).world.loads[load.number]
    partly = fold.sale is not None and fold.sale.position.charged_back > 0
    if load.invoice is None:
        verdicts.refuse(load, "not_invoiced", "it is released; generate its invoice and send it first")
        return
    bought = fold.sale is not None and fold.sale.position.bought and standing.route is not Route.DIRECT
    if misdirected and (not bought or partly):
        verdicts.refuse(load, "not_a_factors", "no factor has bought it; state what was paid without more")
        return
    if standing.route is not Route.DIRECT and not partly and not misdirected:
        verdicts.refuse(load, "method_not_direct", "its payments go to the factor and come by report")
        return
    if standing.status not in (LoadStatus.INVOICED, LoadStatus.COMPLETED) and not (partly or misdirected):
        verdicts.refuse(load, "not_invoiced", f"it is {standing.status.value}; send it first")
        return
    text = "\x1f".join((ports.tenant, load.subsidiary, load.number, str(amount), on.isoformat(), reference))
    digest = hashlib.sha256(text.encode()).hexdigest()
    id_ = f"stm-{digest[:16]}"
    known = tx.get(Report, id_)
    if known is not None and known.live:
        verdicts.unchanged.append(load)
        return
    if known is not None:
        tx.put(evolve(known, voided_at=None, voided_by=None, void_reason=None))
    else:
        tx.put(_statement(ports, load, id_, digest, tx.next_number("reports")))
        tx.add_all([_payment(id_, load, amount, on, reference)])
    verdicts.changed.append(load)


def _statement(ports: Ports, load: Load, id_: str, digest: str, sequence: int) -> Report:
    return Report(
        id=id_,
        digest=digest,
        raw_sha256="",
        file_name=f"stated by {ports.actor.name}",
        subsidiary=load.subsidiary,
        connection=None,
        provider=STATED,
        kind=ReportKind.STATEMENT,
        layout=f"{STATED}/payment/v1",
        verified=True,
        repeats_legal=False,
        complete_list=False,
        batch=None,
        rows=1,
        sequence=sequence,
        applied_at=ports.clock.now(),
        applied_by=ports.actor.name,
    )


def _payment(id_: str, load: Load, amount: int, on: dt.date, reference: str) -> Evidence:
    return Evidence(
        id_,
        2,
        0,
        2,
        EvidenceType.PAYMENT,
        f"load:{load.number}",
        amount,
        "",
        on,
        reference,
        canonical_reference(reference) if reference else "",
        Measure.MOVEMENT,
        True,
        True,
        False,
        NO_ATTRIBUTES,
    )
