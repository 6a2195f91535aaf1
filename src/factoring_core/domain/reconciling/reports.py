"""A report as it was accepted: where it came from, what it says, and whether it still counts."""

import datetime as dt
from enum import Enum

from attrs import frozen

from factoring_core.domain.vocabulary.profile import ReportKind


class ReportOutcome(Enum):
    """What became of a report that was given to us."""

    APPLIED = "applied"
    ALREADY_APPLIED = "already_applied"
    PREVIEW = "preview"
    UNDONE = "undone"
    ALREADY_UNDONE = "already_undone"
    REFUSED = "refused"


@frozen(kw_only=True)
class Report:
    """One accepted report.  Its raw bytes and its result are in the blob store.

    ``id`` derives from ``digest``, the canonical content, so the same report always has the
    same id.  ``batch``: the batch that a complete-list report claims.  ``voided_at``: it no
    longer counts.  ``sequence``: order of acceptance, for display only.
    """

    id: str
    digest: str
    raw_sha256: str
    file_name: str
    subsidiary: str
    connection: str | None
    provider: str
    kind: ReportKind
    layout: str
    verified: bool
    repeats_legal: bool
    complete_list: bool
    batch: str | None
    rows: int
    sequence: int
    applied_at: dt.datetime
    applied_by: str
    result_sha256: str | None = None
    voided_at: dt.datetime | None = None
    voided_by: str | None = None
    void_reason: str | None = None
    replaced_by: str | None = None

    @property
    def live(self) -> bool:
        """Whether the report counts."""
        return self.voided_at is None


def report_id(digest: str) -> str:
    """Derive the id that people and scripts use from the canonical digest."""
    return f"rep-{digest[:16]}"
