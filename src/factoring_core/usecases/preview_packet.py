"""Looking at the packet of one load before it is sealed."""

from factoring_core.domain.vocabulary.load import DocumentKind
from factoring_core.domain.vocabulary.parties import InvoicingMethod
from factoring_core.errors import DocumentError
from factoring_core.usecases.accounts import account_of
from factoring_core.usecases.books import customers_of, subsidiary_of
from factoring_core.usecases.days import local_day
from factoring_core.usecases.naming import find_load
from factoring_core.usecases.packets import bind_packet
from factoring_core.usecases.ports import Ports


def preview_packet(ports: Ports, name: str) -> bytes:
    """Bind the packet of a load as it would be sealed today; a direct invoice carries no notice.

    Raises:
        DocumentError: there is nothing to bind, or a paper cannot be sent.
        NotFoundError, AmbiguousNameError: the name fits none or several.
    """
    with ports.store.reading(ports.tenant) as tx:
        load = find_load(tx, ports, name)
        customer = customers_of(tx, ports).get(load.customer)
        account = account_of(tx, ports, load.subsidiary)
    subsidiary = subsidiary_of(ports, load.subsidiary)
    drawn = subsidiary.generate_invoices and load.invoice is not None
    if not load.documents and not drawn:
        raise DocumentError(
            f"Load {load.number} has no documents.",
            code="missing_document",
            remedy=f"Import its {', '.join(kind.value for kind in DocumentKind)} files.",
            where={"load": load.number},
        )
    direct = load.method is not None and load.method.method is InvoicingMethod.DIRECT
    today = local_day(ports.clock.now(), subsidiary)
    notice = account.connection.notice_on(today) if account.connection is not None and not direct else None
    packet = bind_packet(
        ports,
        load,
        customer=customer,
        subsidiary=subsidiary,
        notice=notice.text if notice is not None else None,
    )
    return packet.content
