"""Every error this library raises on purpose, grouped by who can act.

::

    FactoringError                     base of everything raised on purpose
    ├── RuleError              1       the trade refuses: change the request
    │   ├── TransitionError            the lifecycle has no such step from here
    │   ├── AmountError                currencies differ, or parts exceed the whole
    │   ├── RefusedLoadsError          everything that was asked for was refused
    │   └── StateError                 the batch, report or decision is not in a state for this
    ├── SetupError             2       the caller, the configuration or the installation
    │   ├── ConfigurationError         `factoring.toml` or a setting is wrong
    │   ├── CredentialError            a secret is missing, malformed or badly kept
    │   ├── UsageError                 a command or call that makes no sense
    │   ├── NotFoundError              no such load, batch, report, exception…
    │   ├── AmbiguousNameError         a bare name fits more than one thing
    │   ├── OperationConflictError     an operation id that stands for another call
    │   ├── MissingExtraError          an optional dependency is not installed
    │   └── NotAvailableError          a part of the product that is not built yet
    ├── InputError             3       a file is not what it should be: a person looks
    │   ├── FileRefusedError           all faults of one file at once
    │   ├── DocumentError              a PDF or picture that cannot be sent
    │   └── LimitExceededError         larger than we agree to read
    ├── TransportError         4       the way to the factor: time or an operator
    │   ├── UnreachableError           nothing was sent; trying again is safe
    │   ├── RemoteRefusedError         the remote side said no
    │   └── DeliveryInDoubtError  5    some bytes may have arrived; evidence decides
    ├── StorageError           6       our own store: stop and repair
    │   ├── StoreBusyError             locked by somebody else for too long
    │   ├── StoreCorruptError          what was read is not what was written
    │   ├── KeyTakenError              a unique key exists already
    │   ├── StaleVersionError          the record changed since it was read
    │   └── MigrationRequiredError     store and code are of different versions
    └── AccessError            7       not yours to see or do

The number is the exit status of the command line.  When several apply, the
order of precedence is 7, 2, 6, 5, 4, 3, 1.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from attrs import field, frozen

__all__ = [
    "AccessError",
    "AmbiguousNameError",
    "AmountError",
    "ConfigurationError",
    "CredentialError",
    "DeliveryInDoubtError",
    "DocumentError",
    "FactoringError",
    "Fault",
    "FileRefusedError",
    "InputError",
    "KeyTakenError",
    "LimitExceededError",
    "MigrationRequiredError",
    "MissingExtraError",
    "NotAvailableError",
    "NotFoundError",
    "OperationConflictError",
    "RefusedLoadsError",
    "RemoteRefusedError",
    "RuleError",
    "SetupError",
    "StaleVersionError",
    "StateError",
    "StorageError",
    "StoreBusyError",
    "StoreCorruptError",
    "TransitionError",
    "TransportError",
    "UnreachableError",
    "UsageError",
]

EXCERPT_LIMIT = 40


def _excerpt(text: str | None) -> str | None:
    """Shorten what a cell held, so that a fault never carries a whole document."""
    if text is None or len(text) <= EXCERPT_LIMIT:
        return text
    return text[: EXCERPT_LIMIT - 1] + "…"


@frozen(kw_only=True)
class Fault:
    """One thing that is wrong with a file, and where.

    ``row`` counts records with the header as 1; ``line`` is the physical line
    or sheet row as a spreadsheet shows it.  ``excerpt`` has at most 40 characters.
    """

    code: str
    message: str
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    line: int | None = None
    column: str | None = None
    excerpt: str | None = field(default=None, converter=_excerpt)


class FactoringError(Exception):
    """Base of every error this library raises on purpose.

    Args:
        message: One sentence that says what happened.
        remedy: One sentence that says what to do; a class default otherwise.
        where: What it is about, by name (load, file, connection…).
        faults: For files: every single fault.
        code: A stable word for scripts; a class default otherwise.
    """

    code: str = "error"
    exit_status: ClassVar[int] = 1
    stage: str = "request"
    retryable: bool = False
    in_doubt: bool = False
    remedy: str = "Read the message, change the request and try again."

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        where: Mapping[str, Any] | None = None,
        faults: Sequence[Fault] = (),
        code: str | None = None,
        stage: str | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where: dict[str, Any] = dict(where or {})
        self.faults: tuple[Fault, ...] = tuple(faults)
        self._given = {
            name: value
            for name, value in (
                ("remedy", remedy),
                ("code", code),
                ("stage", stage),
                ("retryable", retryable),
            )
            if value is not None
        }
        for name, value in self._given.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            _rebuild,
            (type(self), self.message, {**self._given, "where": self.where, "faults": self.faults}),
        )


def _rebuild(kind: type[FactoringError], message: str, given: dict[str, Any]) -> FactoringError:
    """Make an error again from its facts (pickle needs a plain function)."""
    error = kind.__new__(kind)
    FactoringError.__init__(error, message, **given)
    return error


class RuleError(FactoringError):
    """The trade refuses; the caller changes the request."""

    code = "refused"
    exit_status = 1


class TransitionError(RuleError):
    """The lifecycle has no such step from this status.

    Args:
        subject: The load, as a person names it.
        status: Where it stands.
        event: What was asked for.
    """

    code = "transition_not_allowed"
    remedy = "See `loads show` for where the load stands and what can follow."

    def __init__(self, subject: str, status: str, event: str) -> None:
        super().__init__(
            f"{subject} is {status}; {event} is not possible from there.",
            where={"load": subject, "status": status, "event": event},
        )


class AmountError(RuleError):
    """Amounts that cannot be combined: currencies differ, or parts exceed the whole."""

    code = "amount"


class RefusedLoadsError(RuleError):
    """Every load that was named was refused."""

    code = "all_refused"
    remedy = "Mend the reasons listed for each load and try again."


class StateError(RuleError):
    """A batch, report or decision is not in a state that allows this."""

    code = "state"


class SetupError(FactoringError):
    """The caller, the configuration or the installation has to change."""

    code = "setup"
    exit_status = 2
    stage = "setup"


class ConfigurationError(SetupError):
    """A setting is missing, unknown or impossible."""

    code = "configuration"
    remedy = "Correct the setting named here."


class CredentialError(SetupError):
    """A secret is missing, malformed or badly kept; its value is never shown."""

    code = "credential"
    remedy = "Correct the credential reference or what it points to."


class UsageError(SetupError):
    """A command or call that makes no sense as given."""

    code = "usage"
    stage = "usage"


class NotFoundError(SetupError):
    """Nothing of that name exists where the actor may look."""

    code = "not_found"
    stage = "usage"
    remedy = "Check the name; list commands show what there is."


class AmbiguousNameError(SetupError):
    """A bare name fits more than one thing; all are named."""

    code = "ambiguous_name"
    stage = "usage"
    remedy = "Use the full name, SUBSIDIARY/NUMBER or CONNECTION/NUMBER."


class OperationConflictError(SetupError):
    """An operation id was used before, for another act, other arguments or another actor."""

    code = "operation_conflict"
    stage = "usage"
    remedy = "Give each operation an id of its own; nothing was done."


class MissingExtraError(SetupError):
    """An optional dependency is not installed."""

    code = "missing_extra"

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"This needs the package {package}, which is not installed.",
            remedy=f'pip install "factoring-core[{extra}]"',
            where={"package": package, "extra": extra},
        )


class NotAvailableError(SetupError):
    """A part of the product that is not built yet."""

    code = "not_available"
    remedy = "This part is not in this release; see the changelog for what is."


class InputError(FactoringError):
    """A file is not what it should be; a person has to look."""

    code = "input"
    exit_status = 3
    stage = "read"


class FileRefusedError(InputError):
    """A whole file was refused and nothing was changed.

    ``faults`` holds the first 1,000 faults, never fewer than one; ``total``
    says how many there are.
    """

    code = "file_refused"
    remedy = "Correct the file at its source, or download it again, and apply it again."

    def __init__(
        self,
        message: str,
        *,
        faults: Sequence[Fault],
        total: int | None = None,
        **given: Any,
    ) -> None:
        super().__init__(message, faults=tuple(faults)[:1000], **given)
        self.total = len(faults) if total is None else total

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            _rebuild_refused,
            (
                type(self),
                self.message,
                {**self._given, "where": self.where, "faults": self.faults},
                self.total,
            ),
        )


def _rebuild_refused(
    kind: type[FileRefusedError], message: str, given: dict[str, Any], total: int
) -> FileRefusedError:
    return kind(message, total=total, **given)


class DocumentError(InputError):
    """A document cannot become part of a packet."""

    code = "document"
    remedy = "Replace the document named here."


class LimitExceededError(InputError):
    """Larger or deeper than we agree to read."""

    code = "limit_exceeded"
    remedy = "Split the file, or ask for the limit to be raised."


class TransportError(FactoringError):
    """Something on the way to the factor failed."""

    code = "transport"
    exit_status = 4
    stage = "deliver"
    retryable = True
    remedy = "Run `factoring resume`; it is safe at any time."


class UnreachableError(TransportError):
    """Nothing was sent; trying again is safe."""

    code = "unreachable"


class RemoteRefusedError(TransportError):
    """The remote side said no."""

    code = "remote_refused"
    retryable = False


class DeliveryInDoubtError(TransportError):
    """Some bytes may have arrived, and nothing proves it either way."""

    code = "delivery_in_doubt"
    exit_status = 5
    retryable = False
    in_doubt = True
    remedy = "Do not send it again by hand; ask the factor, then use `batches settle`."


class StorageError(FactoringError):
    """Our own store failed."""

    code = "storage"
    exit_status = 6
    stage = "store"
    remedy = "Nothing was changed; repair the store and try again."


class StoreBusyError(StorageError):
    """The store stayed locked by somebody else."""

    code = "store_busy"
    retryable = True
    remedy = "Try again when the other command has finished."


class StoreCorruptError(StorageError):
    """What was read is not what was written."""

    code = "store_corrupt"
    remedy = "Restore the store from a backup; nothing was changed."


class KeyTakenError(StorageError):
    """A record with this unique key exists already."""

    code = "key_taken"


class StaleVersionError(StorageError):
    """The record changed since it was read."""

    code = "stale_version"
    retryable = True


class MigrationRequiredError(StorageError):
    """The store and this code are of different versions."""

    code = "migration_required"
    remedy = "Use the version of factoring_core that made the store, or migrate it."


class AccessError(FactoringError):
    """Not the actor's to see or do."""

    code = "not_permitted"
    exit_status = 7
    stage = "access"
    remedy = "Ask somebody with the role or permission named here."
