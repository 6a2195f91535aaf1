"""A store whose transactions are one, which lasts until an act has its answer."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any

from attrs import define, field

from factoring_core.errors import StorageError
from factoring_core.ports.storage import Reading, Store, Transaction


@define
class OneTransaction:
    """A store whose first transaction is the only one, and lasts until it is ended.

    ``begun`` is called with it before anything else is done.
    """

    _store: Store
    _begun: Callable[[Transaction], Any]
    _stack: ExitStack = field(factory=ExitStack, init=False)
    _tx: Transaction | None = field(default=None, init=False)
    _torn: bool = field(default=False, init=False)

    @contextmanager
    def reading(self, tenant: str) -> Iterator[Reading]:
        """Look at the books, with what was done so far."""
        if self._tx is not None:
            yield self._tx
            return
        with self._store.reading(tenant) as tx:
            yield tx

    @contextmanager
    def transaction(self, tenant: str) -> Iterator[Transaction]:
        """Go on in the transaction; what leaves it by an exception takes all of it along."""
        if self._tx is None:
            self._tx = self._stack.enter_context(self._store.transaction(tenant))
            self._begun(self._tx)
        try:
            yield self._tx
        except BaseException:
            self._torn = True
            raise

    def end(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or after an exception take everything back.

        Raises:
            StorageError: a part of it was left by an exception that nobody passed on.
        """
        if kind is None and self._torn:
            error = StorageError("A part of the act failed, so that nothing of it was kept.")
            kind = type(error)
            self._stack.__exit__(kind, error, None)
            raise error
        self._stack.__exit__(kind, error, trace)

    def close(self) -> None:
        """Leave the store open: it is the office's."""
