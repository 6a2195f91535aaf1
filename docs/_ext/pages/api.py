"""The public names."""

from __future__ import annotations

import factoring_core


def python_api() -> str:
    """Document every public name, what a host calls first."""
    names = [name for name in factoring_core.__all__ if name != "__version__"]
    first = ["open_office", "Office"]
    groups = {
        "Opening an office": first,
        "Results": [
            name for name in names if name.endswith(("Result", "View", "Detail", "Refusal", "Transition"))
        ],
        "Errors": [name for name in names if name.endswith("Error") or name == "Fault"],
    }
    told = {name for group in groups.values() for name in group}
    groups["Values"] = [name for name in names if name not in told]
    parts = [
        "# Python API\n",
        "Everything public is a name of `factoring_core`; each is brought in at its first use."
        " Amounts are whole cents, days are `datetime.date`, and instants are aware.\n",
    ]
    for title, group in groups.items():
        parts.append(f"## {title}\n")
        for name in group:
            one = getattr(factoring_core, name)
            kind = "autoclass" if isinstance(one, type) else "autofunction"
            parts.append(f"```{{eval-rst}}\n.. {kind}:: factoring_core.{name}\n```\n")
    return "\n".join(parts)
