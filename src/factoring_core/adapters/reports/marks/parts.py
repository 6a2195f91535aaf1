"""The parts of a workbook's archive and how they refer to each other."""

import zipfile
from xml.parsers import expat


def local(name: str) -> str:
    """Return an XML name without its prefix."""
    return name.rpartition(":")[2]


def relations(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    """Return the target of each relation by its id."""
    targets: dict[str, str] = {}

    def start(name: str, given: dict[str, str]) -> None:
        if local(name) == "Relationship":
            targets[given.get("Id", "")] = given.get("Target", "")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(archive.read(part), True)
    return targets


def full_path(target: str) -> str:
    """Return the name in the archive of what the workbook refers to as *target*."""
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
