"""A coverage-guided search for files that are not simply read or refused; for the nightly run.

``python tests/fuzzing/atheris_reports.py FOLDER -max_total_time=600`` keeps what it finds worth
keeping in FOLDER, and begins with the good files of the tests.  It ends with another status than 0
at the first file that breaks a promise.
"""

from __future__ import annotations

import io
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import atheris  # type: ignore[import-not-found,unused-ignore]

with atheris.instrument_imports(include=["factoring_core", "csv", "zipfile"]):
    from factoring_core.adapters.reports.marks import ods, xls, xlsb, xlsx
    from factoring_core.adapters.reports.marks.found import Bounds, UnfitError
    from factoring_core.adapters.reports.sniff import FileType, file_type
    from factoring_core.adapters.reports.workbook import scan_compound
    from factoring_core.adapters.reports.workbook_scan import scan_archive
    from factoring_core.errors import InputError
    from fuzzing.checks import LIMITS, check

from fuzzing.test_fuzz_reports import GOOD_FILES
from reports.report_files import PAYMENT_HEADER, PAYMENTS, csv_bytes

BOUNDS = Bounds(rows=LIMITS.rows, columns=LIMITS.columns, cells=LIMITS.cells)
LOOKS = {"xlsx": xlsx.marks, "xlsb": xlsb.marks, "ods": ods.marks}


def one_input(data: bytes) -> None:
    """Read *data* as a report, as a workbook, and as a part of one."""
    with suppress(InputError):
        match file_type(data, name="r"):
            case FileType.CSV:
                check(data)
            case FileType.COMPOUND:
                scan_compound(data, name="r")
                with suppress(UnfitError):
                    xls.marks(data, BOUNDS)
            case FileType.ARCHIVE:
                scan_archive(data, name="r", limits=LIMITS)
    as_part(data)


def as_part(data: bytes) -> None:
    """Put *data* into a workbook in place of one of its parts, which its first two bytes name."""
    kind = sorted(LOOKS)[data[0] % len(LOOKS)] if data else "xlsx"
    with zipfile.ZipFile(io.BytesIO(GOOD_FILES[kind])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = sorted(parts)[data[1] % len(parts)] if len(data) > 1 else sorted(parts)[0]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for one, part in {**parts, name: data[2:]}.items():
            made.writestr(one, part)
    with suppress(InputError):
        scan_archive(content.getvalue(), name="r", limits=LIMITS)
        # In its own process whatever else it raises refuses the file; it must end, and not swell.
        with zipfile.ZipFile(content) as archive, suppress(Exception):
            LOOKS[kind](archive, BOUNDS)


def main(arguments: list[str]) -> None:
    """Fill the folder with seeds, if there is one, and search."""
    folder = next((Path(one) for one in arguments[1:] if not one.startswith("-")), None)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        seeds = {**GOOD_FILES, "csv": csv_bytes([PAYMENT_HEADER, *PAYMENTS])}
        for name, content in seeds.items():
            (folder / f"seed.{name}").write_bytes(content)
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
