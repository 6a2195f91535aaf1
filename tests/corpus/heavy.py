"""The largest inputs, each read in a process of its own with no more memory than a small machine has.

Run as a script: the name of an input comes as the argument, the code of its faults goes to standard
output.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable

from corpus.world import GOOD, HEADER
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.errors import InputError
from reports.report_files import layout_of

MEMORY = 1536 * 1024 * 1024


def one_line() -> bytes:
    return GOOD.encode() + b"x" * 200_000_000


def one_quote() -> bytes:
    return GOOD.encode() + b'"' + b"x\r\n" * 60_000_000


def too_many_rows() -> bytes:
    return HEADER.encode() + b"\r\n" + b"A,03/10/2026,1.00,,,\r\n" * 1_000_001


def too_large() -> bytes:
    return bytes(257 * 1024 * 1024)


def many_columns() -> bytes:
    return b"Invoice Number" + b",Invoice Number" * 10_000_000


def many_faults() -> bytes:
    return HEADER.encode() + b"\r\n" + b"=A,soon,much,\x07,,x\r\n" * 200_000


def one_huge_text() -> bytes:
    from corpus.workbook_inputs import STRINGS, part, random_text

    return part(STRINGS, b"Blue Freight", random_text(15_000_000))


def far_corners() -> bytes:
    from corpus.workbook_inputs import SHEET, part

    rows = b"".join(b'<row r="%d"><c r="IV%d"><v>1</v></c></row>' % (n, n) for n in range(9, 999_999, 9))
    return part(SHEET, b"</sheetData>", rows + b"</sheetData>")


INPUTS: dict[str, tuple[Callable[[], bytes], str]] = {
    "C72": (one_line, "limit"),
    "C72-quoted": (one_quote, "limit"),
    "C72-size": (too_large, "limit"),
    "C73": (many_columns, "limit"),
    "C74": (too_many_rows, "limit"),
    "many-faults": (many_faults, "file_refused"),
    "X27": (one_huge_text, "too_long"),
    "X21-corners": (far_corners, "limit"),
}


def main(name: str) -> None:
    """Read one input and print the code of the error."""
    content = INPUTS[name][0]()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        TableReportReader().open(content, name="r").read(layout_of("template/payment"))
    except InputError as error:
        codes = {fault.code for fault in error.faults}
        print(codes.pop() if len(codes) == 1 else error.code)


if __name__ == "__main__":
    main(sys.argv[1])
