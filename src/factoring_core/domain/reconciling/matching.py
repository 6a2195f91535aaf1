"""Which invoice a report row means: four tiers, explained, deterministic, never guessing.

A tier hands on what it cannot answer uniquely; a veto ends the search.  Row order never
decides anything, and neither does whether a batch is known to have been delivered.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import TypeVar

from attrs import define, frozen

from factoring_core.domain.reconciling.evidence import NO_ATTRIBUTES, Attributes
from factoring_core.domain.reconciling.findings import Candidate
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.canonical import (
    canonical_number,
    canonical_reference,
    normal_mc,
    normal_name,
)

K = TypeVar("K")

_BY_NUMBER = ("invoice_number",)

_name = lru_cache(maxsize=65536)(normal_name)
_mc = lru_cache(maxsize=65536)(normal_mc)
_reference = lru_cache(maxsize=65536)(canonical_reference)


@define(eq=False, slots=True)
class KnownInvoice:
    """One invoice as matching sees it.

    ``face`` in cents.  ``place`` says where else it is known from; ``sold`` are its sales, in order.
    ``by_number`` keeps its match by exact number, which all rows of that number share.
    """

    load: str
    number: str
    canonical: str
    face: int
    customer: str
    customer_name: str
    mc_number: str | None
    debtor_number: str | None
    po_number: str | None
    reference_number: str | None
    place: str = ""
    sold: Sequence[Assignment] = ()
    by_number: "Match | None" = None


@frozen
class Match:
    """The one invoice a row means, by which tier, and the fields that agreed."""

    invoice: KnownInvoice
    tier: int
    fields: tuple[str, ...]


@frozen
class Miss:
    """No invoice: ``ambiguous`` when a tier had candidates or a veto fell, with each one's reason."""

    ambiguous: bool
    candidates: tuple[Candidate, ...] = ()


IsOpen = Callable[[KnownInvoice], bool]
Likeness = Callable[[str, str], float]
"""How alike two numbers look, from 0 to 1; it orders candidates and never decides."""

NEAR = 20_000
"""Among more invoices than these, numbers that differ in one sign are not looked for."""


def by_blocks(one: str, other: str) -> float:
    """Compare by common blocks, with the standard library alone."""
    from difflib import SequenceMatcher

    return SequenceMatcher(a=one.casefold(), b=other.casefold(), autojunk=False).ratio()


