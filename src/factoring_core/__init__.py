"""Selling freight invoices to a factoring company, and knowing to the cent what came back.

The names below are the public API; each is brought in at its first use, so that importing
the package costs next to nothing and needs no extra.  Errors are in `factoring_core.errors`
(the families are here too), ports in `factoring_core.ports`, adapters in
`factoring_core.adapters`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from factoring_core.analysis.reconcile import reconcile
    from factoring_core.domain.reconciling.decisions import Decision, Resolution
    from factoring_core.domain.reconciling.findings import (
        Candidate,
        ExceptionItem,
        ExceptionSeverity,
        ExceptionType,
    )
    from factoring_core.domain.reconciling.position import Ground, Position
    from factoring_core.domain.reconciling.reports import Report, ReportOutcome
    from factoring_core.domain.selling.batch import Assignment, Batch, BatchState, Delivery, SealedFile
    from factoring_core.domain.vocabulary.actors import Actor, Role
    from factoring_core.domain.vocabulary.host_events import HostEvent
    from factoring_core.domain.vocabulary.lifecycle import LoadStatus, Route
    from factoring_core.domain.vocabulary.load import Document, DocumentKind, Invoice, Load, Opening, Standing
    from factoring_core.domain.vocabulary.money import Money
    from factoring_core.domain.vocabulary.parties import (
        Connection,
        Customer,
        InvoicedOn,
        InvoicingMethod,
        MissingInvoices,
        Notice,
        Protocol,
        Settings,
        SettlementPolicy,
        Severity,
        Subsidiary,
        Terms,
    )
    from factoring_core.domain.vocabulary.profile import (
        Disposition,
        EvidenceType,
        ProviderProfile,
        ReportKind,
        ReportLayout,
    )
    from factoring_core.errors import (
        AccessError,
        FactoringError,
        Fault,
        InputError,
        RuleError,
        SetupError,
        StorageError,
        TransportError,
    )
    from factoring_core.usecases.results import (
        ChangeResult,
        ExceptionView,
        ImportResult,
        LoadDetail,
        LoadView,
        PreflightResult,
        Refusal,
        ReportResult,
        ResolveResult,
        StatusView,
        SubmitResult,
        Transition,
    )
    from factoring_core.wiring.office import Office
    from factoring_core.wiring.opening import open_office

_HOMES = {
    "analysis.reconcile": ("reconcile",),
    "domain.reconciling.decisions": ("Decision", "Resolution"),
    "domain.reconciling.findings": ("Candidate", "ExceptionItem", "ExceptionSeverity", "ExceptionType"),
    "domain.reconciling.position": ("Ground", "Position"),
    "domain.reconciling.reports": ("Report", "ReportOutcome"),
    "domain.selling.batch": ("Assignment", "Batch", "BatchState", "Delivery", "SealedFile"),
    "domain.vocabulary.actors": ("Actor", "Role"),
    "domain.vocabulary.host_events": ("HostEvent",),
    "domain.vocabulary.lifecycle": ("LoadStatus", "Route"),
    "domain.vocabulary.load": ("Document", "DocumentKind", "Invoice", "Load", "Opening", "Standing"),
    "domain.vocabulary.money": ("Money",),
    "domain.vocabulary.parties": (
        "Connection",
        "Customer",
        "InvoicedOn",
        "InvoicingMethod",
        "MissingInvoices",
        "Notice",
        "Protocol",
        "Settings",
        "SettlementPolicy",
        "Severity",
        "Subsidiary",
        "Terms",
    ),
    "domain.vocabulary.profile": (
        "Disposition",
        "EvidenceType",
        "ProviderProfile",
        "ReportKind",
        "ReportLayout",
    ),
    "errors": (
        "AccessError",
        "FactoringError",
        "Fault",
        "InputError",
        "RuleError",
        "SetupError",
        "StorageError",
        "TransportError",
    ),
    "usecases.results": (
        "ChangeResult",
        "ExceptionView",
        "ImportResult",
        "LoadDetail",
        "LoadView",
        "PreflightResult",
        "Refusal",
        "ReportResult",
        "ResolveResult",
        "StatusView",
        "SubmitResult",
        "Transition",
    ),
    "wiring.office": ("Office",),
    "wiring.opening": ("open_office",),
}

__all__ = [
    "AccessError",
    "Actor",
    "Assignment",
    "Batch",
    "BatchState",
    "Candidate",
    "ChangeResult",
    "Connection",
    "Customer",
    "Decision",
    "Delivery",
    "Disposition",
    "Document",
    "DocumentKind",
    "EvidenceType",
    "ExceptionItem",
    "ExceptionSeverity",
    "ExceptionType",
    "ExceptionView",
    "FactoringError",
    "Fault",
    "Ground",
    "HostEvent",
    "ImportResult",
    "InputError",
    "Invoice",
    "InvoicedOn",
    "InvoicingMethod",
    "Load",
    "LoadDetail",
    "LoadStatus",
    "LoadView",
    "MissingInvoices",
    "Money",
    "Notice",
    "Office",
    "Opening",
    "Position",
    "PreflightResult",
    "Protocol",
    "ProviderProfile",
    "Refusal",
    "Report",
    "ReportKind",
    "ReportLayout",
    "ReportOutcome",
    "ReportResult",
    "Resolution",
    "ResolveResult",
    "Role",
    "Route",
    "RuleError",
    "SealedFile",
    "Settings",
    "SettlementPolicy",
    "SetupError",
    "Severity",
    "Standing",
    "StatusView",
    "StorageError",
    "SubmitResult",
    "Subsidiary",
    "Terms",
    "Transition",
    "TransportError",
    "__version__",
    "open_office",
    "reconcile",
]

_MODULES = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("factoring-core")
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module 'factoring_core' has no attribute {name!r}")
    value = getattr(import_module(f"factoring_core.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
