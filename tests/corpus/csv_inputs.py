"""Bad files of texts, each made by a script.

The ids are those of the list of inputs, with a word behind them where there are variants.
"""

from __future__ import annotations

import gzip
import io
import zipfile

from corpus.expecting import Applied, Entry, Same, refused
from corpus.world import FIRST, GOOD, HEADER, OWN, SECOND, text
from reports.report_files import xlsx_bytes

BOM = b"\xef\xbb\xbf"
good = GOOD.encode


def own() -> bytes:
    return OWN.encode()


def zipped() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("report.csv", good())
    return content.getvalue()


def purchases(*rows: str) -> bytes:
    return "\r\n".join(["Invoice Number,Purchase Date,Invoice Amount,Schedule Number", *rows, ""]).encode()


def amount(given: str) -> Entry:
    return Entry(
        build=lambda: text("1000.00", given.join('""') if "," in given else given),
        expect=refused("bad_amount", row=2, line=2),
    )


def day(given: str, code: str = "bad_date") -> Entry:
    return Entry(build=lambda: text("03/10/2026", given), expect=refused(code, row=2, line=2))


def number(given: str, code: str = "bad_invoice_number") -> Entry:
    return Entry(build=lambda: text("INV-1", given), expect=refused(code, row=2, line=2))


def same(build: object) -> Entry:
    return Entry(build=build, expect=Same(as_=good))  # type: ignore[arg-type]


EMPTY = refused("empty_report")
DAMAGED = refused("encoding_damage")
TOO_LARGE = refused("limit")


def foreign(content: bytes, found: str) -> Entry:
    return Entry(build=lambda: content, expect=refused("wrong_file_type", says=found))


