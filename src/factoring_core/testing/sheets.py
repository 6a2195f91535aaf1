"""How each provider's reports look on paper: headings, titles, signs, sums, and the file type."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import frozen

from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.errors import MissingExtraError

Row: TypeAlias = dict[str, Any]
"""Cells by what they mean: texts, dates, and amounts in cents."""

AMOUNTS = frozenset({"face", "purchased", "advance", "reserve", "fee", "amount", "rebate"})


@frozen(kw_only=True)
class SheetStyle:
    """One report's looks.

    ``columns``: heading and meaning, in order.  ``titles``: lines above the header, in which
    ``{}`` is the day.  ``total_word``: the first cell of a last row with the sums of ``totals``.
    ``usual_word``: what an ordinary row is called.  ``negative_words``: whose amounts are negative.
    """

    columns: tuple[tuple[str, str], ...]
    ending: str = "csv"
    titles: tuple[str, ...] = ()
    total_word: str = ""
    totals: frozenset[str] = frozenset()
    usual_word: str = ""
    negative_words: frozenset[str] = frozenset()
    spell: Callable[[int], str] = decimal_text
    date_format: str = "%m/%d/%Y"


def dollars(cents: int) -> str:
    """Spell an amount as statements do: ``$1,850.00``, and ``($1,850.00)`` where it is negative."""
    text = f"${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
    return f"({text})" if cents < 0 else text


def grouped(cents: int) -> str:
    """Spell an amount with commas: ``1,850.00``, ``-1,850.00``."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


REPORTS: Mapping[tuple[str, str], SheetStyle] = {
    ("winfactor", "purchase"): SheetStyle(
        columns=(
            ("Client #", "client"),
            ("Schedule #", "schedule"),
            ("Invoice #", "number"),
            ("Invoice Date", "invoice_date"),
            ("Debtor", "customer"),
            ("Purchase Date", "on"),
            ("Invoice Amount", "face"),
            ("Purchased Amount", "purchased"),
            ("Advance", "advance"),
            ("Reserve", "reserve"),
            ("Fee", "fee"),
            ("Status", "word"),
        ),
        titles=("Detail History with Fees", "Printed {}", ""),
        total_word="Grand Total",
        totals=frozenset({"face", "purchased", "advance", "reserve", "fee"}),
        usual_word="Purchased",
        spell=dollars,
    ),
    ("winfactor", "payment"): SheetStyle(
        columns=(
            ("Invoice #", "number"),
            ("Debtor", "customer"),
            ("Check #", "cheque"),
            ("Receipt Date", "on"),
            ("Trans Type", "word"),
            ("Invoice Amount", "face"),
            ("Amount Applied", "amount"),
            ("Reserve Release", "rebate"),
        ),
        titles=("Receipt History Detail", "Through {}"),
        usual_word="Receipt",
        negative_words=frozenset({"NSF"}),
        spell=dollars,
    ),
    ("rts", "purchase"): SheetStyle(
        columns=(
            ("Client", "client"),
            ("Invoice #", "number"),
            ("Load #", "load"),
            ("Debtor Name", "customer"),
            ("Purchased On", "on"),
            ("Invoice Amt", "face"),
            ("Amount Purchased", "purchased"),
            ("Advance", "advance"),
            ("Escrow", "reserve"),
            ("Fees", "fee"),
            ("Batch ID", "schedule"),
            ("Invoice Status", "word"),
        ),
        ending="xlsx",
        titles=("Purchase History Report", "As of {}", ""),
        total_word="Total",
        totals=frozenset({"face", "purchased", "advance", "reserve", "fee"}),
        usual_word="Processed",
    ),
    ("rts", "payment"): SheetStyle(
        columns=(
            ("Client", "client"),
            ("Inv #", "number"),
            ("Load #", "load"),
            ("Debtor Name", "customer"),
            ("Date Paid", "on"),
            ("Entry Type", "word"),
            ("Check No.", "cheque"),
            ("Invoice Amt", "face"),
            ("Amount Paid", "amount"),
            ("Rebate", "rebate"),
        ),
        titles=("Payments, period to {}",),
        total_word="Report Total",
        totals=frozenset({"amount", "rebate"}),
        usual_word="Check",
        negative_words=frozenset({"Returned Check"}),
        spell=grouped,
        date_format="%Y-%m-%d",
    ),
    # The two templates, as a person fills them.
    ("capital_depot", "purchase"): SheetStyle(
        columns=(
            ("Invoice Number", "number"),
            ("Purchase Date", "on"),
            ("Invoice Amount", "face"),
            ("Load Number", "load"),
            ("PO Number", "po"),
            ("Customer", "customer"),
            ("Debtor Number", "debtor_number"),
            ("Schedule Number", "schedule"),
            ("Type", "word"),
            ("Purchased Amount", "purchased"),
            ("Advance", "advance"),
            ("Reserve", "reserve"),
            ("Fee", "fee"),
        ),
    ),
    ("capital_depot", "payment"): SheetStyle(
        columns=(
            ("Invoice Number", "number"),
            ("Payment Date", "on"),
            ("Payment Amount", "amount"),
            ("Load Number", "load"),
            ("PO Number", "po"),
            ("Customer", "customer"),
            ("Debtor Number", "debtor_number"),
            ("Invoice Amount", "face"),
            ("Check Number", "cheque"),
            ("Type", "word"),
            ("Closed", "closed"),
        ),
    ),
}


