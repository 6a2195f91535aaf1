"""What becomes of an invoice at a factor: decided by a seed when it is taken, and told as time goes by."""

import datetime as dt
from decimal import Decimal
from random import Random

from attrs import frozen

from factoring_core.domain.vocabulary.money import Money
from factoring_core.testing.factor.batches import TakenInvoice


@frozen(kw_only=True)
class Contract:
    """What was agreed with a factor, and how its debtors behave.

    ``advance`` and ``fee`` are shares of the face amount; what remains is held in reserve until the
    customer has paid in full.  ``recourse_days``: after how many days from the purchase an invoice
    that nobody paid is charged back.  ``decides_after`` and ``pays_after``: fewest and most days.
    ``denies``, ``holds``, ``pays_short``, ``pays_in_two`` and ``never_pays`` are shares of all invoices.
    """

    advance: Decimal = Decimal("0.90")
    fee: Decimal = Decimal("0.03")
    recourse_days: int = 90
    decides_after: tuple[int, int] = (1, 2)
    pays_after: tuple[int, int] = (20, 45)
    denies: float = 0.04
    holds: float = 0.06
    pays_short: float = 0.05
    pays_in_two: float = 0.05
    never_pays: float = 0.03


GOOD = Contract(denies=0, holds=0, pays_short=0, pays_in_two=0, never_pays=0)
"""A factor with whom nothing goes wrong."""


@frozen(kw_only=True)
class Happening:
    """One thing that happens to one invoice; ``amount`` and ``released`` (of the reserve) in cents.

    ``kind``: purchased, held, denied, paid or charged_back.
    """

    invoice: TakenInvoice
    kind: str
    on: dt.date
    schedule: str
    amount: int = 0
    reference: str = ""
    released: int | None = None


def fate_of(
    invoice: TakenInvoice, contract: Contract, *, taken: dt.date, schedule: str, seed: str
) -> tuple[Happening, ...]:
    """Return everything that will happen to one invoice; the same for the same seed and number."""
    chance = Random(f"{seed}\n{invoice.number}")
    decided = taken + dt.timedelta(days=chance.randint(*contract.decides_after))

    def happening(kind: str, on: dt.date, amount: int = 0, released: int | None = None) -> Happening:
        reference = "" if kind in ("held", "denied", "purchased") else str(chance.randint(100_000, 999_999))
        return Happening(
            invoice=invoice,
            kind=kind,
            on=on,
            schedule=schedule,
            amount=amount,
            reference=reference,
            released=released,
        )

    found: list[Happening] = []
    draw = chance.random()
    if draw < contract.denies:
        return (happening("denied", decided),)
    if draw < contract.denies + contract.holds:
        found.append(happening("held", decided))
        decided += dt.timedelta(days=chance.randint(2, 6))
    found.append(happening("purchased", decided, invoice.face))
    paid = decided + dt.timedelta(days=chance.randint(*contract.pays_after))
    kept = sum(Money(invoice.face).share(rate).cents for rate in (contract.advance, contract.fee))
    rest = invoice.face - kept
    shares = (contract.never_pays, contract.pays_short, contract.pays_in_two)
    ways = ("never", "short", "two", "full")
    [way] = chance.choices(ways, weights=(*shares, max(0.0, 1 - sum(shares))))
    if way == "never":
        found.append(
            happening("charged_back", decided + dt.timedelta(days=contract.recourse_days), invoice.face)
        )
    elif way == "short":
        found.append(happening("paid", paid, invoice.face - max(1, invoice.face // 20)))
    elif way == "two":
        half = invoice.face // 2
        found.append(happening("paid", paid, half))
        later = paid + dt.timedelta(days=chance.randint(3, 12))
        found.append(happening("paid", later, invoice.face - half, rest))
    else:
        found.append(happening("paid", paid, invoice.face, rest))
    return tuple(found)
