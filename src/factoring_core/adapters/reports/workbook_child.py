"""The process that parses a workbook: it may die, and nothing else dies with it.

Run as a script, by its path, without the site's own start-up: the workbook comes on standard
input, the cells go to standard output as JSON.  The only argument is a JSON object: the search
path for modules, what kind of workbook it is, and the limits.

The answer is ``{"sheets": […]}``, ``{"unfit": [code, message]}`` or ``{"failed": reason}``.
A cell is a text, a number or null; anything else is an object: ``{"d": date}``, ``{"t": moment}``,
``{"b": true or false}``, ``{"h": time of day}``, ``{"e": error}``, ``{"f": formula}``,
``{"p": [number, text]}``.
"""

import datetime as dt
import io
import json
import sys
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from factoring_core.adapters.reports.marks.found import Bounds, SheetMarks


def limit(memory: int, seconds: int) -> None:
    """Bound what this process may use and write, where the system knows how."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


_NOTHING = ("", "\ufeff")
"""How texts begin that say nothing, or begin with a byte-order mark, which says nothing either."""


def plain(cell: Any) -> Any:
    """Return a cell as JSON can hold it, without losing its type."""
    if cell == "" or cell is None:
        return None
    if isinstance(cell, bool):
        return {"b": cell}
    if isinstance(cell, str):
        # Of .xls and .xlsb files the parser drops the mark by itself.
        return cell.removeprefix("\ufeff") or None
    if isinstance(cell, float):
        return cell
    if isinstance(cell, int):
        return float(cell)
    if isinstance(cell, dt.datetime):
        return {"t": cell.isoformat()}
    if isinstance(cell, dt.date):
        return {"d": cell.isoformat()}
    return {"h": str(cell)}


def marks_of(content: bytes, kind: str, bounds: "Bounds") -> "list[SheetMarks]":
    """Return what the parser does not tell of each sheet, in the order of the workbook."""
    from factoring_core.adapters.reports.marks import ods, xls, xlsb, xlsx

    if kind == "xls":
        return xls.marks(content, bounds)
    look = {"xlsx": xlsx.marks, "xlsb": xlsb.marks, "ods": ods.marks}[kind]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return look(archive, bounds)


def sheets(content: bytes, kind: str, bounds: "Bounds") -> list[dict[str, Any]]:
    """Return every worksheet with its cells, from the first row and column on."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    marks = marks_of(content, kind, bounds)
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    result = []
    for index, about in enumerate(workbook.sheets_metadata):
        if about.typ is not SheetTypeEnum.WorkSheet:
            continue
        table = workbook.get_sheet_by_index(index)
        rows = [
            [
                cell
                if (type(cell) is str and cell[:1] not in _NOTHING) or type(cell) is float
                else plain(cell)
                for cell in row
            ]
            for row in table.to_python(skip_empty_area=False)
        ]
        found = marks[index]
        for (row, column), cell in found.cells.items():
            if row >= len(rows):
                rows.extend([] for _ in range(row + 1 - len(rows)))
            if column >= len(rows[row]):
                rows[row].extend([None] * (column + 1 - len(rows[row])))
            rows[row][column] = cell
        result.append(
            {
                "name": about.name,
                "hidden": about.visible is not SheetVisibleEnum.Visible,
                "hidden_rows": found.hidden_rows,
                "hidden_columns": found.hidden_columns,
                "rows": rows,
            }
        )
    return result


def main(given: dict[str, Any]) -> None:
    """Parse standard input and say what was found, or why nothing could be."""
    content = sys.stdin.buffer.read()
    sys.path[:] = given["path"]
    limit(given["memory"], given["seconds"])
    from factoring_core.adapters.reports.marks.found import Bounds, UnfitError

    bounds = Bounds(rows=given["rows"], columns=given["columns"], cells=given["cells"])
    answer: dict[str, Any]
    try:
        answer = {"sheets": sheets(content, given["kind"], bounds)}
    except UnfitError as error:
        answer = {"unfit": [error.code, error.message]}
    except Exception as error:  # whatever the parser does not like, the file is refused for it
        answer = {"failed": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(answer, separators=(",", ":")))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
