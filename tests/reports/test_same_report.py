"""A report is the same report however it was saved."""

from __future__ import annotations

import csv
import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.domain.reconciling.columns import canonical_digest
from reports.report_files import PAYMENT_HEADER, csv_bytes, layout_of, xlsx_bytes

LAYOUT = layout_of("template/payment")

names = st.text("ABCXYZ0123456789-", min_size=1, max_size=8).map(lambda text: f"N{text}")
# Without the letters by which a text that was decoded wrongly is known.
texts = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "Po", "Zs"], exclude_characters="ÂÃâïð"), max_size=12
)
amounts = st.integers(-(10**8), 10**8)
days = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))
rows = st.lists(
    st.tuples(
        names, days, amounts, texts, st.sampled_from(["", "payment", "rebate"]), st.sampled_from(["", "yes"])
    ),
    max_size=8,
)


def digest_of(content: bytes) -> str:
    return canonical_digest(TableReportReader().open(content, name="any").read(LAYOUT), scope=["t", "c"])


def as_texts(row: tuple[Any, ...]) -> list[str]:
    number, on, cents, text, kind, closed = row
    sign = "-" if cents < 0 else ""
    return [number, f"{on:%m/%d/%Y}", f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}", text, kind, closed]


@given(st.data(), rows)
def test_order_quoting_ends_of_lines_and_encoding_do_not_change_a_report(
    data: st.DataObject, content: list[tuple[Any, ...]]
) -> None:
    """Columns and rows in any order, any quoting, any line ends, UTF-8 or UTF-16: one digest."""
    table = [PAYMENT_HEADER, *map(as_texts, content)]
    plain = digest_of(csv_bytes(table))
    places = data.draw(st.permutations(range(len(PAYMENT_HEADER))))
    body = data.draw(st.permutations(table[1:]))
    turned = [[row[place] for place in places] for row in (table[0], *body)]
    again = csv_bytes(
        turned,
        lineterminator=data.draw(st.sampled_from(["\r\n", "\n", "\r"])),
        quoting=data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    ).decode()
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))

    assert plain == digest_of(again.encode(encoding))


def test_a_workbook_says_the_same_as_the_texts_it_was_made_from() -> None:
    row = ("N1", dt.date(2026, 1, 5), 123456, "C-1", "payment", "yes")
    typed = [row[0], row[1], 1234.56, *row[3:]]

    assert digest_of(csv_bytes([PAYMENT_HEADER, as_texts(row)])) == digest_of(
        xlsx_bytes([PAYMENT_HEADER, typed])
    )


def test_an_empty_column_or_minus_nothing_does_not_change_a_report() -> None:
    few = [PAYMENT_HEADER[:3], ["N1", "01/05/2026", "0.00"]]
    more = [[*PAYMENT_HEADER, "Weather"], ["N1", "1/5/2026", "-0.00", "", "", "", "fine"]]

    assert digest_of(csv_bytes(few)) == digest_of(csv_bytes(more))


@given(rows)
def test_another_cent_is_another_report(content: list[tuple[Any, ...]]) -> None:
    row = ("N1", dt.date(2026, 1, 5), 100, "", "", "")
    other = ("N1", dt.date(2026, 1, 5), 101, "", "", "")
    both = [csv_bytes([PAYMENT_HEADER, *map(as_texts, [*content, one])]) for one in (row, other)]

    assert digest_of(both[0]) != digest_of(both[1])
