"""Placing each fact: on a sale of this connection, on another invoice we know, or nowhere."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from factoring_core.domain.reconciling.balance import opening_paid
from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.evidence import EvidenceKey
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.findings import Candidate, ExceptionType
from factoring_core.domain.reconciling.known_sales import Sold, elsewhere_of, known_sale, sales_of
from factoring_core.domain.reconciling.matching import InvoiceIndex, IsOpen, Match, Miss
from factoring_core.domain.reconciling.posting import Decisions
from factoring_core.domain.reconciling.sales import ORDER, choose_sale, sale_order
from factoring_core.domain.selling.batch import Assignment
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


SALE = "assignment:"
"""How the subject of a sale begins."""

NOWHERE = Placement()
"""Money without an invoice: it belongs to the account."""


def invoice_subject(key: str) -> str:
    """Name an invoice key."""
    return f"invoice:{key}"


def place(
    book: "Book", connection: str, facts: Mapping[EvidenceKey, Fact], decisions: Decisions
) -> dict[EvidenceKey, Placement]:
    """Match every fact of one connection and choose its sale; sets ``sale`` on the facts."""
    sales = sales_of(book, connection)
    index = InvoiceIndex(
        [known_sale(sold) for sold in sales.values()],
        prefixes=book.subsidiary.invoice_prefixes,
        likeness=book.likeness,
    )
    elsewhere: InvoiceIndex | None = None
    placed: dict[EvidenceKey, Placement] = {}
    found: dict[EvidenceKey, Match] = {}
    differing: list[Fact] = []
    by_load: dict[int, list[EvidenceKey]] = {}
    decided = _by_invoice_key(decisions, connection)

    for key, fact in facts.items():
        if fact.first.account:
            placed[key] = NOWHERE
            continue
        decision = _said_of(decided.get(key[1], ()), fact)
        if decision is not None:
            chosen = _decided(decision, sales, index)
            if isinstance(chosen, Match):
                found[key] = chosen
            else:
                placed[key] = chosen
            continue
        seen = fact.attributes
        answer = index.match(key[1], seen, disputed=fact.disputed)
        if isinstance(answer, Match):
            if answer.tier == 3:
                by_load.setdefault(id(answer.invoice), []).append(key)
            elif seen.invoice_amount is not None and seen.invoice_amount != answer.invoice.face:
                differing.append(fact)
            elif len(answer.invoice.sold) == 1:
                # As nearly always: nothing that comes below could move it.
                placed[key] = _on(answer.invoice.sold[0], answer)
                continue
            found[key] = answer
            continue
        if elsewhere is None:
            elsewhere = elsewhere_of(book, connection, sales)
        placed[key] = _missed(answer, elsewhere.match(key[1], seen, disputed=fact.disputed))

    for keys in by_load.values():
        if len({key[1] for key in keys}) > 1:
            # Two different numbers cannot both mean the invoice of one load.
            for key in keys:
                placed[key] = _several_keys(found.pop(key))
    if differing:
        # Whether another invoice is still open must not depend on the rows in question.
        doubted = {id(fact) for fact in differing}
        paid = _paid_up(index, sales, found, placed, facts, doubted)
        bought = _bought(index, sales, found, placed, facts, doubted)
        for fact in differing:
            done = paid if fact.first.type in OF_PAYMENTS else bought
            answer = index.match(
                fact.key[1],
                fact.attributes,
                disputed=fact.disputed,
                is_open=_none_of(done),
            )
            if isinstance(answer, Miss):
                del found[fact.key]
                placed[fact.key] = _missed(answer, None)

    claims = {report.id: report.batch for report in book.reports.values() if report.batch is not None}
    _choose_sales(found, facts, placed, claims)
    _move_assigned(decisions, connection, facts, placed, sales)
    for key, fact in facts.items():
        fact.sale = placed[key].sale
    return placed


OF_PAYMENTS = frozenset(
    {
        EvidenceType.PAYMENT,
        EvidenceType.PAYMENT_REVERSAL,
        EvidenceType.REBATE,
        EvidenceType.REBATE_REVERSAL,
    }
)
"""What can only mean an invoice that is still to be paid; everything else one that is to be bought."""

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


PLACING = (Resolution.ASSIGN, Resolution.NON_FACTORED)


def _by_invoice_key(decisions: Decisions, connection: str) -> dict[str, list[Decision]]:
    """Return what persons said of the invoice keys of this connection, the last first."""
    said = {}
    for subject, made in decisions.items():
        if subject.startswith(invoice_subject("")):
            found = [one for one in made if one.resolution in PLACING]
            found = [one for one in found if one.connection in (None, connection)]
            if found:
                said[subject.removeprefix(invoice_subject(""))] = found[::-1]
    return said


def _said_of(decisions: Sequence[Decision], fact: Fact) -> Decision | None:
    """Return the decision that holds for *fact*.

    A number means the same whenever it comes; what a row without one means was said of that row only.
    """
    if fact.key[1]:
        return decisions[0] if decisions else None
    return next((one for one in decisions if fact.text in one.judged), None)


def _several_keys(match: Match) -> Placement:
    invoice = match.invoice
    reason = "several numbers that we do not know name its load or PO"
    candidate = Candidate(load=invoice.load, invoice_number=invoice.number, reason=reason)
    return Placement(miss=ExceptionType.AMBIGUOUS, candidates=(candidate,))


def _decided(decision: Decision, sales: Sold, index: InvoiceIndex) -> Placement | Match:
    """Follow a person's decision; it is never moved by an import.

    A decision that names no sale leaves its choice, among those of the load, to the dates.
    """
    if decision.resolution is Resolution.NON_FACTORED:
        return Placement(miss=ExceptionType.NON_FACTORED)
    sold = [sale for same in sales.values() for sale in same]
    if decision.assignment is not None:
        for sale in sold:
            if sale.id == decision.assignment:
                return Placement(sale.id, sale.load, sale.invoice_number, 0, ("decision",))
    elif of_load := [sale for sale in sold if sale.load == decision.load]:
        last = max(of_load, key=sale_order)
        return Match(index.invoice(last.load, last.invoice_number), 0, ("decision",))
    return Placement(load=decision.load, miss=ExceptionType.UNKNOWN_INVOICE)


def _none_of(done: set[int]) -> IsOpen:
    return lambda invoice: id(invoice) not in done


def _paid_up(
    index: InvoiceIndex,
    sales: Sold,
    found: Mapping[EvidenceKey, Match],
    placed: Mapping[EvidenceKey, Placement],
    facts: Mapping[EvidenceKey, Fact],
    doubted: set[int],
) -> set[int]:
    """Return the invoices (by identity) whose face is covered by payments not in question.

    No further payment can mean them.
    """
    paid: dict[tuple[str, str], int] = {}
    for name, sold in sales.items():
        for sale in sold:
            if sale.opening is not None:
                paid[name] = paid.get(name, 0) + (opening_paid(sale.opening, sale.face) or 0)
    for key, fact in facts.items():
        sign = {EvidenceType.PAYMENT: 1, EvidenceType.PAYMENT_REVERSAL: -1}.get(fact.first.type, 0)
        if sign and id(fact) not in doubted:
            name_ = _named(key, found, placed)
            if name_ is not None:
                paid[name_] = paid.get(name_, 0) + sign * fact.amount
    invoices = {name: index.invoice(*name) for name in paid}
    return {id(invoice) for name, invoice in invoices.items() if paid[name] >= invoice.face}


def _bought(
    index: InvoiceIndex,
    sales: Sold,
    found: Mapping[EvidenceKey, Match],
    placed: Mapping[EvidenceKey, Placement],
    facts: Mapping[EvidenceKey, Fact],
    doubted: set[int],
) -> set[int]:
    """Return the invoices (by identity) that a purchase not in question names.

    No purchase in question can mean them, whether or not they are paid.
    """
    names = {
        name
        for name, sold in sales.items()
        if any(sale.opening is not None and sale.opening.purchased for sale in sold)
    }
    for key, fact in facts.items():
        if fact.first.type is EvidenceType.PURCHASE and id(fact) not in doubted:
            name_ = _named(key, found, placed)
            names |= {name_} if name_ is not None else set()
    return {id(index.invoice(*name)) for name in names}


def _named(
    key: EvidenceKey, found: Mapping[EvidenceKey, Match], placed: Mapping[EvidenceKey, Placement]
) -> tuple[str, str] | None:
    """Return load and number of the invoice that a fact was matched to so far."""
    if key in found:
        return (found[key].invoice.load, found[key].invoice.number)
    place_ = placed[key]
    return (place_.load or "", place_.invoice_number) if place_.sale is not None else None


def _choose_sales(
    found: Mapping[EvidenceKey, Match],
    facts: Mapping[EvidenceKey, Fact],
    placed: dict[EvidenceKey, Placement],
    claims: Mapping[str, str],
) -> None:
    """Put each matched fact on one sale of its invoice, what is leaned on first."""
    several: list[EvidenceKey] = []
    for key, match in found.items():
        sold = match.invoice.sold
        if len(sold) == 1:
            placed[key] = _on(sold[0], match)
        else:
            several.append(key)
    if not several:
        return
    alike = _alike(several, found)
    held: dict[str, frozenset[EvidenceType]] = {}
    for group in ORDER:
        for key in several:
            if key[0] not in group:
                continue
            match = found[key]
            sold = match.invoice.sold
            sale = choose_sale(
                sold,
                facts[key],
                held=_opened(sold, held),
                undated=alike.get(_apart_from_date(key, found[key])),
                claimed=frozenset(claims[copy.report] for copy in facts[key].copies if copy.report in claims),
            )
            placed[key] = _on(sale, match)
        for key in several:
            if key[0] in group and (id_ := placed[key].sale) is not None:
                held[id_] = held.get(id_, frozenset()) | {key[0]}


def _move_assigned(
    decisions: Decisions,
    connection: str,
    facts: Mapping[EvidenceKey, Fact],
    placed: dict[EvidenceKey, Placement],
    sales: Sold,
) -> None:
    """Move what a person assigned from one sale to another: the facts that were judged, and no others."""
    moved: dict[str, list[Decision]] = {}
    for subject, made in decisions.items():
        if subject.startswith(SALE):
            found = [one for one in made if one.resolution is Resolution.ASSIGN]
            found = [one for one in found if one.connection in (None, connection)]
            if found:
                moved[subject.removeprefix(SALE)] = found[::-1]
    if not moved:
        return
    known = {sale.id: sale for sold in sales.values() for sale in sold}
    for key, fact in facts.items():
        said = moved.get(placed[key].sale or "", ())
        decision = next((one for one in said if fact.text in one.judged), None)
        if decision is not None and decision.assignment in known:
            sale = known[decision.assignment]
            placed[key] = Placement(sale.id, sale.load, sale.invoice_number, 0, ("decision",))


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


Alike = tuple[EvidenceType, int | None, str, str, int]


def _apart_from_date(key: EvidenceKey, match: Match) -> Alike:
    return (key[0], key[2], key[3], key[5], id(match.invoice))


def _alike(keys: Iterable[EvidenceKey], found: Mapping[EvidenceKey, Match]) -> dict[Alike, dt.date]:
    """Return the earliest date seen with each type, amount and reference of an invoice."""
    earliest: dict[Alike, dt.date] = {}
    for key in keys:
        if key[4] is not None:
            name = _apart_from_date(key, found[key])
            earliest[name] = min(key[4], earliest.get(name, key[4]))
    return earliest


def _on(sale: Assignment, match: Match) -> Placement:
    return Placement(sale.id, sale.load, sale.invoice_number, match.tier, match.fields)
