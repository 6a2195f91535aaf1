"""Writes the reference page of the frames from their schemas."""

from __future__ import annotations

from pathlib import Path

from factoring_core.analysis.schema import markdown
from factoring_core.analysis.schemas import CONSERVATION, ROW_EXCEPTIONS, SCHEMAS, WARNINGS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "frames.md"
HEAD = """# Frames

`factoring_core.analysis.frames(store)` returns the books as twelve pandas frames. Hand it an office, the path of a home, or a bare store with its `settings`. Each frame is built when it is first asked for.

Money is in whole cents, in nullable integers; `frame["open"].money.decimal` gives a column as exact decimals, `frame.money.decimals()` a whole frame. The dtypes are the same with and without pyarrow. All amounts add up to those of `factoring status`.

`as_of=` says what was true at the end of a day, by business date: a payment of June that was reported in July was made in June. A fact without a date is of the latest date in its report. What was undone never was. A decision counts from the day it was made. Of balances imported as of a later day only what they date themselves is known, and where a batch stood between its sealing and its delivery is not kept: it counts as sealed.

"""  # noqa: E501 - prose of a page
TAIL = """
# Frames of one reconciliation

`factoring_core.reconcile(report, invoices)` returns `matches`, `positions` and `rows` as above, and these.

"""

if __name__ == "__main__":
    tail = TAIL + markdown(ROW_EXCEPTIONS, CONSERVATION, WARNINGS)
    PAGE.write_text(HEAD + markdown(*SCHEMAS.values()) + tail, encoding="utf-8")
