"""Frames, measures and pictures for notebooks (extras ``pandas`` and ``notebook``).

Importing it teaches pandas the ``money`` accessor when the first frame is built, and nothing else.
"""

from factoring_core.analysis.frames import Frames, frames
from factoring_core.analysis.policy import Policy
from factoring_core.analysis.reconcile import reconcile
from factoring_core.analysis.reconciliation import Reconciliation
from factoring_core.analysis.schemas import RECONCILIATION, SCHEMAS

__all__ = [
    "RECONCILIATION",
    "SCHEMAS",
    "Frames",
    "Policy",
    "Reconciliation",
    "frames",
    "reconcile",
]
