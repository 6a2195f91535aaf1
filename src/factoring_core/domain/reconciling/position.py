"""All money facts about one sale, as one value.

Amounts are integer cents of the sale's one currency.
"""

import datetime as dt
from enum import StrEnum

from attrs import frozen


class Ground(StrEnum):
    """On what ground the debtor's debt counts as done with."""

    PAID = "paid"
    ACCEPTED_SHORT = "accepted_short"
    CLOSED_BY_FACTOR = "closed_by_factor"
    BARE_LIST = "bare_list"
    AS_REPORTED = "as_reported"


@frozen(kw_only=True)
class Position:
    """One sale's money.

    ``open = face + adjustments − net_paid − written_off``.  ``purchased`` is the standing
    purchase amount, ``bought`` whether there is one, ``implied`` whether a payment stands for
    it; ``purchased_on`` is the day of the latest that stands.  ``late_paid``: payments that
    came after the sale had ended or was fully charged back; they count nowhere else.
    ``direct_open``: what a partial chargeback left to collect.
    """

    face: int
    adjustments: int = 0
    bought: bool = False
    implied: bool = False
    purchased: int = 0
    purchased_on: dt.date | None = None
    advanced: int = 0
    advanced_known: bool = False
    reserve_held: int = 0
    fees: int = 0
    paid: int = 0
    net_paid: int = 0
    rebated: int = 0
    charged_back: int = 0
    fully_charged_back: bool = False
    late_paid: int = 0
    written_off: int = 0
    direct_open: int = 0
    settled: Ground | None = None
    closed: bool = False
    last_paid_on: dt.date | None = None

    @property
    def open(self) -> int:
        """What the debtor still owes on it."""
        return self.face + self.adjustments - self.net_paid - self.written_off

    @property
    def shortage(self) -> int:
        """What is missing before anything is written off."""
        return self.face + self.adjustments - self.net_paid
