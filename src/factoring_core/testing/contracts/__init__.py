"""The promises of the ports, as test classes: subclass one, provide the adapter, and pytest runs them.

Nothing is imported before it is named: ``from factoring_core.testing.contracts import StorageContract``.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from factoring_core.testing.contracts.blobs import BlobContract
    from factoring_core.testing.contracts.chance import ChanceContract
    from factoring_core.testing.contracts.clock import ClockContract, TimerContract
    from factoring_core.testing.contracts.factor_system.api import FactorApiContract
    from factoring_core.testing.contracts.factor_system.served import FactorSystemContract
    from factoring_core.testing.contracts.local_folder import LocalFolderContract
    from factoring_core.testing.contracts.office.stories import OfficeContract
    from factoring_core.testing.contracts.packet_binder import PacketBinderContract
    from factoring_core.testing.contracts.remote.folder import RemoteFolderContract
    from factoring_core.testing.contracts.remote.ftp import FtpServerContract, FtpsServerContract
    from factoring_core.testing.contracts.remote.ssh import SftpServerContract
    from factoring_core.testing.contracts.report_reader import ReportReaderContract
    from factoring_core.testing.contracts.secrets import SecretsContract
    from factoring_core.testing.contracts.storage.place import StorePlaceContract
    from factoring_core.testing.contracts.storage.store import DurableContract, StorageContract

_HOMES = {
    "BlobContract": "blobs",
    "ChanceContract": "chance",
    "ClockContract": "clock",
    "DurableContract": "storage.store",
    "FactorApiContract": "factor_system.api",
    "FactorSystemContract": "factor_system.served",
    "FtpServerContract": "remote.ftp",
    "FtpsServerContract": "remote.ftp",
    "LocalFolderContract": "local_folder",
    "OfficeContract": "office.stories",
    "PacketBinderContract": "packet_binder",
    "RemoteFolderContract": "remote.folder",
    "ReportReaderContract": "report_reader",
    "SecretsContract": "secrets",
    "SftpServerContract": "remote.ssh",
    "StorageContract": "storage.store",
    "StorePlaceContract": "storage.place",
    "TimerContract": "clock",
}
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
pytest.register_assert_rewrite(*(f"{__name__}.{part.name}" for part in iter_modules(__path__)))


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
