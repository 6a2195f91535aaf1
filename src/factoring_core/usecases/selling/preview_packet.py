"""Looking at the packet of one load before it is sealed."""

from factoring_core.domain.selling.documents import MISSING
from factoring_core.domain.selling.invoicing import resolve_method
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.parties import InvoicingMethod
from factoring_core.errors import DocumentError
from factoring_core.usecases.accounts import account_of
from factoring_core.usecases.books import customers_of, subsidiary_of
from factoring_core.usecases.days import local_day
from factoring_core.usecases.naming import find_load
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.selling.packets import Wanted, bind_packet


def preview_packet(ports: Ports, name: str) -> bytes:
    """Bind the packet of a load as it would be sealed now; a direct invoice carries no notice.

    Raises:
        DocumentError: there is nothing to bind, or a paper or the notice cannot be sent.
        NotFoundError, AmbiguousNameError: the name fits none or several.
    """
    require(ports.actor, Right.READ)
    with ports.store.reading(ports.tenant) as tx:
        load = find_load(tx, ports, name)
        subsidiary = subsidiary_of(ports, load.subsidiary)
        customer = customers_of(tx, ports).get(load.customer)
        account = account_of(tx, ports, load.subsidiary)
    method = load.method or resolve_method(load, customer, subsidiary)
    notice = None
    if method.method is InvoicingMethod.FACTORING and account.connection is not None:
        notice = account.connection.notice_on(local_day(ports.clock.now(), subsidiary))
    wanted = Wanted(
        load=load,
        customer=customer,
        subsidiary=subsidiary,
        notice=notice.text if notice is not None else None,
        connection=account.connection,
        profile=account.profile,
    )
    if wanted.empty:
        raise DocumentError(
            f"Load {load.number} has no documents.",
            code="missing_document",
            remedy=f"Import its {', '.join(kind.value for kind in MISSING)} files.",
            where={"load": load.number},
        )
    return bind_packet(ports, wanted).content
