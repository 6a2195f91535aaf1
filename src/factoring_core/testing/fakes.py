"""Time and chance under control: what stands in for the ports through which a host meets both.

`FixedClock` stands still until it is moved, `IdleTimer` waits without waiting, `SeededChance` makes
the same tokens for the same seed.
"""

from factoring_core.adapters.chance.seeded import SeededChance
from factoring_core.adapters.clocks.fixed import FixedClock
from factoring_core.adapters.clocks.idle import IdleTimer

__all__ = ["FixedClock", "IdleTimer", "SeededChance"]
