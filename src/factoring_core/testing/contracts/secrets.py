"""What every source of secrets promises."""

import pickle
import traceback

import pytest

from factoring_core.errors import CredentialError
from factoring_core.ports.secrets import Secret, SecretSource
from factoring_core.testing.contracts.base import Contract


def shown(error: BaseException) -> str:
    """Put together all that a log, a debugger or a pickle could show of *error* and its causes."""
    parts = ["".join(traceback.format_exception(error)), repr(pickle.dumps(error))]
    one: BaseException | None = error
    while one is not None:
        parts += [str(one), repr(one), repr(one.args), repr(vars(one))]
        one = one.__cause__ or one.__context__
    return "".join(parts)


class SecretsContract(Contract):
    """The promises of `factoring_core.ports.secrets`.

    Provide the fixture ``source``, with ``value`` kept under ``reference``, something that must
    not be handed out under each of ``bad_references``, and nothing under ``absent``.
    """

    reference: str
    absent: str
    bad_references: tuple[str, ...] = ()
    value = "hunter2-Zürich-geheim"

    @pytest.fixture
    def source(self) -> SecretSource:
        """Return the source under test."""
        raise NotImplementedError

    def test_gives_what_is_kept(self, source: SecretSource) -> None:
        """A reference gives the secret exactly as it is kept, every time."""
        assert source.resolve(self.reference).reveal() == self.value
        assert source.resolve(self.reference).reveal() == self.value

    def test_a_secret_is_not_shown(self, source: SecretSource) -> None:
        """Neither the secret nor the source shows it, whoever writes them to a log."""
        secret = source.resolve(self.reference)

        assert type(secret) is Secret
        assert self.value not in "".join([repr(secret), str(secret), f"{secret}", repr([secret])])
        assert self.value not in repr(source) + str(source)

    def test_what_is_not_there_is_missing(self, source: SecretSource) -> None:
        """A reference to nothing is a `CredentialError` that names the reference."""
        with pytest.raises(CredentialError) as caught:
            source.resolve(self.absent)
        assert caught.value.code == "credential_missing"
        assert self.absent in str(caught.value)
        assert self.value not in shown(caught.value)

    def test_what_is_badly_kept_is_refused_unseen(self, source: SecretSource) -> None:
        """What is malformed or open to others is a `CredentialError` that shows none of it."""
        for reference in self.bad_references:
            with pytest.raises(CredentialError) as caught:
                source.resolve(reference)
            assert self.value not in shown(caught.value), reference

    @pytest.mark.parametrize("clear", [value, f"env:{value}", "", "pa:ss:word-in-clear"])
    def test_a_secret_in_clear_is_not_repeated(self, source: SecretSource, clear: str) -> None:
        """A text that is no reference may be a password put in its place: it is refused unrepeated."""
        with pytest.raises(CredentialError) as caught:
            source.resolve(clear)
        if clear:
            assert clear not in shown(caught.value)
            assert clear.removeprefix("env:") not in shown(caught.value)
