"""Everything outside that the use cases need, handed over as one value."""

from collections.abc import Callable, Mapping

from attrs import field, frozen

from factoring_core.domain.reconciling.matching import by_blocks
from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.domain.vocabulary.parties import Connection, Settings
from factoring_core.domain.vocabulary.profile import ProviderProfile, ReportLayout
from factoring_core.errors import NotAvailableError
from factoring_core.ports.blobs import BlobStore
from factoring_core.ports.chance import Chance
from factoring_core.ports.clock import Clock
from factoring_core.ports.factor_api import FactorApi
from factoring_core.ports.invoice_drawer import InvoiceDrawer
from factoring_core.ports.likeness import Likeness
from factoring_core.ports.loads_reader import LoadsReader
from factoring_core.ports.packet_binder import PacketBinder
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.report_folder import ReportFolder
from factoring_core.ports.report_reader import ReportReader
from factoring_core.ports.retry import Retry
from factoring_core.ports.storage import Operation, Store
from factoring_core.ports.timer import Timer
from factoring_core.ports.worker import Worker

Progress = Callable[[str, int, int], None]
"""Told of progress: what is being done, how much is done, of how much."""


def no_api(connection: Connection) -> FactorApi:
    """Know no way into any factor's system.

    Raises:
        NotAvailableError: always.
    """
    raise NotAvailableError(
        f"No way into the system of {connection.provider} is given.",
        where={"connection": connection.id, "part": f"the API of {connection.provider}"},
    )


def no_reports(connection: Connection) -> ReportFolder:
    """Know no folder of reports.

    Raises:
        NotAvailableError: always.
    """
    raise NotAvailableError(
        f"No folder of the reports of {connection.id} is given.",
        where={"connection": connection.id, "part": "a folder of reports"},
    )


def no_progress(what: str, done: int, total: int) -> None:
    """Tell nobody."""


@frozen(kw_only=True)
class Ports:
    """One tenant's outside world, and on whose behalf the use cases act.

    ``folder`` opens the remote folder of a connection, ``api`` the way into its factor's system,
    ``report_folder`` where its reports are left;
    ``timer``, ``worker`` and ``retry`` serve
    those who deliver to it.  ``documents`` reads a document that
    a loads file names, by its path; None where there is no folder to read from.  ``likeness`` puts
    the candidates of a row in order, and never decides.  ``joined``: the
    store's transactions are parts of one of a host's that may still be taken back, so that
    nothing is sent.
    """

    tenant: str
    actor: Actor
    settings: Settings
    store: Store
    blobs: BlobStore
    clock: Clock
    timer: Timer
    worker: Worker
    retry: Retry
    chance: Chance
    profiles: Mapping[str, ProviderProfile]
    templates: tuple[ReportLayout, ...]
    reports: ReportReader
    loads: LoadsReader
    binder: PacketBinder
    drawer: InvoiceDrawer
    folder: Callable[[Connection], RemoteFolder]
    documents: Callable[[str], bytes] | None = None
    api: Callable[[Connection], FactorApi] = field(default=no_api)
    likeness: Likeness = field(default=by_blocks)
    report_folder: Callable[[Connection], ReportFolder] = field(default=no_reports)
    progress: Progress = field(default=no_progress)
    joined: bool = False
    two_persons: bool = False
    """Whether clearing a doubt takes a second person."""
    operation: Operation | None = None
    """The call that is being served, where its caller named it."""
