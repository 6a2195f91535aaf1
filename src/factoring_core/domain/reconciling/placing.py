"""Placing each fact: on a sale of this connection, on another invoice we know, or nowhere."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.evidence import EvidenceKey
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.findings import Candidate, ExceptionType
from factoring_core.domain.reconciling.matching import InvoiceIndex, KnownInvoice, Match, Miss
from factoring_core.domain.reconciling.posting import Decisions, latest
from factoring_core.domain.reconciling.sales import ORDER, choose_sale, sale_order
from factoring_core.domain.selling.batch import Assignment, BatchState
from factoring_core.domain.vocabulary.canonical import canonical_number
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.parties import InvoicingMethod
from factoring_core.domain.vocabulary.profile import EvidenceType

if TYPE_CHECKING:
    from factoring_core.domain.reconciling.world import Book


@frozen
class Placement:
    """Where one fact went: a sale with tier and fields, or the reason it went nowhere.

    ``tier`` 0 is a person's `assign`.
    """

    sale: str | None = None
    load: str | None = None
    invoice_number: str = ""
    tier: int = 0
    fields: tuple[str, ...] = ()
    miss: ExceptionType | None = None
    candidates: tuple[Candidate, ...] = ()


NOWHERE = Placement()
"""Money without an invoice: it belongs to the account."""


def invoice_subject(key: str) -> str:
    """Name an invoice key."""
    return f"invoice:{key}"


def place(
    book: "Book", connection: str, facts: Mapping[EvidenceKey, Fact], decisions: Decisions
) -> dict[EvidenceKey, Placement]:
    """Match every fact of one connection and choose its sale; sets ``sale`` on the facts."""
    sales = _sales_of(book, connection)
    index = InvoiceIndex(
        [_known_sale(sold) for sold in sales.values()], prefixes=book.subsidiary.invoice_prefixes
    )
    elsewhere: InvoiceIndex | None = None
    placed: dict[EvidenceKey, Placement] = {}
    found: dict[EvidenceKey, Match] = {}
    answers: dict[object, Match | Miss] = {}
    differing: list[Fact] = []

    for key, fact in facts.items():
        if fact.first.account:
            placed[key] = NOWHERE
            continue
        decision = latest(decisions, invoice_subject(key[1]), Resolution.ASSIGN, Resolution.NON_FACTORED)
        if decision is not None and decision.connection in (None, connection):
            placed[key] = _decided(decision, sales, book)
            continue
        seen = fact.attributes
        asked = (key[1], seen, fact.disputed)
        answer = answers.get(asked)
        if answer is None:
            answer = answers[asked] = index.match(key[1], seen, disputed=fact.disputed)
        if isinstance(answer, Match):
            found[key] = answer
            if seen.invoice_amount is not None and seen.invoice_amount != answer.invoice.face:
                differing.append(fact)
            continue
        if elsewhere is None:
            elsewhere = _elsewhere(book, connection, sales)
        placed[key] = _missed(answer, elsewhere.match(key[1], seen, disputed=fact.disputed))

    if differing:
        # Whether another invoice is still open must not depend on the rows in question.
        closed = _paid_up(found, facts, {id(fact) for fact in differing})
        for fact in differing:
            answer = index.match(
                fact.key[1],
                fact.attributes,
                disputed=fact.disputed,
                is_open=lambda invoice: id(invoice) not in closed,
            )
            if isinstance(answer, Miss):
                del found[fact.key]
                placed[fact.key] = _missed(answer, None)

    _choose_sales(found, facts, sales, placed)
    for key, fact in facts.items():
        fact.sale = placed[key].sale
    return placed


Sold = Mapping[tuple[str, str], list[Assignment]]


def _sales_of(book: "Book", connection: str) -> dict[tuple[str, str], list[Assignment]]:
    """Group the sales that a factor could know of by load and invoice number, in sale order."""
    sales: dict[tuple[str, str], list[Assignment]] = {}
    for sale in book.assignments:
        if sale.connection != connection:
            continue
        if sale.batch is not None:
            batch = book.batches[sale.batch]
            if batch.state is BatchState.CANCELLED or not batch.may_have_left:
                continue
        sales.setdefault((sale.load, sale.invoice_number), []).append(sale)
    for sold in sales.values():
        sold.sort(key=sale_order)
    return sales


def _known_sale(sold: Sequence[Assignment]) -> KnownInvoice:
    last = sold[-1]
    return KnownInvoice(
        last.load,
        last.invoice_number,
        last.canonical_number,
        last.face,
        last.currency,
        last.customer,
        last.customer_name,
        last.customer_mc_number,
        last.debtor_number,
        last.po_number,
        last.reference_number,
        "sold",
    )


def _elsewhere(book: "Book", connection: str, sales: Sold) -> InvoiceIndex:
    """Index every other invoice of the subsidiary, with where it is known from."""
    here = {load for load, _ in sales}
    others = {
        sale.load for sale in book.assignments if sale.connection != connection and _could_know(book, sale)
    }
    known = []
    for load in book.loads.values():
        if load.invoice is None or load.number in here:
            continue
        place_ = "other_provider" if load.number in others else "direct" if _is_direct(load) else "unsent"
        customer = book.customers.get(load.customer)
        known.append(
            KnownInvoice(
                load.number,
                load.invoice.number,
                canonical_number(load.invoice.number, book.subsidiary.invoice_prefixes),
                load.invoice.face,
                load.invoice.currency,
                load.customer,
                customer.name if customer else load.customer,
                customer.mc_number if customer else None,
                None,
                load.po_number,
                load.reference_number,
                place_,
            )
        )
    known += [
        _elsewhere_sold(sale)
        for sale in book.assignments
        if sale.connection != connection
        and sale.load not in here
        and _could_know(book, sale)
        and not _same_invoice(book.loads.get(sale.load), sale)
    ]
    return InvoiceIndex(known, prefixes=book.subsidiary.invoice_prefixes)


def _elsewhere_sold(sale: Assignment) -> KnownInvoice:
    invoice = _known_sale([sale])
    invoice.place = "other_provider"
    return invoice


def _same_invoice(load: Load | None, sale: Assignment) -> bool:
    return load is not None and load.invoice is not None and load.invoice.number == sale.invoice_number


def _could_know(book: "Book", sale: Assignment) -> bool:
    if sale.batch is None:
        return True
    batch = book.batches[sale.batch]
    return batch.state is not BatchState.CANCELLED and batch.may_have_left


def _is_direct(load: Load) -> bool:
    return load.sent_direct_on is not None or (
        load.method is not None and load.method.method is InvoicingMethod.DIRECT
    )


_PLACES = {
    "direct": ExceptionType.NON_FACTORED,
    "other_provider": ExceptionType.OTHER_PROVIDER,
    "unsent": ExceptionType.NEVER_SUBMITTED,
}


def _missed(here: Miss, elsewhere: Match | Miss | None) -> Placement:
    """Name the exception of a fact that no sale of the connection takes."""
    if isinstance(elsewhere, Match) and not here.ambiguous:
        invoice = elsewhere.invoice
        return Placement(
            load=invoice.load,
            invoice_number=invoice.number,
            tier=elsewhere.tier,
            fields=elsewhere.fields,
            miss=_PLACES[invoice.place],
        )
    ambiguous = here.ambiguous or (isinstance(elsewhere, Miss) and elsewhere.ambiguous)
    candidates = here.candidates or (elsewhere.candidates if isinstance(elsewhere, Miss) else ())
    kind = ExceptionType.AMBIGUOUS if ambiguous else ExceptionType.UNKNOWN_INVOICE
    return Placement(miss=kind, candidates=candidates)


def _decided(decision: Decision, sales: Sold, book: "Book") -> Placement:
    """Follow a person's decision; it is never moved by an import."""
    if decision.resolution is Resolution.NON_FACTORED:
        return Placement(miss=ExceptionType.NON_FACTORED)
    if decision.assignment is not None:
        for sold in sales.values():
            for sale in sold:
                if sale.id == decision.assignment:
                    return Placement(sale.id, sale.load, sale.invoice_number, 0, ("decision",))
    return Placement(load=decision.load, miss=ExceptionType.UNKNOWN_INVOICE)


