"""The command line: a thin skin over the public API; no rule of the trade lives here."""

import sys


def main() -> None:
    """Run the command that was typed and leave with its exit status."""
    try:
        from factoring_core.cli.app import factoring
    except ModuleNotFoundError as missing:
        if missing.name not in ("click", "rich"):
            raise
        needed = f"Error: the command line needs the package {missing.name}, which is not installed."
        print(f"{needed}\n" + 'pip install "factoring-core[cli]"', file=sys.stderr)
        sys.exit(2)
    factoring.main(prog_name="factoring")