ENTRIES: dict[str, Entry] = {
    # Nothing in it, and how it is encoded.
    "C01": Entry(build=lambda: b"", expect=EMPTY),
    "C02": Entry(build=lambda: BOM, expect=EMPTY),
    "C02-utf16": Entry(build=lambda: b"\xff\xfe", expect=EMPTY),
    "C03": Entry(build=lambda: b"\r\n\n   \r\n", expect=EMPTY),
    "C03-commas": Entry(build=lambda: b",,,\r\n,,,\r\n", expect=EMPTY),
    "C04": Entry(
        build=lambda: f"{HEADER}\r\n".encode(), expect=Applied(rows={"read": 0}, warns="empty_period")
    ),
    "C05": same(lambda: BOM + good()),
    "C06-le": same(lambda: b"\xff\xfe" + GOOD.encode("utf-16-le")),
    "C06-be": same(lambda: b"\xfe\xff" + GOOD.encode("utf-16-be")),
    "C07": Entry(build=lambda: GOOD.encode("utf-16-le"), expect=DAMAGED),
    "C08": Entry(
        build=lambda: text("Blue", "Café").decode().encode("cp1252"),
        expect=refused("encoding_damage", line=2),
    ),
    "C08-declared": Entry(
        build=lambda: OWN.replace("Blue Freight Brokers", "Café").encode("cp1252"),
        expect=Same(as_=lambda: OWN.replace("Blue Freight Brokers", "Café").encode()),
        layout={"encodings": ("cp1252",)},
    ),
    "C09": Entry(build=lambda: text("Blue", "CafÃ©"), expect=refused("resave_damage", row=2)),
    "C10": Entry(build=lambda: text("Blue", "Caf\ufffd"), expect=refused("encoding_damage", row=2)),
    "C11": Entry(build=lambda: good().replace(b"Blue", b"\xc0\xaf"), expect=DAMAGED),
    "C11-surrogate": Entry(build=lambda: good().replace(b"Blue", b"\xed\xa0\x80"), expect=DAMAGED),
    "C12": Entry(
        build=lambda: text("Blue", "Café") + "INV-1,03/11/2026,1.00,C2,Café,\r\n".encode("cp1252"),
        expect=refused("encoding_damage", line=4),
    ),
    "C13": Entry(
        build=lambda: good().replace(b"Blue", b"Bl\0ue"), expect=refused("control_character", line=2)
    ),
    # Lines, delimiters and quotes.
    "C14": same(lambda: good().replace(b"\r\n", b"\r")),
    "C15": same(lambda: good().replace(b"\r\n", b"\r", 1).replace(b"\r\n", b"\n", 1)),
    "C16-vt": Entry(build=lambda: text("Blue", "Bl\vue"), expect=refused("control_character", row=2)),
    "C16-ff": Entry(build=lambda: text("Blue", "Bl\fue"), expect=refused("control_character", row=2)),
    "C16-nel": Entry(build=lambda: text("Blue", "Bl\x85ue"), expect=refused("control_character", row=2)),
    "C16-ls": Entry(build=lambda: text("Blue", "Bl\u2028ue"), expect=Applied(rows={"read": 2, "matched": 2})),
    "C17": Entry(
        build=lambda: good().replace(b",", b";"), expect=Same(as_=good, warns="resaved: its columns are sep")
    ),
    "C17-doubt": Entry(build=lambda: b"a;b|c;d|e;f\r\n1;2|3;4|5;6\r\n", expect=refused("unknown_layout")),
    "C18-tab": Entry(build=lambda: good().replace(b",", b"\t"), expect=Same(as_=good, warns="tabs")),
    "C18-bar": Entry(build=lambda: good().replace(b",", b"|"), expect=Same(as_=good, warns="vertical bars")),
    "C19": Entry(
        build=lambda: b"sep=;\r\n" + good().replace(b",", b";"), expect=Same(as_=good, warns="semicolons")
    ),
    "C19-odd": Entry(build=lambda: b"sep=x\r\n" + good(), expect=refused("delimiter_unknown", line=1)),
    "C20": amount("1.234,56"),
    "C20-semicolons": Entry(
        build=lambda: good().replace(b",", b";").replace(b".00", b",00"),
        expect=refused("bad_amount", row=2),
    ),
    "C21": Entry(
        build=lambda: good() + b'INV-1,03/11/2026,5.00,"C2', expect=refused("truncated", line=4, says="quote")
    ),
    "C22": Entry(
        build=lambda: text("INV-1", 'IN"V-1'),
        expect=Applied(exceptions=("unknown_invoice",), rows={"matched": 1}),
    ),
    "C22-quoted": Entry(build=lambda: text("INV-1", '"IN"V-1'), expect=refused("column_count", line=2)),
    "C23": Entry(build=lambda: good() + b"INV-1,03/1", expect=refused("column_count", "truncated", row=4)),
    "C24": same(lambda: good().removesuffix(b"\r\n")),
    "C25": Entry(
        build=own,
        expect=refused("truncated", row=3, says="row of totals"),
        layout={"total_required": True},
    ),
    "C26": Entry(
        build=lambda: own() + b"Total,,1500.01,,,\r\n",
        expect=refused("totals_disagree", row=4, says="1500.00"),
    ),
    "C27": Entry(
        build=lambda: own() + b"Total,,1500.00,3,,\r\n",
        expect=refused("totals_disagree", row=4, says="there are 2"),
        layout={"total_count": "check_number"},
    ),
    "C28": Entry(build=lambda: text(FIRST, f"{FIRST},x"), expect=refused("column_count", row=2, line=2)),
    "C29": Entry(
        build=lambda: text(FIRST, FIRST.removesuffix(",1000.00")), expect=refused("column_count", row=2)
    ),
    "C30": same(lambda: good().replace(b"\r\n", b",,,\r\n")),
    # The header.
    "C31": same(
        lambda: text(HEADER, HEADER.upper().replace("NUMBER", "  number ").replace("CHECK", "check"))
    ),
    "C32": Entry(
        build=lambda: text("Payment Date", "Weather"),
        expect=refused("unknown_layout", row=1, says="Payment Date has no column"),
    ),
    "C33": Entry(
        build=lambda: text("Check Number", "Invoice No."),
        expect=refused("unknown_layout", row=1, says="more than one column"),
    ),
    "C34": same(
        lambda: "\r\n".join(",".join(reversed(line.split(","))) for line in GOOD.splitlines()).encode()
    ),
    "C35": Entry(build=lambda: good() + good(), expect=refused("second_header", row=4, line=4)),
    "C35-bom": Entry(build=lambda: good() + BOM + good(), expect=refused("second_header", row=4)),
    "C35-other": Entry(
        build=lambda: good() + purchases("INV-1,03/05/2026,1000.00,S1"),
        expect=refused("second_header", "column_count", row=4),
    ),
    "C36": Entry(build=lambda: b"Receipts\r\nfor March\r\n" + own(), expect=Same(as_=own)),
    "C36-many": Entry(build=lambda: b"Receipts\r\n" * 7 + own(), expect=refused("unknown_layout")),
    "C36-template": Entry(build=lambda: b"Receipts\r\n" + good(), expect=Same(as_=own)),
    "C37": Entry(build=good, expect=refused("wrong_kind", says="payment"), given={"kind": "purchase"}),
    "C37-purchase": Entry(
        build=lambda: purchases("INV-1,03/05/2026,1000.00,S1"),
        expect=refused("wrong_kind", says="purchase"),
        given={"kind": "payment"},
    ),
    "C37-manifest": Entry(
        build=lambda: (
            b"Client Number,Invoice Number,Invoice Date,Invoice Amount,Debtor Number,Debtor Name,"
            b"PO Number,Load Number\r\nA-17,INV-1,03/01/2026,1000.00,,Blue,,L-1\r\n"
        ),
        expect=refused("wrong_kind", says="sent to the factor"),
    ),
    "C38": Entry(build=good, expect=refused("wrong_provider", says="rts"), given={"provider": "rts"}),
    "C39": Entry(
        build=lambda: (
            b"Invoice Number,Purchase Date,Payment Date,Payment Amount,Invoice Amount,Advance\r\n"
            b"INV-1,03/05/2026,03/10/2026,1000.00,1000.00,900.00\r\n"
        ),
        expect=refused("ambiguous_layout", says="winfactor/payment_report/v1, winfactor/purchase_report/v1"),
    ),
    # Amounts.
    **{f"C40-{given.strip('-')}": amount(given) for given in ("NaN", "sNaN", "Infinity", "-inf")},
    "C41": amount("1e400"),
    "C41-plus": amount("1E+3"),
    "C42": amount("1_000"),
    "C43": amount("١٢٣"),
    "C43-wide": amount("１００"),
    "C44": amount("--5"),
    "C44-behind": amount("5-"),
    "C44-both": amount("+-5"),
    "C45": amount("(123.45)"),
    "C45-allowed": Entry(
        build=lambda: OWN.replace("1000.00,C1", "(1000.00),C1").encode(),
        expect=Same(as_=lambda: OWN.replace("1000.00,C1", "-1000.00,C1").encode()),
    ),
    "C46": same(lambda: text("1000.00", '"$1,000.00"')),
    "C46-word": amount("USD 5"),
    "C47": amount("1,23,456.00"),
    "C47-short": amount("12,34"),
    "C48": amount("10.005"),
    "C49": Entry(build=lambda: text("1000.00", "-0.00"), expect=Same(as_=lambda: text("1000.00", "0.00"))),
    "C50": Entry(build=lambda: text("1000.00", "9" * 10_000), expect=refused("too_long", row=2)),
    "C51": amount("1000000000.01"),
    "C52": Entry(build=lambda: text("1000.00", ""), expect=refused("required", row=2)),
    "C52-dash": amount("-"),
    "C52-na": amount("N/A"),
    **{
        f"C52-{given}": Entry(
            build=lambda given=given: text("1000.00", given), expect=refused("resave_damage", row=2)
        )
        for given in ("#REF!", "#N/A", "########")
    },
    # Dates.
    "C53": Entry(
        build=lambda: OWN.replace("03/10/2026", "02/03/2026").encode(),
        expect=refused("ambiguous_date", row=2),
        layout={"date_order": "unknown"},
    ),
    "C54": day("2026-02-30"),
    "C54-zero": day("0000-00-00"),
    "C54-month": day("31/31/2026"),
    "C55": day("03/10/26"),
    "C56": day("46000", "resave_damage"),
    # Invoice numbers.
    "C57": number("3-Apr", "resave_damage"),
    "C57-year": number("Apr-03", "resave_damage"),
    "C58": number("1.23457E+11", "resave_damage"),
    "C59": Entry(
        build=lambda: f"{HEADER}\r\n123,03/10/2026,250.00,C1,,250.00\r\n".encode(),
        expect=Applied(rows={"read": 1, "matched": 1}),
    ),
    "C59-no-witness": Entry(
        build=lambda: f"{HEADER}\r\n123,03/10/2026,250.00,C1,,\r\n".encode(),
        expect=Applied(exceptions=("unknown_invoice",), rows={"read": 1, "exceptions": 1}),
    ),
    "C60-nbsp": number("INV-1\u00a0"),
    "C60-zero-width": number("INV\u200b-1"),
    "C60-rtl": number("INV\u202e-1"),
    "C60-tab": number("INV-1\t"),
    "C60-spaces": same(lambda: text("INV-1", "  INV-1 ")),
    "C61": Entry(
        build=lambda: text("INV-1", "ІNV-1"),
        expect=Applied(exceptions=("unknown_invoice",), rows={"read": 2, "matched": 1, "exceptions": 1}),
    ),
    **{
        f"C62-{name}": number(given)
        for name, given in {
            "equals": "=cmd|' /C calc'!A0",
            "at": "@SUM(A1)",
            "plus": "+1",
            "minus": "-1",
            "tab": "\tINV-1",
        }.items()
    },
    "C62-cr": number('"\rINV-1"'),
    "C63": Entry(
        build=lambda: text("Blue Freight Brokers", "=HYPERLINK(1)"),
        expect=Applied(rows={"read": 2, "matched": 2}),
    ),
    # Rows that repeat, contradict, or belong elsewhere: exceptions of an applied file.
    "C64": Entry(
        build=lambda: text(f"{FIRST}\r\n", f"{FIRST}\r\n{FIRST}\r\n"),
        expect=Applied(
            exceptions=("duplicate_row", "duplicate_row"), rows={"read": 3, "matched": 2, "exceptions": 1}
        ),
    ),
    "C65": Entry(
        build=lambda: good() + b"INV-2,03/10/2026,100.00,C1,Blue Freight Brokers,500.00\r\n",
        expect=Applied(exceptions=("over_paid", "over_paid"), rows={"read": 3, "matched": 3}),
    ),
    "C65-amounts": Entry(
        build=lambda: good() + b"INV-2,03/10/2026,500.00,C1,Blue Freight Brokers,555.00\r\n",
        expect=Applied(
            exceptions=("conflicting_rows", "conflicting_rows", "duplicate_row", "duplicate_row"),
            rows={"read": 3, "matched": 2, "exceptions": 1},
        ),
    ),
    "C66": Entry(
        build=lambda: purchases("INV-1,03/05/2026,1000.00,S1", "INV-1,03/06/2026,990.00,S2"),
        expect=Applied(
            exceptions=("amount_differs", "conflicting_rows", "conflicting_rows"),
            rows={"read": 2, "matched": 1, "exceptions": 1},
        ),
    ),
    "C66-dates": Entry(
        build=lambda: purchases("INV-1,03/05/2026,1000.00,S1", "INV-1,03/06/2026,1000.00,S1"),
        expect=Applied(
            exceptions=("conflicting_rows", "conflicting_rows"),
            rows={"read": 2, "matched": 1, "exceptions": 1},
        ),
    ),
    "C67": Entry(
        build=lambda: text("INV-1", "INV-9"),
        expect=Applied(exceptions=("unknown_invoice",), rows={"read": 2, "matched": 1, "exceptions": 1}),
    ),
    "C68": Entry(
        build=lambda: text("INV-1", "INV-W-1"), expect=refused("wrong_subsidiary", row=2, says="west")
    ),
    "C70": Entry(
        build=lambda: (
            OWN.replace("Chk #", "Currency").replace("C1", "CAD", 1).replace("C1", "USD", 1).encode()
        ),
        expect=Applied(exceptions=("currency_differs",), rows={"read": 2, "matched": 1, "exceptions": 1}),
    ),
    # Too much of something.
    "C71": Entry(build=lambda: text("Blue", "x" * 131_073), expect=TOO_LARGE),
    "C71-ours": Entry(build=lambda: text("Blue", "x" * 32_768), expect=TOO_LARGE),
    "C73": Entry(build=lambda: b",".join([b"x"] * 50_000), expect=TOO_LARGE),
    "C80": Entry(build=lambda: good() + b'"' * 10_000_000, expect=TOO_LARGE),
    # Something else.
    "C75-gzip": foreign(gzip.compress(good(), mtime=0), "gzip"),
    "C75-zip": foreign(zipped(), "zip"),
    "C75-pdf": foreign(b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    "C75-png": foreign(b"\x89PNG\r\n\x1a\n\0\0", "PNG"),
    "C75-html": foreign(b"<!DOCTYPE html>\n<html><form action=login></form></html>", "log-in page"),
    "C75-json": foreign(b'{"error": "session expired"}', "JSON"),
    "C75-rtf": foreign(b"{\\rtf1\\ansi Invoice}", "RTF"),
    "C76": Entry(build=good, expect=Same(as_=good), given={"name": "r.xlsx"}),
    "C76-xlsx": Entry(
        build=lambda: xlsx_bytes([line.split(",") for line in GOOD.splitlines()[:1]]),
        expect=Applied(rows={"read": 0}, warns="empty_period"),
        given={"name": "r.csv"},
    ),
    "C78": foreign(b"<table><tr><td>Invoice Number</td></tr></table>", "table saved from a browser"),
    "C79": Entry(
        build=lambda: good() + SECOND[:20].encode(), expect=refused("column_count", "truncated", row=4)
    ),
}