def _paid_up(
    found: Mapping[EvidenceKey, Match], facts: Mapping[EvidenceKey, Fact], doubted: set[int]
) -> set[int]:
    """Return the invoices (by identity) whose face is covered by payments not in question."""
    paid: dict[int, int] = {}
    faces: dict[int, int] = {}
    for key, match in found.items():
        fact = facts[key]
        if id(fact) in doubted:
            continue
        sign = {EvidenceType.PAYMENT: 1, EvidenceType.PAYMENT_REVERSAL: -1}.get(fact.first.type, 0)
        if sign:
            paid[id(match.invoice)] = paid.get(id(match.invoice), 0) + sign * fact.amount
            faces[id(match.invoice)] = match.invoice.face
    return {invoice for invoice, amount in paid.items() if amount >= faces[invoice]}


def _choose_sales(
    found: Mapping[EvidenceKey, Match],
    facts: Mapping[EvidenceKey, Fact],
    sales: Sold,
    placed: dict[EvidenceKey, Placement],
) -> None:
    """Put each matched fact on one sale of its invoice, what is leaned on first."""
    several: list[EvidenceKey] = []
    for key, match in found.items():
        sold = sales[(match.invoice.load, match.invoice.number)]
        if len(sold) == 1:
            placed[key] = _on(sold[0], match)
        else:
            several.append(key)
    if not several:
        return
    held: dict[str, frozenset[EvidenceType]] = {}
    for group in ORDER:
        for key in several:
            if key[0] not in group:
                continue
            match = found[key]
            sold = sales[(match.invoice.load, match.invoice.number)]
            sale = choose_sale(sold, facts[key], held=_opened(sold, held), undated=_earliest_like(key, facts))
            placed[key] = _on(sale, match)
        for key in several:
            if key[0] in group and (id_ := placed[key].sale) is not None:
                held[id_] = held.get(id_, frozenset()) | {key[0]}


def _opened(
    sold: Sequence[Assignment], held: Mapping[str, frozenset[EvidenceType]]
) -> dict[str, frozenset[EvidenceType]]:
    """Add what the openings of these sales hold."""
    answer = {}
    for sale in sold:
        types = set(held.get(sale.id, ()))
        if sale.opening is not None and sale.opening.purchased:
            types.add(EvidenceType.PURCHASE)
        if sale.opening is not None and (sale.opening.paid or sale.opening.settled):
            types.add(EvidenceType.PAYMENT)
        answer[sale.id] = frozenset(types)
    return answer


def _earliest_like(key: EvidenceKey, facts: Mapping[EvidenceKey, Fact]) -> dt.date | None:
    """Return the earliest date seen with an undated fact's type, invoice, amount and reference."""
    if key[4] is not None:
        return None
    dates = [other[4] for other in facts if other[:4] == key[:4] and other[5] == key[5] and other[4]]
    return min(dates, default=None)


def _on(sale: Assignment, match: Match) -> Placement:
    return Placement(sale.id, sale.load, sale.invoice_number, match.tier, match.fields)
