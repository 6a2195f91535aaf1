"""``python -m factoring_core.cli`` is the same as ``factoring``."""

from factoring_core.cli import main

if __name__ == "__main__":
    main()
