"""The reference pages that are made from the code, each time the documentation is built."""

from __future__ import annotations

from pathlib import Path

from pages.api import python_api
from pages.commands import command_line, json_documents
from pages.connections import connections
from pages.providers import providers
from pages.trade import error_catalogue, exceptions, statuses


def write_pages(folder: Path) -> None:
    """Write every page into *folder*; one that is there and the same stays untouched."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "statuses": statuses(),
        "exceptions": exceptions(),
        "errors": error_catalogue(),
        "command-line": command_line(),
        "json-documents": json_documents(),
        "connections": connections(),
        "providers": providers(),
        "python-api": python_api(),
    }
    for name, text in made.items():
        page = folder / f"{name}.md"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
