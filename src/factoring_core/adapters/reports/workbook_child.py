"""The process that parses a workbook: it may die, and nothing else dies with it.

Run as a script, by its path, without the library around it: the workbook comes on standard
input, the cells go to standard output as JSON.  Arguments: the folder of python-calamine, and
the limits of memory in bytes and of processor time in seconds.

A cell is a text, a number or null; anything else is an object: ``{"d": date}``, ``{"t": moment}``,
``{"b": true or false}``, ``{"h": time of day}``, ``{"e": error}``, ``{"f": formula}``.
"""

import datetime as dt
import io
import json
import re
import sys
import zipfile
from typing import Any
from xml.parsers import expat

_HIDDEN = re.compile(rb"<(?:[\w.-]+:)?row\b[^>]*\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_MARKED = re.compile(rb"\bt\s*=\s*[\"']e[\"']|<(?:[\w.-]+:)?f[\s/>]")


def limit(memory: int, seconds: int) -> None:
    """Bound what this process may use, where the system knows how."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def plain(cell: Any) -> Any:
    """Return a cell as JSON can hold it, without losing its type."""
    if cell == "" or cell is None:
        return None
    if isinstance(cell, bool):
        return {"b": cell}
    if isinstance(cell, str | float):
        return cell
    if isinstance(cell, int):
        return float(cell)
    if isinstance(cell, dt.datetime):
        return {"t": cell.isoformat()}
    if isinstance(cell, dt.date):
        return {"d": cell.isoformat()}
    return {"h": str(cell)}


def local(name: str) -> str:
    """Return an XML name without its prefix."""
    return name.rpartition(":")[2]


def sheet_parts(archive: zipfile.ZipFile) -> list[str | None]:
    """Return the archive's part of each sheet, in the order of the workbook."""
    targets: dict[str, str] = {}
    order: list[str] = []

    def relation(name: str, given: dict[str, str]) -> None:
        if local(name) == "Relationship":
            targets[given.get("Id", "")] = given.get("Target", "")

    def sheet(name: str, given: dict[str, str]) -> None:
        if local(name) == "sheet":
            order.append(
                next((value for key, value in given.items() if local(key) == "id" and ":" in key), "")
            )

    for part, handler in (("xl/_rels/workbook.xml.rels", relation), ("xl/workbook.xml", sheet)):
        parser = expat.ParserCreate()
        parser.StartElementHandler = handler
        parser.Parse(archive.read(part), True)
    names = set(archive.namelist())
    paths = [targets.get(one, "") for one in order]
    full = [path.lstrip("/") if path.startswith("/") else f"xl/{path}" for path in paths]
    return [path if path in names else None for path in full]


def marks(sheet: bytes) -> list[tuple[int, int, str, str]]:
    """Return row, column, ``e`` or ``f``, and text of each cell that is a failed formula or a formula."""
    found: list[tuple[int, int, str, str]] = []
    state: dict[str, Any] = {"row": -1, "column": -1, "mark": "", "text": "", "value": False}

    def start(name: str, given: dict[str, str]) -> None:
        match local(name):
            case "row":
                state.update(row=int(given["r"]) - 1 if "r" in given else state["row"] + 1, column=-1)
            case "c":
                at = re.fullmatch(r"([A-Za-z]+)([0-9]+)", given.get("r", ""))
                column = state["column"] + 1
                if at:
                    column = 0
                    for letter in at[1].upper():
                        column = column * 26 + ord(letter) - 64
                    column, state["row"] = column - 1, int(at[2]) - 1
                state.update(column=column, mark="e" if given.get("t") == "e" else "", text="")
            case "f":
                state["mark"] = state["mark"] or "f"
            case "v":
                state["value"] = True

    def text(data: str) -> None:
        if state["value"]:
            state["text"] += data

    def end(name: str) -> None:
        match local(name):
            case "v":
                state["value"] = False
            case "c" if state["mark"]:
                found.append((state["row"], state["column"], state["mark"], state["text"][:40]))

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.Parse(sheet, True)
    return found


def sheets(content: bytes) -> list[dict[str, Any]]:
    """Return every worksheet with its cells, from the first row and column on."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    archive = zipfile.ZipFile(io.BytesIO(content))
    parts = sheet_parts(archive)
    result = []
    for index, about in enumerate(workbook.sheets_metadata):
        if about.typ is not SheetTypeEnum.WorkSheet:
            continue
        table = workbook.get_sheet_by_index(index)
        rows = [
            [cell if (type(cell) is str and cell) or type(cell) is float else plain(cell) for cell in row]
            for row in table.to_python(skip_empty_area=False)
        ]
        part = parts[index] if index < len(parts) else None
        source = archive.read(part) if part else b""
        for row, column, mark, shown in marks(source) if _MARKED.search(source) else ():
            if row >= len(rows) or column >= len(rows[row]):
                rows.extend([] for _ in range(row + 1 - len(rows)))
                rows[row].extend([None] * (column + 1 - len(rows[row])))
            rows[row][column] = {mark: shown}
        hidden = about.visible is not SheetVisibleEnum.Visible
        hidden_rows = len(_HIDDEN.findall(source)) if b"hidden" in source else 0
        result.append({"name": about.name, "hidden": hidden, "hidden_rows": hidden_rows, "rows": rows})
    return result


def main(arguments: list[str]) -> None:
    """Parse standard input and say what was found, or why nothing could be."""
    folder, memory, seconds = arguments
    content = sys.stdin.buffer.read()
    limit(int(memory), int(seconds))
    sys.path.append(folder)
    try:
        answer: dict[str, Any] = {"sheets": sheets(content)}
    except Exception as error:  # whatever the parser does not like, the file is refused for it
        answer = {"failed": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(answer, separators=(",", ":")))


if __name__ == "__main__":
    main(sys.argv[1:])
