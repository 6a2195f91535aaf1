"""What every source of chance promises."""

import re

import pytest

from factoring_core.ports.chance import Chance
from factoring_core.testing.contracts.base import Contract


class ChanceContract(Contract):
    """The promises of `factoring_core.ports.chance`: provide the fixture ``chance``."""

    @pytest.fixture
    def chance(self) -> Chance:
        """Return the source under test."""
        raise NotImplementedError

    @pytest.mark.parametrize("nbytes", [1, 2, 8, 16, 33, 64])
    def test_is_as_long_as_asked(self, chance: Chance, nbytes: int) -> None:
        """A token is two lower-case hex digits for each byte asked for, and nothing else."""
        assert re.fullmatch(f"[0-9a-f]{{{2 * nbytes}}}", chance.token(nbytes))

    def test_never_comes_twice(self, chance: Chance) -> None:
        """Of two thousand tokens no two are equal: a temp name or an owner is never used again."""
        tokens = [chance.token(8) for _ in range(2000)]

        assert len(set(tokens)) == 2000

    def test_every_digit_is_by_chance(self, chance: Chance) -> None:
        """No place of a token always holds the same digit, so that none of it can be guessed."""
        tokens = [chance.token(8) for _ in range(500)]

        for place in range(16):
            assert len({token[place] for token in tokens}) > 8, f"digit {place} hardly changes"
