"""How much of a file we agree to read, and how a whole file is refused."""

from typing import NoReturn

from attrs import frozen

from factoring_core.errors import Fault, FileRefusedError, LimitExceededError

MIB = 1024 * 1024


@frozen(kw_only=True)
class ReportLimits:
    """What a file may cost; sizes in bytes, times in seconds.

    ``rows`` counts data rows of one file.  ``parts``, ``expanded_bytes`` and ``ratio`` are about
    the archive that a workbook is; ``ratio`` counts once a part is past 1 MiB.  ``memory_bytes``,
    ``cpu_seconds`` and ``wall_seconds`` bound the process that parses a workbook.
    """

    csv_bytes: int = 256 * MIB
    workbook_bytes: int = 16 * MIB
    rows: int = 1_000_000
    columns: int = 256
    cell_characters: int = 32_767
    parts: int = 512
    expanded_bytes: int = 256 * MIB
    ratio: int = 100
    cells: int = 8_000_000
    memory_bytes: int = 1024 * MIB
    cpu_seconds: int = 20
    wall_seconds: float = 30.0


def refuse(
    code: str,
    message: str,
    *,
    file: str,
    sheet: str | None = None,
    line: int | None = None,
    excerpt: str | None = None,
    cause: BaseException | None = None,
) -> NoReturn:
    """Refuse the whole of *file* for one reason; the error carries the code of its only fault."""
    fault = Fault(code=code, message=message, file=file, sheet=sheet, line=line, excerpt=excerpt)
    raise FileRefusedError(
        f"{file} was refused: {message}", faults=[fault], code=code, where={"file": file}
    ) from cause


def exceeded(message: str, *, file: str, sheet: str | None = None, line: int | None = None) -> NoReturn:
    """Refuse the whole of *file* because it is larger than agreed."""
    fault = Fault(code="limit", message=message, file=file, sheet=sheet, line=line)
    raise LimitExceededError(f"{file} was refused: {message}", faults=[fault], where={"file": file})
