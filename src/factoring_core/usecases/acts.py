"""What acts on several loads have in common: each is changed, left as it is, or refused by name."""

from collections.abc import Callable, Sequence

from attrs import define, field

from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.errors import UsageError
from factoring_core.ports.storage import Reading, Transaction
from factoring_core.usecases.books import Change, audit, settle_books
from factoring_core.usecases.naming import find_loads
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import ChangeResult, LoadChange, Reason, Refusal


@define
class Verdicts:
    """What an act says of each load, gathered before anything is written."""

    changed: list[Load] = field(factory=list)
    unchanged: list[Load] = field(factory=list)
    refused: list[Refusal] = field(factory=list)

    def refuse(self, load: Load, code: str, message: str) -> None:
        """Refuse one load."""
        reason = Reason(code=code, message=message)
        self.refused.append(Refusal(load=load.number, subsidiary=load.subsidiary, reasons=(reason,)))


Act = Callable[[Transaction, Sequence[Load], Verdicts], None]


def needs_reason(reason: str, what: str) -> None:
    """Let an act with a reason pass.

    Raises:
        UsageError: the reason is blank.
    """
    if not reason.strip():
        raise UsageError(f"{what} needs a reason.")


def standing_of(tx: Reading, load: Load) -> Standing:
    """Return where a load stands; released where nothing was ever recorded."""
    found = tx.get(Standing, load.subsidiary, load.number)
    return found or Standing(subsidiary=load.subsidiary, load=load.number)


def act_on_loads(
    ports: Ports,
    names: Sequence[str],
    act: Act,
    *,
    action: str,
    right: Right = Right.BILLING,
    reason: str = "",
) -> ChangeResult:
    """Find the loads, let *act* judge and change them, and settle the books of each subsidiary.

    Raises:
        AccessError: the actor lacks *right* for one of them.
        NotFoundError, AmbiguousNameError: a name fits none or several.
    """
    require(ports.actor, right)
    with ports.store.transaction(ports.tenant) as tx:
        loads = find_loads(tx, ports, names)
        for load in loads:
            require(ports.actor, right, load.subsidiary)
        verdicts = Verdicts()
        act(tx, loads, verdicts)
        changes: dict[str, Change] = {}
        for load in verdicts.changed:
            if load.subsidiary not in changes:
                changes[load.subsidiary] = settle_books(tx, ports, load.subsidiary, cause=action)
        for subsidiary, change in changes.items():
            numbers = [load.number for load in verdicts.changed if load.subsidiary == subsidiary]
            audit(
                tx,
                ports,
                action,
                ", ".join(numbers[:20]),
                subsidiary=subsidiary,
                loads=numbers,
                reason=reason,
                transitions=len(change.transitions),
            )
        return ChangeResult(
            changed=tuple(_after(tx, load) for load in verdicts.changed),
            unchanged=tuple(_after(tx, load) for load in verdicts.unchanged),
            refused=tuple(verdicts.refused),
        )


def _after(tx: Transaction, load: Load) -> LoadChange:
    now = tx.get(Load, load.subsidiary, load.number) or load
    return LoadChange(
        load=load.number,
        subsidiary=load.subsidiary,
        status=standing_of(tx, load).status.value,
        invoice_number=now.invoice.number if now.invoice else None,
    )
