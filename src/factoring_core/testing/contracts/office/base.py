"""What the stories of an office have in common: how it is opened, and where they are kept."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from factoring_core.domain.vocabulary.actors import Actor, Role
from factoring_core.testing.contracts.base import Contract
from factoring_core.testing.stories import Place, Story
from factoring_core.testing.stories.files import haul
from factoring_core.wiring.office import Office

TOLD = Path(__file__).parent / "told"
"""The stories as our own offices tell them; FACTORING_STORIES=record writes them anew."""

CLERK = Actor(name="bill", billing=True)
READER = Actor(name="rita")
ADMIN = Actor(name="ada", roles=frozenset({Role.ADMIN}))
WESTERNER = Actor(name="wes", roles=frozenset(Role), billing=True, subsidiaries=frozenset({"west"}))


def a_story(test: Callable[..., None]) -> Callable[..., None]:
    """Make a test compare its story when it has come to its end."""

    @functools.wraps(test)
    def compared(self: Any, story: Story, **more: Any) -> None:
        test(self, story, **more)
        story.ends()

    return compared


class OfficeStories(Contract):
    """Opens the office of each story."""

    @pytest.fixture
    def opened(self) -> Callable[[Place], Office]:
        """Say how the office is opened."""
        raise NotImplementedError

    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        """Where the story is set."""
        papers = tmp_path / "papers"
        papers.mkdir()
        return Place(papers=papers)

    @pytest.fixture
    def story(
        self, opened: Callable[[Place], Office], place: Place, request: pytest.FixtureRequest
    ) -> Iterator[Story]:
        """The story that the test tells."""
        name = request.node.originalname.removeprefix("test_")
        story = Story(place, opened, TOLD / f"{name}.txt")
        yield story
        story.office.close()

    def queued(self, story: Story, count: int, prefix: str = "L", **more: str) -> None:
        """Bring so many loads with their invoices, numbered from 1."""
        numbers = [f"{prefix}-{at}" for at in range(1, count + 1)]
        story.imports(*(haul(one, **more) for one in numbers))
        story.do("generate_invoices", numbers)
