"""A simulated factor: takes batches as they were delivered, decides, pays, and writes reports.

It knows of a batch only what its files say, as a real factor would.
"""

from factoring_core.testing.factor.batches import TakenBatch, TakenInvoice, read_list, take_batch, unpacked
from factoring_core.testing.factor.dirt import Dirt, reissued
from factoring_core.testing.factor.reports import Bought, Collected, ReportFile, SimulatedFactor
from factoring_core.testing.factor.running import RunningFactor
from factoring_core.testing.factor.serving import Trouble
from factoring_core.testing.factor.timeline import GOOD, Contract, Happening

__all__ = [
    "GOOD",
    "Bought",
    "Collected",
    "Contract",
    "Dirt",
    "Happening",
    "ReportFile",
    "RunningFactor",
    "SimulatedFactor",
    "TakenBatch",
    "TakenInvoice",
    "Trouble",
    "read_list",
    "reissued",
    "take_batch",
    "unpacked",
]
