"""Told month by month: what an office answers and changes, act by act, as text that can be compared."""

from factoring_core.testing.stories.place import Place
from factoring_core.testing.stories.story import Story

__all__ = ["Place", "Story"]
