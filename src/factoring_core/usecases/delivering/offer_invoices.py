"""Delivering a sealed batch to a factor's system: offer each invoice, give its packet, record the answer.

Before a question leaves, that it is asked is written down.  After any interruption the record
says of each invoice whether the factor may have it, and the table of `next_offer` what to do.
An invoice that the factor declines goes back to the queue with its reason; the others go on.
"""

from collections.abc import Mapping

from attrs import evolve

from factoring_core.domain.selling.batch import Batch, FileRole
from factoring_core.domain.selling.manifest import PLAIN, cells_of
from factoring_core.domain.selling.offering import Memory, OfferState, OfferStep, Sight, next_offer
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import (
    DeliveryInDoubtError,
    FactoringError,
    RefusedLoadsError,
    RemoteRefusedError,
    StoreCorruptError,
    UnreachableError,
)
from factoring_core.ports.factor_api import Declined, FactorApi, Offer, Taken
from factoring_core.ports.storage import OfferedInvoice
from factoring_core.usecases.delivering.fence import NotYetError
from factoring_core.usecases.delivering.offer_journal import Offering
from factoring_core.usecases.naming import batch_name
from factoring_core.usecases.ports import Ports

MOST_STEPS = 8
"""How many steps one invoice takes before it is left for a later attempt."""


def offer_all(offering: Offering, api: FactorApi, profile: ProviderProfile) -> FactoringError | None:
    """Bring every invoice of the batch to its end; return what kept some from it.

    Raises:
        LeaseLostError: another worker has taken over.
        UnreachableError, RemoteRefusedError, CredentialError: the rest waits for `resume`.
    """
    ports = offering.ports
    _wait_for_earlier(offering, api)
    cells = _cells(ports, offering.batch, profile)
    doubtful: list[str] = []
    for done, load in enumerate(list(offering.rows)):
        ports.progress("offering", done, len(offering.rows))
        if not _offer(offering, api, load, cells):
            doubtful.append(load)
    ports.progress("offering", len(offering.rows), len(offering.rows))
    name = batch_name(offering.batch)
    where = {"batch": name, "connection": offering.batch.connection}
    if doubtful:
        why = f"the factor may hold {', '.join(doubtful)}, and its system cannot be asked"
        offering.doubt(why)
        return DeliveryInDoubtError(
            f"Nobody knows whether all of batch {name} arrived: {why}.", where={**where, "loads": doubtful}
        )
    offering.deliver()
    if all(row.state == OfferState.DECLINED.value for row in offering.rows.values()):
        return RefusedLoadsError(f"The factor declined every invoice of batch {name}.", where=where)
    return None


def _wait_for_earlier(offering: Offering, api: FactorApi) -> None:
    """Let what an earlier worker asked come to its end where it could not be told apart from ours."""
    asked = any(row.state == OfferState.ASKED.value for row in offering.rows.values())
    if asked and api.memory is Memory.NONE and offering.hold.waits_for_earlier():
        raise NotYetError


def _cells(ports: Ports, batch: Batch, profile: ProviderProfile) -> Mapping[str, Mapping[str, str]]:
    """Read the sealed list: the cells of each invoice by header, by invoice number."""
    layout = profile.manifest or PLAIN
    number = next(one.header for one in layout.columns if one.source == "invoice_number")
    sealed = next(file for file in batch.files if file.role is FileRole.MANIFEST)
    return {row[number]: row for row in cells_of(layout, ports.blobs.get(sealed.sha256))}


def _offer(offering: Offering, api: FactorApi, load: str, cells: Mapping[str, Mapping[str, str]]) -> bool:
    """Take one invoice to its end; say whether that was possible.

    Raises:
        UnreachableError: it is left for a later attempt.
    """
    sight: Sight | None = None
    for _ in range(MOST_STEPS):
        offering.hold.beat()
        row = offering.rows[load]
        step = next_offer(OfferState(row.state), api.memory, sight)
        if step is OfferStep.DONE:
            return True
        if step is OfferStep.DOUBT:
            return False
        if step is OfferStep.ATTACH:
            offering.record(_filed(offering, api, row))
            continue
        offer = Offer(
            reference=row.reference,
            invoice_number=row.invoice_number,
            cells=_cells_of(cells, row.invoice_number, offering.batch),
        )
        if step is OfferStep.LOOK:
            found = api.find(offer)
            if isinstance(found, Taken):
                offering.record(_with(row, found))
            else:
                sight = found
            continue
        sight = None
        _ask(offering, api, offer, load)
    raise UnreachableError(
        f"Invoice {offering.rows[load].invoice_number} got no answer that can be understood.",
        where={"batch": batch_name(offering.batch), "load": load},
    )


def _ask(offering: Offering, api: FactorApi, offer: Offer, load: str) -> None:
    """Offer one invoice, and write down before it that it is asked and after it what was answered."""
    ports = offering.ports
    row = offering.rows[load]
    asked = evolve(row, state=OfferState.ASKED.value, first_asked_at=row.first_asked_at or ports.clock.now())
    offering.record(asked)
    if not offering.hold.may_publish():
        return  # writing it down took too long: renew, and look first
    try:
        answer = api.offer(offer)
        if isinstance(answer, Taken) and answer.already and row.first_asked_at is None:
            answer = _other_invoice(api, answer, offering.faces[load]) or answer
    except DeliveryInDoubtError:
        return  # the next step looks
    except FactoringError:
        # Nothing happened, so that nobody has to look.
        offering.record(row)
        raise
    if isinstance(answer, Taken):
        offering.record(_with(asked, answer))
    else:
        offering.record(
            evolve(asked, state=OfferState.DECLINED.value, code=answer.code, message=answer.message)
        )


def _filed(offering: Offering, api: FactorApi, row: OfferedInvoice) -> OfferedInvoice:
    """Give the packet of an invoice; one that is refused for good keeps nothing from being sold."""
    name, sha256 = _packet(offering.batch, row.load)
    try:
        api.attach(row.external_id, name, offering.ports.blobs.get(sha256))
    except RemoteRefusedError as refused:
        if refused.retryable:
            raise
        return evolve(row, state=OfferState.BARE.value, code=str(refused.code), message=refused.message)
    return evolve(row, state=OfferState.FILED.value)


def _other_invoice(api: FactorApi, taken: Taken, face: int) -> Declined | None:
    """Say whether what the system held before it was ever asked is another invoice of this number."""
    said = next((one for one in api.statuses([taken.external_id])), None)
    if said is None or said.amount in (None, face):
        return None
    held = decimal_text(said.amount or 0)
    return Declined(code="duplicate", message=f"it holds an invoice of this number already, of {held}")


def _with(row: OfferedInvoice, taken: Taken) -> OfferedInvoice:
    return evolve(
        row,
        state=OfferState.TAKEN.value,
        external_id=taken.external_id,
        schedule_number=taken.schedule_number,
    )


def _packet(batch: Batch, load: str) -> tuple[str, str]:
    found = next(file for file in batch.files if file.role is FileRole.PACKET and file.load == load)
    return found.name, found.sha256


def _cells_of(cells: Mapping[str, Mapping[str, str]], number: str, batch: Batch) -> Mapping[str, str]:
    found = cells.get(number)
    if found is None:
        raise StoreCorruptError(
            f"The sealed list of batch {batch_name(batch)} does not hold invoice {number}.",
            where={"batch": batch_name(batch)},
        )
    return found
