"""The JSON Schema of every command's document, by command: ``loads-list``, ``submit``, …"""

import json
from importlib import resources
from typing import Any


def names() -> tuple[str, ...]:
    """Return the name of every schema there is."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json")))


def schema(name: str) -> dict[str, Any]:
    """Return one schema; references lead to ``common.json``, which is the schema ``common``."""
    content: dict[str, Any] = json.loads(resources.files(__name__).joinpath(f"{name}.json").read_bytes())
    return content
