"""Frames, measures and pictures for notebooks (extras ``pandas`` and ``notebook``).

Importing it gives values an HTML view for notebooks; the first frame teaches pandas ``money``.
"""

from factoring_core.analysis.frames import Frames, frames
from factoring_core.analysis.nearest import nearest
from factoring_core.analysis.policy import Policy
from factoring_core.analysis.reconcile import reconcile
from factoring_core.analysis.reconciliation import Reconciliation
from factoring_core.analysis.schemas import RECONCILIATION, SCHEMAS
from factoring_core.analysis.showing import rich

rich()

__all__ = [
    "RECONCILIATION",
    "SCHEMAS",
    "Frames",
    "Policy",
    "Reconciliation",
    "frames",
    "nearest",
    "reconcile",
]