class InvoiceIndex:
    """Finds invoices by number, canonical number, load or PO, and amount."""

    def __init__(
        self,
        invoices: Iterable[KnownInvoice],
        *,
        prefixes: tuple[str, ...] = (),
        likeness: Likeness = by_blocks,
    ) -> None:
        self.prefixes, self._likeness = prefixes, likeness
        self._invoices = list(invoices)
        # A load that is not invoiced yet may have no number.
        self._exact = _grouped((one.number, one) for one in self._invoices if one.number)

    # Most rows name their invoice exactly, so the other indexes are often never asked for.

    @cached_property
    def _canonical(self) -> dict[str, list[KnownInvoice]]:
        return _grouped((one.canonical, one) for one in self._invoices if one.number)

    @cached_property
    def _near(self) -> dict[str, list[KnownInvoice]]:
        # Two numbers that differ in one sign, or in two that changed places, have a shortening in common.
        few = self._invoices if len(self._invoices) <= NEAR else ()
        numbered = sorted((one for one in few if one.number), key=_by_name)
        return _grouped((short, one) for one in numbered for short in _shortened(one.canonical))

    @cached_property
    def _loads(self) -> dict[str, list[KnownInvoice]]:
        return _grouped((paper, one) for one in self._invoices for paper in _papers(one))

    @cached_property
    def _faces(self) -> dict[int, list[KnownInvoice]]:
        # In an order of their own: which of several is named in a reason must not depend on arrival.
        return _grouped((one.face, one) for one in sorted(self._invoices, key=_by_name))

    def invoice(self, load: str, number: str) -> KnownInvoice:
        """Return the invoice *number* of *load*, which must be known."""
        return next(one for one in self._exact[number] if one.load == load)

    def match(
        self,
        key: str,
        seen: Attributes,
        *,
        disputed: frozenset[str] = frozenset(),
        is_open: IsOpen | None = None,
    ) -> Match | Miss:
        """Find the invoice that *key* and the row's other cells name.

        Args:
            key: The invoice key of the row.
            seen: The merged attributes.
            disputed: Attributes on which copies of the row disagree.
            is_open: Whether an invoice could still be what a differing amount means; without
                it, the veto by another open invoice is left out.
        """
        exact = self._exact.get(key, ())
        if len(exact) == 1 and (seen == NO_ATTRIBUTES or self._veto(exact[0], seen, is_open) is None):
            return exact[0].by_number or _remembered(exact[0])
        had: list[tuple[KnownInvoice, str]] = []
        for tier, attempt in ((1, self._by_number), (2, self._by_canonical), (3, self._by_load)):
            found = attempt(key, seen, disputed)
            if len(found) == 1:
                invoice, fields = found[0]
                veto = self._veto(invoice, seen, is_open)
                if veto is None:
                    return Match(invoice, tier, fields)
                return Miss(True, self._explained([(invoice, veto)], key, seen))
            had += [(invoice, f"one of {len(found)} that fit equally") for invoice, _ in found]
        return Miss(bool(had), self._explained(had, key, seen))

    def _by_number(
        self, key: str, seen: Attributes, disputed: frozenset[str]
    ) -> list[tuple[KnownInvoice, tuple[str, ...]]]:
        return [(invoice, _BY_NUMBER) for invoice in self._exact.get(key, ())]

    def _by_canonical(
        self, key: str, seen: Attributes, disputed: frozenset[str]
    ) -> list[tuple[KnownInvoice, tuple[str, ...]]]:
        if not key or key.startswith(("po:", "load:")):
            return []
        found = []
        for invoice in self._canonical.get(canonical_number(key, self.prefixes), ()):
            agrees = (
                ("invoice_amount",) if seen.invoice_amount is not None else _agreeing_debtor(invoice, seen)
            )
            if agrees and (seen.invoice_amount is None or seen.invoice_amount == invoice.face):
                found.append((invoice, ("canonical_number", *agrees)))
        return found

    def _by_load(
        self, key: str, seen: Attributes, disputed: frozenset[str]
    ) -> list[tuple[KnownInvoice, tuple[str, ...]]]:
        if seen.invoice_amount is None or disputed & {"load_number", "po_number", "customer"}:
            return []
        found: dict[int, tuple[KnownInvoice, tuple[str, ...]]] = {}
        number = canonical_number(key, self.prefixes)
        for name, text in (("load_number", seen.load_number), ("po_number", seen.po_number)):
            for invoice in self._loads.get(_reference(text), ()):
                if _revises(number, invoice):
                    continue
                if invoice.face == seen.invoice_amount and not _other_name(invoice, seen):
                    found.setdefault(id(invoice), (invoice, (name, "invoice_amount")))
        return list(found.values())

    def _veto(self, invoice: KnownInvoice, seen: Attributes, is_open: IsOpen | None) -> str | None:
        """Say why a unique candidate is still not to be taken, or None."""
        contradiction = another_debtor(invoice.debtor_number, invoice.mc_number, seen)
        if contradiction is not None:
            return contradiction
        if seen.invoice_amount is None or seen.invoice_amount == invoice.face:
            return None
        if _other_name(invoice, seen):
            return "the invoice amount and the customer are others"
        if _other_load(invoice, seen):
            return "the invoice amount and the load or PO are others"
        for other in self._canonical.get(invoice.canonical, ()):
            if other is not invoice and other.face == seen.invoice_amount:
                return f"{other.number}, the same number spelled otherwise, has exactly that amount"
        if is_open is not None:
            for other in self._faces.get(seen.invoice_amount, ()):
                if other is not invoice and _same_debtor(other, invoice, seen) and is_open(other):
                    return f"another open invoice, {other.number}, has exactly that amount with that debtor"
        return None

    def _explained(
        self, had: list[tuple[KnownInvoice, str]], key: str, seen: Attributes
    ) -> tuple[Candidate, ...]:
        """List the invoices that came close, each with the reason it was not taken."""
        reasons = {id(invoice): (invoice, reason) for invoice, reason in reversed(had)}
        number = canonical_number(key, self.prefixes)
        for invoice in self._canonical.get(number, ()) if key else ():
            reasons.setdefault(
                id(invoice), (invoice, "the number is spelled otherwise and nothing else agrees")
            )
        for text in (seen.load_number, seen.po_number):
            for invoice in self._loads.get(_reference(text), ()):
                reason = "the load or PO agrees, the amount or customer does not"
                if _revises(number, invoice):
                    reason = "the load or PO agrees, but the number is that of a credit or revision of it"
                reasons.setdefault(id(invoice), (invoice, reason))
        if seen.invoice_amount is not None:
            for invoice in self._faces.get(seen.invoice_amount, ())[:20]:
                if _agreeing_debtor(invoice, seen):
                    reasons.setdefault(id(invoice), (invoice, "amount and debtor agree, the number does not"))
        if key and not key.startswith(("po:", "load:")):
            reason = f"the number is almost the same, and almost is not enough{_strange_letters(key)}"
            for short in sorted(_shortened(canonical_number(key, self.prefixes))):
                for invoice in self._near.get(short, ())[:20]:
                    reasons.setdefault(id(invoice), (invoice, reason))
        ranked = sorted(
            reasons.values(),
            key=lambda pair: (-self._likeness(key, pair[0].number), pair[0].number, pair[0].load),
        )
        return tuple(
            Candidate(load=invoice.load, invoice_number=invoice.number, reason=reason)
            for invoice, reason in ranked[:5]
        )


