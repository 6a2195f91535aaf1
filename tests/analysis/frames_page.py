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
# How fast

Measured by `tests/benchmarks/bench_frames.py`: all twelve frames of a SQLite store in which one report pays every sale, beside bare `pandas.read_sql` of the same tables in the same process. Processor seconds on a busy machine with two cores, November 2026:

| Sales | All frames | `read_sql` | Ratio | Peak memory of the process |
| ---: | ---: | ---: | ---: | ---: |
| 100,000 | 7.4 | 2.4 | 3.1 | 868 MiB |
| 1,000,000 | 88.0 | 26.2 | 3.4 | 5,921 MiB |

Each sale more takes 5,900 bytes. The clock of a shared machine wanders: the same code gave 2.9 to 3.5 at 100,000 sales. Two thirds of the time go into the books, about half of that into reading records and half into folding them; the rest goes into the frames: `rows` reads every report again, `loads` dates the way of each load.

The aim was 1.5, and it is not met. `read_sql` leaves dates as texts and terms as JSON and works nothing out; a frame holds what the rules make of the books, and the rules look at values one sale at a time. Working positions out by columns would need a second set of rules beside the fold's, which [decision 17](../adr/0017-fold-the-part-a-report-moves.md) turned down for reports. Where only stored facts are wanted, ask the store's tables; where frames are wanted again and again, keep the answer, which is one look at the books.

# Frames of one reconciliation

`factoring_core.reconcile(report, invoices)` returns `matches`, `positions` and `rows` as above, and these.

"""  # noqa: E501 - prose of a page

if __name__ == "__main__":
    tail = TAIL + markdown(ROW_EXCEPTIONS, CONSERVATION, WARNINGS)
    PAGE.write_text(HEAD + markdown(*SCHEMAS.values()) + tail, encoding="utf-8")
