"""Asking a factor about a customer's credit, and what it said before."""

from collections.abc import Sequence

from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.selling.credit import CreditResult, CreditVerdict
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.parties import Connection, Customer, Protocol
from factoring_core.errors import FactoringError, NotAvailableError, NotFoundError, StateError
from factoring_core.ports.factor_api import Debtor
from factoring_core.ports.storage import CreditCheck, Reading, Transaction
from factoring_core.usecases.accounts import account_of
from factoring_core.usecases.books import audit, customers_of, settle_books
from factoring_core.usecases.logins import one_try
from factoring_core.usecases.naming import find_loads
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import CreditView


def check_credit(ports: Ports, subsidiary: str, customer: str) -> CreditView:
    """Ask the factor of *subsidiary* about *customer* now, and keep the answer.

    Raises:
        AccessError: the actor may not sell for *subsidiary*.
        NotFoundError: there is no such customer.
        StateError: the subsidiary has no active connection.
        NotAvailableError: its factor cannot be asked this way.
        TransportError: it did not answer; nothing is kept.
    """
    require(ports.actor, Right.BILLING, subsidiary)
    with ports.store.reading(ports.tenant) as tx:
        connection = _asked_through(tx, ports, subsidiary)
        found = customers_of(tx, ports).get(customer)
    if found is None:
        raise NotFoundError(f"There is no customer {customer}.", where={"customer": customer})
    return _ask(ports, connection, found)


def check_credit_of_load(ports: Ports, name: str) -> CreditView:
    """Ask about the customer of a load, through the connection of its subsidiary; see `check_credit`."""
    with ports.store.reading(ports.tenant) as tx:
        (load,) = find_loads(tx, ports, [name])
    return check_credit(ports, load.subsidiary, load.customer)


def check_as_invoiced(ports: Ports, loads: Sequence[Load]) -> None:
    """Ask about the customers of loads just invoiced, where their factor can be asked and has not been.

    An answer that cannot be had stops nothing: preflight shows that it is missing.
    """
    for subsidiary in sorted({load.subsidiary for load in loads}):
        try:
            with ports.store.reading(ports.tenant) as tx:
                connection = _asked_through(tx, ports, subsidiary)
                known = latest_checks(tx, subsidiary, connection.id)
                customers = customers_of(tx, ports)
            now, hours = ports.clock.now(), ports.settings.stale_after_hours
            for one in sorted({load.customer for load in loads if load.subsidiary == subsidiary}):
                if one in customers and (one not in known or known[one].stale(now, hours)):
                    _ask(ports, connection, customers[one])
        except FactoringError:
            continue


def latest_checks(tx: Reading, subsidiary: str, connection: str) -> dict[str, CreditResult]:
    """Return the last answer about each customer that was asked about through *connection*."""
    checks = [one for one in tx.find(CreditCheck, subsidiary=subsidiary) if one.connection == connection]
    return {one.customer: _result(one) for one in sorted(checks, key=lambda one: one.sequence)}


def _asked_through(tx: Reading, ports: Ports, subsidiary: str) -> Connection:
    account = account_of(tx, ports, subsidiary)
    connection, profile = account.connection, account.profile
    if connection is None or profile is None:
        raise StateError(
            f"Subsidiary {subsidiary} has no active connection to ask through.",
            remedy="Activate one with `connections activate`.",
            where={"subsidiary": subsidiary},
        )
    if not profile.credit_check or connection.protocol is not Protocol.API:
        raise NotAvailableError(
            f"Connection {connection.id} offers no credit checks.",
            remedy="Ask the factor; preflight says what is known.",
            where={"connection": connection.id, "part": "credit checks"},
        )
    return connection


def _ask(ports: Ports, connection: Connection, customer: Customer) -> CreditView:
    api = ports.api(connection)
    debtor = Debtor(
        name=customer.name,
        mc_number=customer.mc_number,
        debtor_number=customer.debtor_number(connection.id, connection.provider),
    )
    with one_try(ports, connection, api):
        result = api.check_credit(debtor)
    with ports.store.transaction(ports.tenant) as tx:
        before = latest_checks(tx, connection.subsidiary, connection.id).get(customer.id)
        kept = _keep(tx, ports, connection, customer, result)
        if _moves(before, result) and _sold(tx, connection, customer):
            settle_books(tx, ports, connection.subsidiary, cause=f"credit:{customer.id}")
    return _view(ports, kept, customer)


def _moves(before: CreditResult | None, now: CreditResult) -> bool:
    """Say whether an answer can raise an exception, or clear one."""
    return now.verdict is CreditVerdict.DECLINED or (
        before is not None and before.verdict is CreditVerdict.DECLINED
    )


def _sold(tx: Reading, connection: Connection, customer: Customer) -> bool:
    """Say whether the factor holds invoices of a customer."""
    sales = tx.values(Assignment, ("customer", "live"), connection=connection.id)
    return (customer.id, True) in sales


def _keep(
    tx: Transaction, ports: Ports, connection: Connection, customer: Customer, result: CreditResult
) -> CreditCheck:
    check = CreditCheck(
        connection=connection.id,
        customer=customer.id,
        sequence=tx.next_number("credit_checks"),
        subsidiary=connection.subsidiary,
        verdict=result.verdict.value,
        source=result.source,
        limit=result.limit,
        at=result.at,
        by=ports.actor.name,
    )
    tx.add_all([check])
    audit(
        tx,
        ports,
        "check_credit",
        customer.id,
        subsidiary=connection.subsidiary,
        connection=connection.id,
        verdict=check.verdict,
    )
    return check


def credit_history(ports: Ports, subsidiary: str, customer: str) -> tuple[CreditView, ...]:
    """Return every answer about *customer*, the newest first."""
    require(ports.actor, Right.READ, subsidiary)
    with ports.store.reading(ports.tenant) as tx:
        found = customers_of(tx, ports).get(customer)
        if found is None:
            raise NotFoundError(f"There is no customer {customer}.", where={"customer": customer})
        checks = [one for one in tx.find(CreditCheck, subsidiary=subsidiary) if one.customer == customer]
    checks.sort(key=lambda one: one.sequence, reverse=True)
    return tuple(_view(ports, one, found) for one in checks)


def _result(check: CreditCheck) -> CreditResult:
    return CreditResult(
        verdict=CreditVerdict(check.verdict), at=check.at, source=check.source, limit=check.limit
    )


def _view(ports: Ports, check: CreditCheck, customer: Customer) -> CreditView:
    return CreditView(
        customer=customer.id,
        customer_name=customer.name,
        subsidiary=check.subsidiary,
        connection=check.connection,
        verdict=check.verdict,
        at=check.at,
        source=check.source,
        limit=check.limit,
        stale=_result(check).stale(ports.clock.now(), ports.settings.stale_after_hours),
    )
