"""How hard Hypothesis searches: HYPOTHESIS_PROFILE is dev (default), ci, nightly, mutants or few."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from on_postgres import (
    also_on_postgres,
    desk_place,
    empty_postgres,
    fresh_schema,
    postgres_place,
    postgres_schema,
    postgres_store,
    postgres_url,
)

__all__ = [
    "desk_place",
    "empty_postgres",
    "fresh_schema",
    "postgres_place",
    "postgres_schema",
    "postgres_store",
    "postgres_url",
]

pytest_generate_tests = also_on_postgres

# No deadline: a machine under load is not a fault. The gate gives one answer for one tree; the
# search for new examples is nightly's, where print_blob gives the line that repeats a failure.
for name, examples in {"dev": 60, "ci": 150, "nightly": 5000, "mutants": 40, "few": 15}.items():
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        derandomize=name in ("ci", "mutants", "few"),
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