def write_sheet(style: SheetStyle, rows: Sequence[Row], *, day: dt.date) -> bytes:
    """Write *rows* as *style* says; the same call gives the same bytes."""
    table = [[row.get(meaning) for _, meaning in style.columns] for row in rows]
    if style.total_word:
        sums: list[Any] = [
            sum(row.get(meaning) or 0 for row in rows) if meaning in style.totals else None
            for _, meaning in style.columns
        ]
        table.append([style.total_word, *sums[1:]])
    titles = [title.format(day.strftime(style.date_format)) for title in style.titles]
    return _workbook(style, titles, table) if style.ending == "xlsx" else _csv(style, titles, table)


def _csv(style: SheetStyle, titles: Sequence[str], table: Sequence[Sequence[Any]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([title] for title in titles)
    writer.writerow([heading for heading, _ in style.columns])
    for cells in table:
        meant = zip(style.columns, cells, strict=True)
        writer.writerow([_text(style, meaning, cell) for (_, meaning), cell in meant])
    return out.getvalue().encode("utf-8-sig" if style.titles else "utf-8")


def _text(style: SheetStyle, meaning: str, cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dt.date):
        return cell.strftime(style.date_format)
    return style.spell(cell) if meaning in AMOUNTS else str(cell)


def _workbook(style: SheetStyle, titles: Sequence[str], table: Sequence[Sequence[Any]]) -> bytes:
    try:
        import xlsxwriter
    except ModuleNotFoundError as missing:
        raise MissingExtraError("xlsxwriter", "excel") from missing
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as workbook:
        # The time of making would make every file another one.
        workbook.set_properties({"created": dt.datetime(2026, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)})
        day = workbook.add_format({"num_format": "mm/dd/yyyy"})
        money = workbook.add_format({"num_format": "$#,##0.00"})
        bold = workbook.add_format({"bold": True})
        sheet = workbook.add_worksheet("Report")
        for at, title in enumerate(titles):
            sheet.write_string(at, 0, title, bold)
        for column, (heading, _) in enumerate(style.columns):
            sheet.write_string(len(titles), column, heading, bold)
        sheet.set_column(0, len(style.columns), 16)
        for at, cells in enumerate(table, start=len(titles) + 1):
            for column, ((_, meaning), cell) in enumerate(zip(style.columns, cells, strict=True)):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(at, column, dt.datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
                elif meaning in AMOUNTS and cell is not None:
                    sheet.write_number(at, column, cell / 100, money)
                elif cell not in (None, ""):
                    sheet.write_string(at, column, str(cell))
    return content.getvalue()
