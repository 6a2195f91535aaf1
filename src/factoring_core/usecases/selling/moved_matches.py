"""Rows of earlier reports whose match moved because loads came or went."""

from factoring_core.domain.reconciling.world import Book, World, fold
from factoring_core.usecases.results import MovedMatch


def moved_matches(before: Book, after: World) -> tuple[MovedMatch, ...]:
    """Compare where every fact was placed; a person's `assign` never moves."""
    if not before.evidence:
        return ()
    moved = []
    for pool, placed in fold(before).placements.items():
        now = after.placements.get(pool, {})
        facts = after.facts.get(pool, {})
        for key, old in placed.items():
            new = now.get(key)
            if new is None or new.sale == old.sale:
                continue
            moved += [
                MovedMatch(
                    subsidiary=before.subsidiary.id,
                    report=copy.report,
                    row=copy.row,
                    from_load=old.load if old.sale else None,
                    to_load=new.load if new.sale else None,
                )
                for copy in facts[key].copies
            ]
    return tuple(sorted(set(moved), key=lambda one: (one.report, one.row)))
