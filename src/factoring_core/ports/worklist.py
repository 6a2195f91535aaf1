"""Exceptions as a person works on them in a spreadsheet: lines out, and lines with decisions back."""

from attrs import frozen


@frozen(kw_only=True)
class WorkLine:
    """One open exception as a line to be worked on.

    ``amount_at_risk`` in cents.  ``about``: in words, what there is to know.  ``rows``: where it
    comes from.  ``seen`` stands for what the line was written from, and is checked when it comes back.
    """

    exception: str
    type: str
    severity: str
    subsidiary: str
    connection: str | None
    load: str | None
    amount_at_risk: int
    age_days: int
    about: str
    suggested: str
    resolutions: tuple[str, ...]
    rows: str
    seen: str


@frozen(kw_only=True)
class DecidedLine:
    """One line that came back, as it stands there; a blank cell is None, ``amount`` is in cents.

    ``row`` is the record's number with the header as 1, ``line`` the physical line or sheet row.
    """

    row: int
    line: int
    exception: str
    seen: str
    decision: str | None = None
    load: str | None = None
    batch: str | None = None
    amount: int | None = None
    count: str | None = None
    reason: str | None = None
