"""The promises of the ports, as test classes: subclass one, provide the adapter, and pytest runs them.

Nothing is imported before it is named: ``from factoring_core.testing.contracts import StorageContract``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from factoring_core.testing.contracts.blobs import BlobContract
    from factoring_core.testing.contracts.chance import ChanceContract
    from factoring_core.testing.contracts.clock import ClockContract, TimerContract
    from factoring_core.testing.contracts.factor_api import FactorApiContract
    from factoring_core.testing.contracts.factor_system import FactorSystemContract
    from factoring_core.testing.contracts.local_folder import LocalFolderContract
    from factoring_core.testing.contracts.office import OfficeContract
    from factoring_core.testing.contracts.packet_binder import PacketBinderContract
    from factoring_core.testing.contracts.remote_folder import RemoteFolderContract
    from factoring_core.testing.contracts.remote_ftp import FtpServerContract, FtpsServerContract
    from factoring_core.testing.contracts.remote_ssh import SftpServerContract
    from factoring_core.testing.contracts.report_reader import ReportReaderContract
    from factoring_core.testing.contracts.secrets import SecretsContract
    from factoring_core.testing.contracts.storage import DurableContract, StorageContract
    from factoring_core.testing.contracts.storage_place import StorePlaceContract

_HOMES = {
    "BlobContract": "blobs",
    "ChanceContract": "chance",
    "ClockContract": "clock",
    "DurableContract": "storage",
    "FactorApiContract": "factor_api",
    "FactorSystemContract": "factor_system",
    "FtpServerContract": "remote_ftp",
    "FtpsServerContract": "remote_ftp",
    "LocalFolderContract": "local_folder",
    "OfficeContract": "office",
    "PacketBinderContract": "packet_binder",
    "RemoteFolderContract": "remote_folder",
    "ReportReaderContract": "report_reader",
    "SecretsContract": "secrets",
    "SftpServerContract": "remote_ssh",
    "StorageContract": "storage",
    "StorePlaceContract": "storage_place",
    "TimerContract": "clock",
}
_PARTS = (
    *("storage_calls", "storage_commits", "storage_finding", "storage_records", "storage_rules"),
    "storage_trouble",
    *("complaints", "remote_faults", "remote_files", "remote_login", "remote_reaching"),
    *("remote_reports", "remote_trying"),
    *("factor_system_faults", "factor_system_scene"),
    *("office_base", "office_bringing", "office_deciding", "office_keeping"),
    *("office_moving", "office_offering", "office_reporting", "office_selling"),
)

__all__ = [
    "BlobContract",
    "ChanceContract",
    "ClockContract",
    "DurableContract",
    "FactorApiContract",
    "FactorSystemContract",
    "FtpServerContract",
    "FtpsServerContract",
    "LocalFolderContract",
    "OfficeContract",
    "PacketBinderContract",
    "RemoteFolderContract",
    "ReportReaderContract",
    "SecretsContract",
    "SftpServerContract",
    "StorageContract",
    "StorePlaceContract",
    "TimerContract",
]

# So that a broken promise shows the values and not only `AssertionError`.
pytest.register_assert_rewrite(*(f"{__name__}.{home}" for home in sorted({*_HOMES.values(), *_PARTS})))


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
