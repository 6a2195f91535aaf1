"""Doing an act once: a call under an id of the caller's is answered again, and not done again."""

import functools
import inspect
import re
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar, get_type_hints

from attrs import define, evolve

from factoring_core.errors import OperationConflictError, UsageError
from factoring_core.ports.storage import Operation, Reading, SettingsRecord
from factoring_core.usecases.configure import overlay
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.selling.invoices import ask_about_credit
from factoring_core.wiring import answers
from factoring_core.wiring.acts import TALKING, WHOLE
from factoring_core.wiring.one_transaction import OneTransaction

_ID = re.compile(r"[A-Za-z0-9._:-]{8,128}", re.ASCII).fullmatch

C = TypeVar("C", bound=type)


def checked_id(id_: str) -> str:
    """Return an operation id that can be used.

    Raises:
        UsageError: it has other characters, or fewer than 8, or more than 128.
    """
    if _ID(id_) is None:
        raise UsageError(
            "That is no id for an operation.",
            remedy="Use 8 to 128 letters, digits and any of . _ : -, such as a UUID made for this call.",
        )
    return id_


def once(office: C) -> C:
    """Let each of the acts be called under an operation id; without one they are what they were."""
    for name in (*WHOLE, *TALKING):
        setattr(office, name, _once(name, getattr(office, name)))
    return office


def _once(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(act)

    @functools.wraps(act)
    def answered(self: Any, *given: Any, **named: Any) -> Any:
        if self.operation_id is None:
            return act(self, *given, **named)
        bound = signature.bind(self, *given, **named)
        bound.apply_defaults()
        asked = {key: value for key, value in bound.arguments.items() if key not in ("self", "progress")}
        if asked.get("dry_run"):
            raise UsageError("A dry run changes nothing; call it without an operation id.")
        call = _Call(
            ports=self.ports,
            operation=Operation(
                id=self.operation_id,
                act=name,
                asked=answers.digest(name, self.actor.name, asked),
                at=self.ports.clock.now(),
                by=self.actor.name,
            ),
            hint=get_type_hints(act)["return"],
        )
        try:
            call.look()
            inner = self.working_with(call.inner_ports(whole=name in WHOLE), operation=None)
            with call:
                answer = act(inner, *given, **named)
                call.keep(answer)
        except _Known as known:
            self.adopt(call.settings_now())
            return call.answer_of(known.operation)
        self.adopt(inner.settings)
        if name == "generate_invoices" and not self.ports.joined:
            ask_about_credit(self.ports, answer)
        return answer

    return answered


class _Known(Exception):  # noqa: N818
    """The operation has its answer already."""

    def __init__(self, operation: Operation) -> None:
        super().__init__(operation.id)
        self.operation = operation


@define
class _Call:
    """One call of one act; a context that goes with the transaction which it holds open, if any."""

    ports: Ports
    operation: Operation
    hint: Any
    held: OneTransaction | None = None

    def look(self) -> None:
        """Go on unless the same call has its answer.

        Raises:
            OperationConflictError: the id stands for another call.
        """
        with self.ports.store.reading(self.ports.tenant) as tx:
            self._earlier(tx)

    def _earlier(self, tx: Reading) -> Operation:
        """Return what is known of the operation, or what it begins as."""
        known = tx.get(Operation, self.operation.id)
        if known is None:
            return self.operation
        if (known.act, known.asked) != (self.operation.act, self.operation.asked):
            raise OperationConflictError(
                f"Operation {known.id} was another call.", where={"operation": known.id}
            )
        if known.answer is not None:
            raise _Known(known)
        return known

    def inner_ports(self, *, whole: bool) -> Ports:
        """Return the ports by which the act is done."""
        if not whole:
            return evolve(self.ports, operation=self.operation)
        self.held = OneTransaction(self.ports.store, self._earlier)
        # Nothing may be asked of a factor while a transaction is held open.
        return evolve(self.ports, store=self.held, joined=True)

    def keep(self, answer: Any) -> None:
        """Keep the answer, in the transaction of the act where it has one.

        What failed and may be tried again is no answer yet.
        """
        error = getattr(answer, "error", None)
        if error is not None and error.retryable:
            return
        kept = self.ports.blobs.put(answers.written(answer))
        store = self.ports.store if self.held is None else self.held
        with store.transaction(self.ports.tenant) as tx:
            begun = self.operation if self.held is not None else self._earlier(tx)
            tx.put(evolve(begun, answer=kept))

    def answer_of(self, known: Operation) -> Any:
        """Return the kept answer."""
        return answers.read_again(self.ports.blobs.get(known.answer or ""), self.hint)

    def settings_now(self) -> Any:
        """Return the settings with those that the earlier call may have made."""
        with self.ports.store.reading(self.ports.tenant) as tx:
            return overlay(self.ports.settings, tx.find(SettingsRecord))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.held is not None:
            self.held.end(kind, error, trace)