_REVISION = re.compile(r"(cr|cm|dm|r|rb|rev)[0-9]*").fullmatch


def _revises(number: str, invoice: KnownInvoice) -> bool:
    """Say whether a canonical number is the invoice's with an ending that marks a credit or a revision.

    Such a paper is about the same load, often for the same amount, and is another invoice all the same.
    """
    own = invoice.canonical
    return bool(own) and number.startswith(own) and _REVISION(number[len(own) :]) is not None


def another_debtor(debtor_number: str | None, mc_number: str | None, seen: Attributes) -> str | None:
    """Say why a row's debtor cannot be the one with these numbers, or None."""
    if seen.debtor_number and debtor_number:
        if _reference(seen.debtor_number) != _reference(debtor_number):
            return "the debtor number is another"
    # "N/A" is no number and contradicts none.
    if seen.mc_number and mc_number:
        if _mc(seen.mc_number) and _mc(mc_number) not in ("", _mc(seen.mc_number)):
            return "the MC number is another"
    return None


def _remembered(invoice: KnownInvoice) -> Match:
    invoice.by_number = Match(invoice, 1, _BY_NUMBER)
    return invoice.by_number


def _by_name(invoice: KnownInvoice) -> tuple[str, str]:
    return (invoice.number, invoice.load)


def _grouped(pairs: Iterable[tuple[K, KnownInvoice]]) -> dict[K, list[KnownInvoice]]:
    groups: dict[K, list[KnownInvoice]] = {}
    for name, invoice in pairs:
        groups.setdefault(name, []).append(invoice)
    return groups


def _papers(invoice: KnownInvoice) -> set[str]:
    return papers(invoice.load, invoice.po_number, invoice.reference_number)


def papers(*texts: str | None) -> set[str]:
    """Return what may be called the load or PO number of an invoice; factors mix these columns up.

    A text of blanks alone is none.
    """
    return {_reference(text) for text in texts if text} - {""}


def _shortened(number: str) -> set[str]:
    """Return *number* itself and with each of its signs left out; nothing where too little would be left."""
    if not 4 <= len(number) <= 32:
        return set()
    return {number, *(number[:at] + number[at + 1 :] for at in range(len(number)))}


def _strange_letters(key: str) -> str:
    """Name the letters of *key* that look like others and are not."""
    found = sorted({f"U+{ord(letter):04X}" for letter in key if not letter.isascii()})
    return f"; it holds {', '.join(found)}" if found else ""


def _agreeing_debtor(invoice: KnownInvoice, seen: Attributes) -> tuple[str, ...]:
    if seen.debtor_number and invoice.debtor_number:
        if _reference(seen.debtor_number) == _reference(invoice.debtor_number):
            return ("debtor_number",)
    if seen.mc_number and invoice.mc_number and _mc(seen.mc_number):
        if _mc(seen.mc_number) == _mc(invoice.mc_number):
            return ("mc_number",)
    if seen.customer and invoice.customer_name and _name(seen.customer) == _name(invoice.customer_name):
        return ("customer",)
    return ()


def _other_name(invoice: KnownInvoice, seen: Attributes) -> bool:
    return bool(
        seen.customer and invoice.customer_name and _name(seen.customer) != _name(invoice.customer_name)
    )


def _other_load(invoice: KnownInvoice, seen: Attributes) -> bool:
    """Say whether the row names a load or PO that is neither of the invoice's."""
    known = {"", *_papers(invoice)}
    load_differs = _reference(seen.load_number) not in known
    order_differs = bool(invoice.po_number) and _reference(seen.po_number) not in known
    return load_differs or order_differs


def _same_debtor(other: KnownInvoice, invoice: KnownInvoice, seen: Attributes) -> bool:
    # By now the row's debtor contradicts nothing about *invoice*, so its customer is meant as well.
    return other.customer == invoice.customer or bool(_agreeing_debtor(other, seen))
