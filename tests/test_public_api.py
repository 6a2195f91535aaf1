"""The public surface: what `import factoring_core` offers, and what it must not cost."""

import json
import subprocess
import sys

import pytest

import factoring_core

PUBLIC = """
AccessError Actor Assignment Batch BatchState Candidate ChangeResult Connection Customer Decision
Delivery Disposition Document DocumentKind EvidenceType ExceptionItem ExceptionSeverity ExceptionType
ExceptionView FactoringError Fault Ground HostEvent ImportResult InputError Invoice InvoicedOn InvoicingMethod
Load LoadDetail LoadStatus LoadView MissingInvoices Money Notice Office Opening Position PreflightResult
Protocol ProviderProfile Refusal Report ReportKind ReportLayout ReportOutcome ReportResult Resolution
ResolveResult Role Route RuleError SealedFile Settings SettlementPolicy SetupError Severity Standing
StatusView StorageError SubmitResult Subsidiary Terms Transition TransportError __version__ open_office
reconcile
"""

HEAVY = ("pandas", "paramiko", "sqlalchemy", "statemachine", "pikepdf", "click", "rich", "asyncio")


def test_all_is_the_listed_surface_in_order() -> None:
    """A new public name is a visible difference."""
    assert PUBLIC.split() == factoring_core.__all__
    assert sorted(factoring_core.__all__) == factoring_core.__all__
    assert dir(factoring_core) == factoring_core.__all__


@pytest.mark.parametrize("name", PUBLIC.split())
def test_every_public_name_is_there_and_documented(name: str) -> None:
    """Each name resolves, and says in its first line what it is."""
    value = getattr(factoring_core, name)

    assert value.__doc__
    assert value.__doc__.strip()


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A misspelled name fails as on any module."""
    with pytest.raises(AttributeError, match="Ofice"):
        factoring_core.Ofice  # noqa: B018


@pytest.mark.parametrize(
    "statement", ["import factoring_core", "from factoring_core import Load, Money, Position"]
)
def test_importing_brings_in_nothing_heavy(statement: str) -> None:
    """Neither the package nor its values load an optional dependency or the state machine."""
    code = f"import sys, json\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))

    assert not loaded.intersection(HEAVY)
