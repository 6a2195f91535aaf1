"""What a factor says about a customer's credit, and how long that counts."""

import datetime as dt
from enum import Enum

from attrs import frozen


class CreditVerdict(Enum):
    """The three answers; unknown is one of them and no failure."""

    APPROVED = "approved"
    DECLINED = "declined"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class CreditResult:
    """One credit check: the answer, when and where it came from.

    ``limit`` in cents: what the factor would carry for this customer, where it says so.
    """

    verdict: CreditVerdict
    at: dt.datetime
    source: str
    limit: int | None = None

    def stale(self, now: dt.datetime, hours: int) -> bool:
        """Say whether the answer is older than *hours*; one of exactly that age still counts."""
        return now - self.at > dt.timedelta(hours=hours)


@frozen(kw_only=True)
class CreditAnswer:
    """What the factor of *connection* said of a customer, by id, and when."""

    connection: str
    customer: str
    verdict: CreditVerdict
    at: dt.datetime
