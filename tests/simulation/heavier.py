"""How much is tried: a little at every change, more where changes are accepted, most at night."""

import os

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "dev")
GATE = PROFILE in ("ci", "nightly")
NIGHT = PROFILE == "nightly"

SEEDS = 1_000_000 if NIGHT else 10_000 if GATE else 400
"""Courses of events; SIMULATION_FROM moves on to seeds that were not tried."""

FIRST_SEED = int(os.environ.get("SIMULATION_FROM", "0"))
SLICES = 100 if NIGHT else 20 if GATE else 4
DOUBLES = 600 if GATE else 0
"""How many pairs of faults are drawn where not all are tried."""
